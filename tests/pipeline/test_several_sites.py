"""Several sites on one portal: what goes wrong with one of them, and links between them."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.portrait import differences
from tests.pipeline.towns import FILES, PAGES, TOWNS, Towns, write_towns


@pytest.fixture(scope="module")
def built(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """The three towns with a portal that is built and empty."""
    towns = Towns(tmp_path_factory.mktemp("towns") / "built")
    write_towns(towns.root)
    towns.database.parent.mkdir()
    if tables.exists():
        shutil.copy(tables, towns.database)
    assert towns.run("cms", "build").code == 0
    return towns


def counts(towns: Towns, sql: str) -> dict[str, int]:
    """Return site → number."""
    return {name: int(number) for name, number in towns.sql(sql.format(site="legacy_oldsite AS s ON s.id = r.site_id"))}


LIVE = "SELECT s.slug, count(*) FROM legacy_imported AS r JOIN {site} WHERE r.state = 'live' GROUP BY s.slug"
ROWS = "SELECT s.slug, count(*) FROM legacy_oldurl AS r JOIN {site} GROUP BY s.slug"
CLOSED = "SELECT s.slug, count(*) FROM legacy_receipt AS r JOIN {site} WHERE r.state = 'closed' GROUP BY s.slug"


REFUSE = """CREATE TRIGGER refuse BEFORE INSERT ON legacy_oldurl
    WHEN (SELECT slug FROM legacy_oldsite WHERE id = NEW.site_id) = 'dahe'
    BEGIN SELECT RAISE(ABORT, 'not this one'); END"""


def test_one_failing_site_stops_no_other(built: Towns) -> None:
    towns = built.copy(built.root.with_name("failing"))
    towns.sql(REFUSE)
    done = towns.run("import", "all", "--publish", "--json")
    assert done.code == 3
    assert {name: "error" in told for name, told in done.json.items()} == dict.fromkeys(TOWNS, False) | {"dahe": True}
    told = done.json["dahe"]
    assert "not this one" in told["error"] and told["hint"]
    *_before, failed, reason, hint, step = done.err.splitlines()
    assert failed == "Failed with 1 of 3 sites: dahe"
    assert reason == f"dahe: {' '.join(told['error'].split())}" and hint == f"  What to do: {told['hint']}"
    assert "give the same command again" in step
    others = {"beihe", "xiaohe"}
    assert counts(towns, LIVE) == dict.fromkeys(others, PAGES)
    assert counts(towns, ROWS) == dict.fromkeys(others, PAGES + FILES)
    assert counts(towns, CLOSED).keys() == others

    towns.sql("DROP TRIGGER refuse")
    again = towns.run("import", "all", "--publish", "--json")
    assert again.code in (0, 1), again.err
    assert counts(towns, LIVE) == dict.fromkeys(TOWNS, PAGES)
    assert counts(towns, ROWS) == dict.fromkeys(TOWNS, PAGES + FILES)
    assert counts(towns, CLOSED).keys() == set(TOWNS)


def test_killed_while_links_are_healed(built: Towns) -> None:
    linked = built.copy(built.root.with_name("linked"))
    assert linked.run("import", "all", "--publish").code in (0, 1)  # by its end, what beihe says of dahe leads there
    before, killed = linked.portrait(), linked.copy(built.root.with_name("killed"))
    for moment in (30, 75):  # the second run goes on behind the batches of the first
        assert killed.run("import", "beihe", "--publish", module=f"tests.pipeline.dying healing+{moment}").code == -9
    for towns in (linked, killed):
        assert towns.run("import", "beihe", "--publish").code in (0, 1)
    healed = linked.portrait()
    assert differences(killed.portrait(), healed) == []
    assert sum(before["imported"][key]["open"] != row["open"] for key, row in healed["imported"].items()) == PAGES

    assert killed.run("rollback", "beihe").code == 0
    assert differences(_as_seen(killed.portrait()), _as_seen(before)) == []


def _as_seen(portrait: dict[str, Any]) -> dict[str, Any]:
    """Return a portrait without what a rollback adds: it puts earlier revisions last once more, and keeps receipts."""
    rows = {key: row | {"revisions": 0} for key, row in portrait["imported"].items()}
    return portrait | {"imported": rows, "receipts": []}

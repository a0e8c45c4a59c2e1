"""Several sites on one portal, on SQLite and PostgreSQL: what goes wrong with one of them, and links between them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.portrait import differences
from tests.pipeline.towns import FILES, PAGES, TOWNS, Towns, write_towns
from tests.postgres import cluster, programs, url


@pytest.fixture(scope="module")
def sqlite(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Towns:
    root = tmp_path_factory.mktemp("sqlite") / "built"
    write_towns(root)
    (root / "var").mkdir()
    if tables.exists():
        shutil.copy(tables, root / "var" / "portal.sqlite3")
    return _build(Towns(root, f"sqlite:///{root}/var/portal.sqlite3"))


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Towns]:
    if programs() is None:
        message = "PostgreSQL's programs (initdb, pg_ctl) are not installed: Debian's package is postgresql"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    root = tmp_path_factory.mktemp("postgres") / "built"
    write_towns(root)
    with cluster() as server:
        Towns(root, server).sql("CREATE DATABASE built")
        yield _build(Towns(root, url(server.partition("host=")[2], "built")))


@pytest.fixture
def built(request: pytest.FixtureRequest) -> Towns:
    """The three towns with a portal that is built and empty, on the database that a test names."""
    found: Towns = request.getfixturevalue(request.param)
    return found


def _build(towns: Towns) -> Towns:
    assert towns.run("cms", "build").code == 0
    return towns


DAHE = "(SELECT slug FROM legacy_oldsite WHERE id = NEW.site_id) = 'dahe'"


def forbid(towns: Towns, table: str, what: str) -> Callable[[], object]:
    """Have the database do something about new rows of dahe; return what ends that."""
    if towns.vendor == "sqlite":
        towns.sql(f"CREATE TRIGGER forbid BEFORE INSERT ON {table} WHEN {DAHE} BEGIN SELECT {what}; END")
        return lambda: towns.sql("DROP TRIGGER forbid")
    body = f"BEGIN IF {DAHE} THEN {what}; END IF; RETURN NEW; END"
    towns.sql(
        f"CREATE FUNCTION forbid() RETURNS trigger AS $$ {body} $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER forbid BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION forbid()",
    )
    return lambda: towns.sql(f"DROP TRIGGER forbid ON {table}")


def counts(towns: Towns, sql: str) -> dict[str, int]:
    """Return site → number."""
    return {name: int(number) for name, number in towns.sql(sql.format(site="legacy_oldsite AS s ON s.id = r.site_id"))}


LIVE = "SELECT s.slug, count(*) FROM legacy_imported AS r JOIN {site} WHERE r.state = 'live' GROUP BY s.slug"
ROWS = "SELECT s.slug, count(*) FROM legacy_oldurl AS r JOIN {site} GROUP BY s.slug"
CLOSED = "SELECT s.slug, count(*) FROM legacy_receipt AS r JOIN {site} WHERE r.state = 'closed' GROUP BY s.slug"


@pytest.mark.parametrize(
    ("built", "table", "deed", "says"),
    [
        ("sqlite", "legacy_oldurl", "RAISE(ABORT, 'not this one')", "not this one"),
        # in no transaction: nothing but the next statement notices
        ("postgres", "legacy_receipt", "PERFORM pg_terminate_backend(pg_backend_pid())", "terminating connection"),
    ],
    indirect=["built"],
)
def test_one_failing_site_stops_no_other(built: Towns, table: str, deed: str, says: str) -> None:
    towns = built.copy(built.root.with_name("failing"))
    allow = forbid(towns, table, deed)
    done = towns.run("import", "all", "--publish", "--json")
    assert done.code == 3
    assert {name: "error" in told for name, told in done.json.items()} == dict.fromkeys(TOWNS, False) | {"dahe": True}
    told = done.json["dahe"]
    assert says in told["error"] and told["hint"]
    *_before, failed, reason, hint, step = done.err.splitlines()
    assert failed == "Failed with 1 of 3 sites: dahe"
    assert reason == f"dahe: {' '.join(told['error'].split())}" and hint == f"  What to do: {told['hint']}"
    assert "give the same command again" in step
    others = {"beihe", "xiaohe"}
    assert counts(towns, LIVE) == dict.fromkeys(others, PAGES)
    assert counts(towns, ROWS) == dict.fromkeys(others, PAGES + FILES)
    assert counts(towns, CLOSED).keys() == others

    allow()
    again = towns.run("import", "all", "--publish", "--json")
    assert again.code in (0, 1), again.err
    assert counts(towns, LIVE) == dict.fromkeys(TOWNS, PAGES)
    assert counts(towns, ROWS) == dict.fromkeys(TOWNS, PAGES + FILES)
    assert counts(towns, CLOSED).keys() == set(TOWNS)


@pytest.mark.parametrize("built", ["sqlite", "postgres"], indirect=True)
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

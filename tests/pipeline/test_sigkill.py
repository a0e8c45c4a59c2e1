"""The plug is pulled in the middle of an import; the portal ends as if nothing had happened, and can be emptied."""

import random
import sqlite3

import pytest

from tests.pipeline.conftest import Shell, Undisturbed
from tests.pipeline.portrait import differences

pytestmark = pytest.mark.django_db
CHAINS, KILLS = 2, 5
"""Ten kills: after five the import is let through and rolled back, then it is killed five times more."""


def test_two_at_once(undisturbed: Undisturbed, shell: Shell) -> None:
    with shell.stopped("import", "dahe", "--publish", moment=undisturbed.statements // 2):
        for words in (("import", "dahe"), ("rollback", "dahe")):
            done = shell.run(*words)
            assert done.returncode == 3
            assert "Another import or rollback is running on this portal" in done.stdout + done.stderr
    assert halves(shell) == {}


def test_killed_resumed_and_rolled_back(undisturbed: Undisturbed, shell: Shell) -> None:
    dice = random.Random(20261121)
    killed = 0
    receipts: list[str] = []
    for _chain in range(CHAINS):
        # Each run starts where the one before it left whole batches, so the moments move towards the end.
        for moment in sorted(dice.sample(range(20, undisturbed.statements * 9 // 10), KILLS)):
            killed += shell.run("import", "dahe", "--publish", module=f"tests.pipeline.dying {moment}").returncode == -9
            assert halves(shell) == {}, f"at statement {moment}"
        done = shell.run("import", "dahe", "--publish")
        assert done.returncode in (0, 1), done.stderr
        assert halves(shell) == {}
        # one receipt, however often the import was resumed
        whole = undisturbed.portrait | {"receipts": [*receipts, "closed"]}
        assert differences(shell.portrait(), whole) == []
        assert shell.run("rollback", "dahe").returncode == 0
        receipts.append("rolled back")
    assert killed >= CHAINS * KILLS - 2
    assert differences(shell.portrait(), undisturbed.before | {"receipts": receipts}) == []
    media = [path for path in (shell.root / "var" / "media").rglob("*") if path.is_file()]
    assert media == []


TYPES = "article policy interpretation leader organisation service letter consultation interview report"
CONTENT = " UNION ALL ".join(f"SELECT page_ptr_id AS id FROM portal_{kind}page" for kind in TYPES.split())
WHOLE = {
    "receipt lines that the receipt does not count": """
        SELECT count(*) FROM legacy_receipt AS r WHERE (SELECT sum(value) FROM json_each(r.counts))
        <> (SELECT count(*) FROM legacy_receiptline WHERE receipt_id = r.id)""",
    "pages of no import": f"""
        SELECT count(*) FROM ({CONTENT})
        WHERE id NOT IN (SELECT page_id FROM legacy_imported WHERE page_id IS NOT NULL)""",
    "pages without their own table's row": f"""
        SELECT count(*) FROM legacy_imported WHERE page_id IS NOT NULL AND page_id NOT IN ({CONTENT})""",
    "pages in no receipt": """
        SELECT count(*) FROM legacy_imported WHERE page_id IS NOT NULL AND page_id NOT IN
        (SELECT object_id FROM legacy_receiptline WHERE model = 'page' AND action = 'created')""",
    "wrong numbers of children": """
        SELECT count(*) FROM wagtailcore_page AS p WHERE numchild <> (SELECT count(*) FROM wagtailcore_page AS c
        WHERE c.depth = p.depth + 1 AND substr(c.path, 1, length(p.path)) = p.path)""",
    "revisions that are not import's, or not there": """
        SELECT count(*) FROM legacy_imported AS i JOIN wagtailcore_page AS p ON p.id = i.page_id
        WHERE coalesce(i.revision_id, 0) <> coalesce(p.latest_revision_id, 0)
        OR (p.latest_revision_id IS NOT NULL)
        <> EXISTS (SELECT 1 FROM wagtailcore_revision AS r WHERE r.id = p.latest_revision_id)""",
    "live pages without a revision, or not known as live": """
        SELECT count(*) FROM legacy_imported AS i JOIN wagtailcore_page AS p ON p.id = i.page_id
        WHERE p.live <> (i.state = 'live') OR p.live <> (p.live_revision_id IS NOT NULL)""",
    "histories that say other than the pages": """
        SELECT count(*) FROM legacy_imported AS i JOIN wagtailcore_page AS p ON p.id = i.page_id
        WHERE p.live <> EXISTS (SELECT 1 FROM wagtailcore_pagelogentry AS l
        WHERE l.page_id = p.id AND l.action = 'wagtail.publish')""",
    "pages with content that search does not know": """
        SELECT count(*) FROM legacy_imported WHERE page_id IS NOT NULL AND revision_id IS NOT NULL
        AND CAST(page_id AS TEXT) NOT IN (SELECT object_id FROM wagtailsearch_indexentry)""",
}
"""What may never be found between two batches → how many there are."""


def halves(shell: Shell) -> dict[str, int]:
    """Return what is not whole in the portal, with the number of rows."""
    database = sqlite3.connect(f"file:{shell.database}?mode=ro", uri=True)
    found = {name: database.execute(query).fetchone()[0] for name, query in WHOLE.items()}
    database.close()
    return {name: number for name, number in found.items() if number}

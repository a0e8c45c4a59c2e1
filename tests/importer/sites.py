"""Old sites of a few pages, written by hand, and what stands in the portal after they were imported."""

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from PIL import Image as Picture
from wagtail.models import Page

from cms_site.legacy.models import Decision, Imported, OldSite, OldUrl
from migrate import portal
from migrate.archive.warc import WarcWriter, digest_of
from migrate.http.types import Response
from migrate.importer import ImportOptions, ImportSummary, Plan, Planned, import_entries, rehearse
from tests.importer.synthetic import PORTAL
from tests.mapping.building import RULES, STAMP, Site

HOSTS = ("www.dahe.example.gov.cn", "www.xiaohe.example.gov.cn", "xiaohe.example.gov.cn")
DOC = b"\xd0\xcf\x11\xe0 a document"


def picture(colour: str = "red", kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Picture.new("RGB", (8, 6), colour).save(data, kind)
    return data.getvalue()


def parent(page: Page) -> str:
    return page.get_parent().url_path.removeprefix("/portal")


def edit(page: Page, *, publish: bool = False) -> None:
    """Change a page as an editor does."""
    editor, _created = get_user_model().objects.get_or_create(username="王编辑")
    page = page.get_latest_revision_as_object() if page.latest_revision_id else page
    page.title = "编辑改过的标题"
    revision = page.save_revision(user=editor)
    if publish:
        revision.publish(user=editor, skip_permission_checks=True)


def payload(document: Any) -> bytes:
    with document.open_file() as file:
        return file.read()


def text(page: Page) -> str:
    return "".join(str(block.value) for block in page.get_latest_revision_as_object().body)


class SmallSite(Site):
    """A site whose files lie in a real WARC, and which can be imported."""

    def __init__(self, folder: Path, name: str, rules: str = RULES) -> None:
        self.name, self.folder = name, folder
        super().__init__(folder, name=name, rules=rules, portal=PORTAL)

    def bytes(
        self, path: str, payload: bytes, media_type: str, headers: tuple[tuple[bytes, bytes], ...] = (), **more: str
    ) -> None:
        """Add a file, or another version of it."""
        writer = WarcWriter(self.folder / "warc", STAMP, info={"software": "test"})
        answer = Response(
            url=self.host + path, status=200, reason="OK", body=payload, request=b"GET / HTTP/1.1\r\n\r\n",
            raw_headers=((b"Content-Type", media_type.encode()), *headers),
            started_at=datetime(2026, 11, 21, 1, 31, tzinfo=UTC),
        )  # fmt: skip
        written = writer.write(answer, digest_of(payload))
        writer.sync()
        writer.close()
        self.db.execute("DELETE FROM resources WHERE key = ?", (self.key(path),))
        self.answer(path, media_type=media_type, digest=written.digest, **more)
        place = (written.warc_file, written.warc_offset, self.key(path))
        self.db.execute("UPDATE resources SET warc_file = ?, warc_offset = ? WHERE key = ?", place)

    def doc(self, path: str, payload: bytes = DOC) -> None:
        self.bytes(path, payload, "application/msword")

    def article_again(self, path: str, **fields: Any) -> None:
        """Put another version in an article's place."""
        self.db.execute("DELETE FROM resources WHERE key = ?", (self.key(path),))
        self.article(path, **fields)

    def plan(self, intake: Any, options: ImportOptions) -> Plan:
        return Plan(self.ledger, intake.known(), intake.decisions(), options)

    def run(self, *, publish: bool = True, **options: Any) -> ImportSummary:
        """Map and import the site."""
        self.map()
        chosen = ImportOptions(publish=publish, **options)
        with portal.open_intake(self.config, self.portal, publish=publish, hosts=HOSTS) as intake:
            return import_entries(self.plan(intake, chosen), self.folder, intake, lambda *_progress: None)

    def counts(self, *, publish: bool = True, **options: Any) -> dict[str, int]:
        """Map and import; return the counts that are not zero."""
        return {name: number for name, number in self.run(publish=publish, **options).counts.items() if number}

    def planned(self, *, publish: bool = True, **options: Any) -> list[Planned]:
        """Map, then return what an import would do."""
        self.map()
        ahead = portal.rehearsal(self.config, self.portal, hosts=HOSTS)
        plan = Plan(self.ledger, ahead.known(), ahead.decisions(), ImportOptions(publish=publish, **options))
        return list(rehearse(plan, self.folder, ahead))

    def rehearsal(self, *, publish: bool = True, **options: Any) -> Counter[str]:
        """Map, then return what an import would do, counted by the words of its summary."""
        words = {"create": "created", "update": "updated", "unpublish": "unpublished", "merge": "merged"}
        planned = self.planned(publish=publish, **options)
        return Counter(words.get(item.action, item.action.value) for item in planned)

    def row(self, path: str) -> Imported:
        return Imported.objects.get(site__slug=self.name, source_key=self.mapped(path).key)

    def became(self, path: str) -> Any:
        """Return the page that an address became, as it is now."""
        found = self.row(path).page
        assert found is not None
        return found.specific

    def old_url(self, path: str) -> OldUrl:
        return OldUrl.objects.get(site__slug=self.name, canonical=self.mapped(path).key)

    def imports(self, name: str) -> list[str]:
        """Return the paths about which the last import found something."""
        found = [f for _stage, f in self.ledger.findings("import") if f.check == f"import.{name}"]
        return [f.url.removeprefix(self.host) for f in found]

    def decide(self, path: str, outcome: str, **values: Any) -> None:
        """Rule on an address, as a person does in the admin."""
        editor, _created = get_user_model().objects.get_or_create(username="王编辑")
        Decision.objects.update_or_create(
            site=OldSite.objects.get(slug=self.name),
            canonical=self.mapped(path).key,
            defaults={"outcome": outcome, "actor": editor, **values},
        )

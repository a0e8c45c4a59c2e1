"""An answer of the old server → what a survey keeps of it. Bodies are read once and forgotten."""

import json
from dataclasses import replace
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from migrate.archive.warc import digest_of
from migrate.encoding import decode
from migrate.families import Families
from migrate.harvest.links import link_text
from migrate.harvest.paging import Pagers
from migrate.harvest.reading import Named, Reading, Unread, attempt
from migrate.harvest.survey.marks import read_marks
from migrate.harvest.survey.types import Fetched, Reader, Visit
from migrate.harvest.survey.words import is_name, pages, total
from migrate.harvest.targets import Page, Targets
from migrate.http import MAX_PAGE, Response, decoded_body
from migrate.injection import Origin, cut_injected
from migrate.records import Kind, Record, fingerprint
from migrate.sanitise import flattened
from migrate.urls import UrlRules

UNREADABLE = "unreadable"
"""Error of a page that broke its reader."""

MAX_DATA = 1_000_000
"""Characters of an answer that is no page in which its list's length is looked for."""


def unread(url: str, key: str, response: Response, seconds: float) -> Visit:
    """Return what is known of an answer before, or without, reading its body."""
    return Visit(
        key=key,
        url=url,
        status=response.status,
        error=response.error,
        digest=digest_of(response.body),
        seconds=seconds,
        software=response.header("Server") or response.header("X-Powered-By"),
    )


class PageReader:
    """Reads pages of one site."""

    def __init__(self, rules: UrlRules, families: Families, fields: Reader) -> None:
        self._rules = rules
        self._families = families
        self._fields = fields
        self._targets = Targets(rules)
        self._pagers = Pagers(families)

    def read(self, visit: Visit, response: Response, form: str = "") -> Visit:
        """Return the visit with what the page says; itself where it is no page."""
        content_type, codings = response.header("Content-Type"), response.header("Content-Encoding")
        path = urlsplit(visit.key).path.lower()
        unread = Unread(visit.url, path, content_type, codings, response.body, form=form)
        reading = attempt(unread, self._targets, self._pagers)
        if isinstance(reading, str):
            return replace(visit, error=UNREADABLE)
        if reading.kind != "html" or not reading.size:
            return self._answer(visit, reading, response)
        body = decoded_body(response.raw_headers, response.body, MAX_PAGE)
        try:
            record = self._fields(Fetched(visit.url, body, content_type))
        except Exception:  # a page that breaks the reader must cost this page only; the survey tells of it
            return replace(visit, error=UNREADABLE)
        visit = replace(
            visit,
            record=replace(record, body=""),
            said=_said(record),
            links=reading.named,
            encoding=reading.encoding,
            damaged=reading.damaged,
        )
        return self._with_source(visit, decode(body, content_type).text, record)

    def _answer(self, visit: Visit, reading: Reading, response: Response) -> Visit:
        """Return a visit to what is no page: lists that a script fills come as XML or JSON."""
        text = decode(decoded_body(response.raw_headers, response.body, MAX_PAGE), response.header("Content-Type")).text
        if not reading.named:
            return visit
        return replace(visit, links=reading.named, total=total("", text[:MAX_DATA]), column=_column_named_in(text))

    def _with_source(self, visit: Visit, source: str, record: Record) -> Visit:
        tree = LexborHTMLParser(flattened(source))
        base = tree.css_first("base[href]")
        page = Page.at(visit.url, base.attributes.get("href") or "" if base else "")
        links = self._with_names(visit.links, tree, page)
        injected = cut_injected(tree, Origin(visit.url, page.base, self._rules.owns))
        scripts = "\n".join(node.text() for node in tree.css("script"))
        for node in tree.css("script, style"):
            node.decompose()
        text = " ".join(tree.body.text(separator=" ").split()) if tree.body else ""
        meta_code = next((value for name, value in record.meta.items() if name.lower() == "siteidcode"), "")
        return replace(
            visit,
            links=links,
            detection=self._families.detect(visit.url, source),
            total=total(text, scripts),
            pages=pages(visit.key, links, text, scripts),
            marks=read_marks(source, text, meta_code),
            injected_hosts=dict(injected.hosts),
            injected_scripts=tuple(injected.scripts),
        )

    def _with_names(self, links: tuple[Named, ...], tree: LexborHTMLParser, page: Page) -> tuple[Named, ...]:
        """Return the links with the words that name their target: a picture or 更多 may lead there, too."""
        names: dict[str, str] = {}
        for node in tree.css("a[href]"):
            text = link_text(node)
            if is_name(text):
                target = self._targets.get(page, node.attributes.get("href") or "")
                if target is not None:
                    names.setdefault(target.key, text)
        return tuple(
            link if is_name(link.text) else link._replace(text=names.get(link.key, link.text)) for link in links
        )


def _column_named_in(text: str) -> str:
    """Return the name of the column that an answer in JSON is of: `{"classify": {"name": …}, "articles": …}`."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    parts = answer.values() if isinstance(answer, dict) else ()
    names = (part.get("name") for part in parts if isinstance(part, dict))
    return next((name for name in names if isinstance(name, str) and is_name(name)), "")


def _said(record: Record) -> str:
    """Return a fingerprint of what a page says; empty where it says nothing."""
    if record.kind is Kind.OTHER or not (record.body or record.listings):
        return ""
    lines = [[line.url, line.title, line.published] for line in record.listings]
    return fingerprint([record.kind, record.title.value if record.title else "", record.body, lines])

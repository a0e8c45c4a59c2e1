"""An answer of the old server → what a survey keeps of it. Bodies are read once and forgotten."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from selectolax.lexbor import LexborHTMLParser

from migrate.archive.warc import digest_of
from migrate.encoding import Decoded, decode
from migrate.families import Families
from migrate.harvest.links import RawLink, html_links, link_text
from migrate.harvest.pages import sniff
from migrate.harvest.survey.marks import read_marks
from migrate.harvest.survey.types import Fetched, Link, Reader, Visit
from migrate.harvest.targets import Page, Targets
from migrate.http import MAX_PAGE, Response, decoded_body
from migrate.injection import Origin, cut_injected
from migrate.records import Kind, Record, fingerprint
from migrate.sanitise import flattened
from migrate.urls import DEFAULT_DOCUMENTS, UrlRules

_TOTAL = re.compile(
    r"(?:共有?|总共|总计|合计)\s*(\d{1,6})\s*(?:条|篇|则|项)(?:记录|信息|文章|数据|新闻)?"
    r"|(?:总记录数|总条数|记录总数|信息总数)\s*[:：]?\s*(\d{1,6})"
)
_TOTAL_SCRIPT = re.compile(
    r"\b(?:totalRecord|recordCount|total_?count|totalNum)\w*\s*[\"']?\s*[:=]\s*[\"']?(\d{1,6})", re.I
)
_PAGES = re.compile(r"共\s*(\d{1,4})\s*页|(?:页次|第)?\s*[:：]?\s*\d{1,4}\s*/\s*(\d{1,4})\s*页|共\d+条\s*\d+/(\d{1,4})")
_PAGES_SCRIPT = re.compile(
    r"\b(?:pageCount|totalPages?|countPages?|contenpage|page_count|total_page)\s*[\"']?\s*[:=]\s*[\"']?(\d{1,4})\b",
    re.I,
)
_MOST_PAGES = 5_000
_LAST = ("尾页", "末页", "最后一页", "最后页", "»", ">>", "last")
_NUMBER = re.compile(r"[_-]?(\d{1,4})(?=\.|$)")
PAGE_NAMES = frozenset("page pageindex pageno pagenum pagenumber currpage curpage currentpage pn p cpage".split())
"""Query parameters that number the pages of a list (domain rules, harvest pitfalls: generic pagers)."""


def unread(url: str, key: str, response: Response, seconds: float) -> Visit:
    """Return what is known of an answer before, or without, reading its body."""
    return Visit(
        key=key,
        url=url,
        status=response.status,
        error=response.error,
        media_type=response.header("Content-Type").partition(";")[0].strip().lower(),
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

    def read(self, visit: Visit, response: Response) -> Visit:
        """Return the visit with what the page says; itself where it is no page."""
        body = decoded_body(response.raw_headers, response.body, MAX_PAGE)
        if not body or sniff(visit.media_type, urlsplit(visit.key).path.lower(), body) != "html":
            return visit
        content_type = response.header("Content-Type")
        decoded = decode(body, content_type)
        record = self._fields(Fetched(visit.url, body, content_type))
        base, raw = html_links(decoded.text, visit.url)
        page = Page.at(visit.url, base, decoded.encoding)
        visit = replace(
            visit,
            record=replace(record, body=""),
            said=_said(record),
            links=tuple(self._links(page, raw)),
            detection=self._families.detect(visit.url, decoded.text),
            encoding=f"{decoded.encoding} ({decoded.evidence})",
            damaged=decoded.damaged,
        )
        return self._with_text(visit, page, decoded, record)

    def _links(self, page: Page, raw: list[RawLink]) -> Iterator[Link]:
        for link in raw:
            target = self._targets.get(page, link.href)
            if target is not None and target.key:
                yield Link(target.key, target.url, target.own, link.context, link_text(link.node), link.form)

    def _with_text(self, visit: Visit, page: Page, decoded: Decoded, record: Record) -> Visit:
        tree = LexborHTMLParser(flattened(decoded.text))
        injected = cut_injected(tree, decoded.text.lower(), Origin(page.base, page.base, self._rules.owns))
        scripts = "\n".join(node.text() for node in tree.css("script"))
        for node in tree.css("script, style"):
            node.decompose()
        text = " ".join(tree.body.text(separator=" ").split()) if tree.body else ""
        meta_code = next((value for name, value in record.meta.items() if name.lower() == "siteidcode"), "")
        return replace(
            visit,
            total=_largest(_TOTAL, text) or _largest(_TOTAL_SCRIPT, scripts),
            pages=min(_pages(visit, text, scripts), _MOST_PAGES),
            marks=read_marks(decoded.text, text, meta_code),
            injected_hosts=dict(injected.hosts),
            injected_scripts=tuple(injected.scripts),
        )


def _said(record: Record) -> str:
    """Return a fingerprint of what a page says; empty where it says nothing."""
    if record.kind is Kind.OTHER or not (record.body or record.listings):
        return ""
    lines = [[line.url, line.title, line.published] for line in record.listings]
    return fingerprint([record.kind, record.title.value if record.title else "", record.body, lines])


def _pages(visit: Visit, text: str, scripts: str) -> int:
    """Return how many pages a list has: by its pager's words, its script, or the further pages that it names."""
    named = {(link.key, link.form) for link in visit.links if link.context == "pager"} - {(visit.key, "")}
    numbered = (_page_number(visit.key, link) for link in visit.links if link.own)
    return max(1, len(named) + 1, *numbered, _largest(_PAGES, text), _largest(_PAGES_SCRIPT, scripts))


def _page_number(key: str, link: Link) -> int:
    """Return the number of the list's page that a link leads to, 0 where it leads elsewhere."""
    if not same_list(key, link.key):
        return 0
    if link.text in _LAST:
        return _number_in(link.key)
    return int(link.text) if link.text.isdecimal() and len(link.text) < 5 else 0


def same_list(one: str, other: str) -> bool:
    """Say whether two addresses may be pages of one list: they differ in nothing but a page's number."""
    return _unnumbered(one) == _unnumbered(other)


def _unnumbered(key: str) -> str:
    parts = urlsplit(list_key(key))
    folder, _slash, name = parts.path.rpartition("/")
    name = _NUMBER.sub("", name)
    return f"{folder}/{'' if name in DEFAULT_DOCUMENTS else name}?{parts.query}"


def _number_in(key: str) -> int:
    parts = urlsplit(key)
    values = [value for name, value in parse_qsl(parts.query) if name.lower() in PAGE_NAMES]
    found = _NUMBER.search(parts.path.rpartition("/")[2])
    text = values[0] if values else found[1] if found else ""
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def list_key(key: str) -> str:
    """Return the address that all spellings of a list share: lower case, without default document and page number."""
    parts = urlsplit(key.lower())
    folder, _slash, name = parts.path.rpartition("/")
    query = "&".join(part for part in parts.query.split("&") if part.partition("=")[0] not in PAGE_NAMES)
    return f"{folder}/{'' if name in DEFAULT_DOCUMENTS else name}" + (f"?{query}" if query else "")


def _largest(pattern: re.Pattern[str], text: str) -> int:
    return max((int(next(filter(None, match.groups()))) for match in pattern.finditer(text)), default=0)

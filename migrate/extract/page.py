"""What goes into extraction and what comes out, and the page as parsed once for all of its readers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from migrate.config import SiteConfig
from migrate.encoding import Decoded, decode
from migrate.extract.dom import attribute, one_line, squeeze, text_before
from migrate.extract.outline import Outline
from migrate.extract.scripted import written_text
from migrate.extract.trace import Trace
from migrate.families import GENERIC, Detection, Families, Family
from migrate.i18n import _
from migrate.injection import Origin
from migrate.injection.elements import Elements, numbers
from migrate.records import Field, Finding, Level, Record
from migrate.sanitise import DEEPEST, flattened
from migrate.urls import UrlRules, resolve

_LABEL = 30
"""Characters before a script in which the label of what it writes stands."""
_NAMES = re.compile(r"[A-Za-z_][\w-]*")
_CLASSES, _IDS = (re.compile(name + rb"\s*=\s*(\"[^\"]*|'[^']*|[^\s\"'>]*)") for name in (b"class", b"id"))
_QUOTES = bytes.maketrans(b"\"'", b"  ")
_NAME_WANTED = re.compile(r"[#.]([A-Za-z_][\w-]*)")
_TITLE_TAIL = re.compile(r"\s*(?:[-_|—–·>«»＿｜－]+|::)\s*")


@dataclass(frozen=True, slots=True)
class Page:
    """One HTML resource as captured."""

    url: str
    """Absolute, as requested."""
    key: str
    """Canonical URL under the cautious rules."""
    body: bytes
    """Content coding undone."""
    content_type: str = ""
    """The HTTP header as sent."""
    fetched: str = ""
    """ISO day on which it was captured: nothing on it is later. Empty: not known."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The record of a page and what a person must look at."""

    record: Record
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Parsed:
    """A page while it is read: tree, outline, META tags, scripts. Readers may cut the tree; each part is read once."""

    page: Page
    site: SiteConfig
    rules: UrlRules
    """The site's."""
    families: Families
    detection: Detection
    decoded: Decoded
    tree: LexborHTMLParser
    base: str
    """Absolute URL that links are resolved against."""
    metas: dict[str, str]
    """META name → content, as found; the first that says something wins."""
    named: dict[str, str]
    """The same by names in lower case, without blank ones."""
    refreshes: tuple[str, ...]
    """Content of the META tags that lead on to another page."""
    scripts: str
    """Text of all inline scripts."""
    html_title: str
    lower: bytes
    """The page's source, UTF-8 with ASCII letters in lower case, for cheap looks before selectors are tried."""
    names: frozenset[bytes]
    """The names in its class and id attributes, lower case, and with a < those of elements that HTML doesn't know."""
    elements: Elements
    outline: Outline
    dropped: list[str] = field(default_factory=list)
    """Text of what is no content here, but which the page's archived copy shows."""
    findings: list[Finding] = field(default_factory=list)
    trace: Trace | None = None
    """Where the page is explained: what is noted on the way."""

    @property
    def origin(self) -> Origin:
        """Return where the page stood, to tell foreign links from its own."""
        return Origin(self.page.url, self.base, self.rules.owns)

    @property
    def family(self) -> Family:
        """Return the family whose selectors apply first."""
        return self.families[self.detection.family]

    def meta(self, name: str) -> str:
        """Return a META tag's content by name, whatever its case; empty if it is missing or blank."""
        return self.named.get(name.lower(), "")

    def find(self, level: Level, check: str, message: str, hint: str = "") -> None:
        """Note something that a person must look at."""
        self.findings.append(Finding(level, check, self.page.key, message, hint))

    def tried(self, name: str, candidates: Iterable[Field]) -> Iterable[Field]:
        """Return what could be a field's value, best first; where the page is explained, all of it is noted."""
        if self.trace is None:
            return candidates
        self.trace.candidates[name] = list(candidates)
        return self.trace.candidates[name]

    def absolute(self, href: str) -> str | None:
        """Return the absolute URL of a link on this page, or None if it is none."""
        return resolve(self.base, href)

    def is_listing_address(self) -> bool:
        """Say whether the address is a list's, in the family's dialect or in general."""
        return any(self.families.is_listing(name, self.page.url) for name in (self.detection.family, GENERIC))

    def possible(self, selectors: tuple[str, ...]) -> list[str]:
        """Return the selectors that may match, in their order: the source has their names."""
        return [
            selector
            for selector, names, needle in _looked_for(selectors)
            if (names <= self.names if names else needle in self.lower)
        ]

    def select(self, selector: str) -> list[LexborNode]:
        """Return the nodes that a selector matches; the tree is asked only where the source has its names."""
        return list(self.tree.css(selector)) if self.possible((selector,)) else []

    def title_parts(self) -> list[str]:
        """Return the parts of <title> between dashes, bars and underscores, as written."""
        return [part for part in _TITLE_TAIL.split(self.html_title) if part]

    def site_names(self) -> set[str]:
        """Return what the site calls itself, without blanks: such a line is never an article's title."""
        names = {self.site.site.name, self.site.site.unit, self.meta("SiteName"), self.meta("site_name")}
        return {squeeze(name) for name in names if name}


def parse(page: Page, site: SiteConfig, families: Families) -> Parsed:
    """Return the page decoded and parsed. Never raises for bad markup."""
    decoded = decode(page.body, page.content_type)
    text = flattened(decoded.text)
    source = page.body if text is decoded.text and _is_source(page.body, decoded) else text.encode("utf-8", "ignore")
    tree = LexborHTMLParser(source)
    lower = source.lower()
    elements = Elements.of(tree)
    scripts = "\n".join([script.text for script in elements.scripts])
    base = next((node for node in elements.all("base") if "href" in node.attrs), None)
    heading = next(iter(elements.all("title")), None)
    tags = [node for node in elements.all("meta") if "content" in node.attrs]
    metas = _metas(tags)
    parsed = Parsed(
        page=page,
        site=site,
        rules=site.url_rules,
        families=families,
        detection=families.choose(site.site.family, page.url, decoded.text),
        decoded=decoded,
        tree=tree,
        base=(resolve(page.url, attribute(base, "href")) if base else None) or page.url,
        metas=metas,
        named=by_name(metas),
        refreshes=tuple(attribute(node, "content") for node in tags if _leads_on(node)),
        scripts=scripts,
        html_title=one_line(heading.text()) if heading else "",
        lower=lower,
        names=_names_in(lower).union(f"<{name}".encode() for name in elements.strange),
        elements=elements,
        outline=Outline(),
    )
    if text is not decoded.text:
        parsed.find(
            Level.WARNING,
            "extract.too-deep",
            _(
                "More than {n} elements are open in each other; tags inside them were left out, the text was kept."
            ).format(n=DEEPEST),
            _("Compare the old page with the record: it is broken, or made to choke programs."),
        )
    return parsed


def prepare(parsed: Parsed) -> None:
    """Drop what nobody sees (scripts, styles) and read the outline of the rest."""
    writes = "document" in parsed.scripts and "write" in parsed.scripts
    for node in parsed.elements.unseen:
        tag = node.tag
        if tag in ("select", "textarea"):
            parsed.dropped.append(node.text(separator="\n"))
        if writes and tag == "script" and (text := _written(parsed, node)):
            node.replace_with(text)
        else:
            node.decompose()
    if not all(map(_is_in_head, parsed.elements.all("title"))):
        for node in parsed.tree.css("body title"):
            node.decompose()
    for selector in parsed.possible((*parsed.family.remove, *parsed.families[GENERIC].remove)):
        for node in parsed.select(selector):
            text = node.text(separator="\n")
            parsed.dropped.append(text)
            if parsed.trace is not None:
                parsed.trace.dropped(selector, text)
            node.decompose()
    if parsed.tree.body is not None:
        parsed.outline = Outline.read(parsed.tree.body)


def _is_in_head(title: LexborNode) -> bool:
    return title.parent is not None and title.parent.tag == "head"


def _written(parsed: Parsed, script: LexborNode) -> str:
    code = script.text()
    writes = "document" in code and "write" in code
    return written_text(code, parsed.scripts, text_before(script, _LABEL)) if writes else ""


def by_name(metas: Mapping[str, str]) -> dict[str, str]:
    """Return META tags by their names in lower case; the first that says something wins."""
    named: dict[str, str] = {}
    for name, content in metas.items():
        if content:
            named.setdefault(name.lower(), content)
    return named


def _is_source(body: bytes, decoded: Decoded) -> bool:
    """Say whether a page's bytes are its text in UTF-8: no BOM before it, no half of a character after it."""
    return decoded.evidence == "utf-8" and body[-1:].isascii()


def _metas(nodes: Iterable[LexborNode]) -> dict[str, str]:
    metas: dict[str, str] = {}
    for node in nodes:
        name = (attribute(node, "name") or attribute(node, "property")).strip()
        content = one_line(attribute(node, "content"))
        if name and not metas.get(name):
            metas[name] = content
    return metas


def _leads_on(meta: LexborNode) -> bool:
    return attribute(meta, "http-equiv").strip().lower() == "refresh"


def _names_in(lower: bytes) -> frozenset[bytes]:
    values = b" ".join({*_CLASSES.findall(lower), *_IDS.findall(lower)})
    if b"&" in values:  # class="&#104;ide"
        values = unescape(values.decode()).lower().encode()
    return frozenset(values.translate(_QUOTES).split())


@lru_cache(maxsize=1024)
def _looked_for(selectors: tuple[str, ...]) -> list[tuple[str, frozenset[bytes], bytes]]:
    """Return selectors, each with the names, and the one name, without which it matches nothing."""
    return [(selector, _names(selector), _needle(selector)) for selector in selectors]


def _names(selector: str) -> frozenset[bytes]:
    """Return the classes and ids, lower case, without which a selector matches nothing; none where that is not sure.

    Of an element that HTML doesn't know, its own name as `Parsed.names` has it.
    """
    if selector.isalpha() and not numbers([selector]):
        return frozenset({f"<{selector}".lower().encode()})
    if any(mark in selector for mark in "[,:\\"):
        return frozenset()
    return frozenset(name.encode().lower() for name in _NAME_WANTED.findall(selector))


def _needle(selector: str) -> bytes:
    """Return the longest name in a selector, lower case: a page without it can't match."""
    return max(_NAMES.findall(selector), key=len, default="").encode().lower()

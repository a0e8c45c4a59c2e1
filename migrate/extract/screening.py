"""Screening (design §7): why a person must look at a page before anybody sees it, moved or as an archived copy."""

import re
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

from migrate.extract.body import Container
from migrate.extract.cleaned import Cleaned
from migrate.extract.dom import squeeze
from migrate.extract.page import Parsed, by_name
from migrate.i18n import _
from migrate.injection import MARK_LINKS, MARK_SCRIPTS, Injected, cut_injected, is_stranger, take_marks
from migrate.injection.elements import Elements
from migrate.personal import MOBILES_HELD, Hit, find_personal
from migrate.records import Finding, Level
from migrate.urls import host_of

_HINT = re.compile(r'\s(?:alt|title|summary|name)="([^"]*)"')
_LINK = re.compile(r'<a [^>]*?href="(https?://[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile("<[^>]*>")
_ROW = 3
"""Hosts that a row of links leads to from which on it is odd."""
_SEPARATOR = 4
_NAME = 16
"""Characters between two links of a row, and of what one says."""
_SHOWN = 10
"""Finds of one kind that a message names."""


class Located(NamedTuple):
    """One find, and where it stands: `body 120` (characters from its start), `attachment name 3`, `Sheet1!B2`."""

    hit: Hit
    place: str


def screen_article(
    parsed: Parsed, container: Container | None, cleaned: Cleaned, injected: Injected
) -> tuple[str, ...]:
    """Return why a person must look first; what needs no holding becomes a finding."""
    held: list[str] = []
    if container is not None and injected.marked:
        links, scripts = _cut_inside(parsed, container)
        held += ["injected-link"] * links + ["injected-script"] * scripts
    for reason in held:
        parsed.find(
            Level.ERROR,
            f"safety.{reason}",
            _("Something was injected into the body and cut out: {what}").format(
                what=", ".join([*sorted(injected.hosts), *injected.scripts])
            ),
        )
    _report_rows(parsed, cleaned.html)
    return (*held, *screen_text(parsed, cleaned.text, _around(parsed, container), _names(cleaned)))


def _report_rows(parsed: Parsed, html: str) -> None:
    """Note rows of short links to strangers in the body: too little to cut them, too odd to say nothing."""
    if html.count("<a ") < _ROW:
        return
    origin = parsed.origin
    hosts: dict[str, None] = {}
    rows: set[str] = set()
    end = 0
    for link in _LINK.finditer(html):
        between = squeeze(_TAG.sub("", html[end : link.start()]))
        if len(between) > _SEPARATOR:
            hosts = {}
        end = link.end()
        host = host_of(link[1])
        if not (0 < len(squeeze(_TAG.sub("", link[2]))) <= _NAME and is_stranger(host, origin)):
            hosts = {}
            continue
        hosts[host] = None
        if len(hosts) >= _ROW:
            rows.update(hosts)
    if rows:
        parsed.find(
            Level.WARNING,
            "safety.foreign-links",
            _("The body has a row of links to {n} unknown foreign hosts: {hosts}").format(
                n=len(rows), hosts=", ".join(sorted(rows)[:_SHOWN])
            ),
            _("Look whether an editor set them. If not, the old site was tampered with: take them out."),
        )


def _cut_inside(parsed: Parsed, container: Container) -> tuple[bool, bool]:
    """Return whether links, and whether scripts, were cut out of the body: also right beside the only element of it."""
    node, (links, scripts) = container.node, take_marks(container.node)
    span = parsed.outline.span(node)
    while node.parent is not None and span[0] < span[1] and parsed.outline.span(node.parent) == span:
        node = node.parent
        links, scripts = links or MARK_LINKS in node.attrs, scripts or MARK_SCRIPTS in node.attrs
    return links, scripts


def _names(cleaned: Cleaned) -> str:
    """Return what is published beside the text: names of attachments, texts of pictures and hints.

    Addresses of files are among them where one is named for a person: other numbers in them are a system's own.
    """
    urls = [unquote(link.url) for links in (cleaned.attachments, cleaned.images) for link in links.values()]
    named = [url for url in urls if _names_person(url)] if find_personal("\n".join(urls)) else []
    said = ('alt="', 'title="', 'summary="', 'name="')
    hinted = any(name in cleaned.html for name in said)  # a pattern looks at each blank
    hints = [unescape(hint) for hint in _HINT.findall(cleaned.html)] if hinted else []
    return "\n".join([*(link.name for link in cleaned.attachments.values()), *hints, *named])


def _names_person(url: str) -> bool:
    return any(hit.kind == "identity-number" for hit in find_personal(url))


def screen_text(parsed: Parsed, text: str, around: str = "", names: str = "") -> list[str]:
    """Return what personal data in a text, and in the names of its attachments, holds the page for; note each find.

    `around` is what an archived copy shows beside the text: one person's number there holds the page too, but many
    mobile numbers don't, for they are the office's own.
    """
    own = "body" if around else "page"
    located = [Located(hit, f"{own} {hit.position}") for hit in find_personal(text)]
    located += (Located(hit, f"attachment name {hit.position}") for hit in find_personal(names))
    known = {found.hit.value for found in located}
    beside = [hit for hit in find_personal(around) if hit.kind != "mobile" and hit.value not in known]
    located += (Located(hit, f"page {hit.position}") for hit in beside)
    held, findings = judge(parsed.page.key, located)
    parsed.findings += findings
    return held


def judge(url: str, located: list[Located]) -> tuple[list[str], list[Finding]]:
    """Return what the finds in a page or file hold it for (design §7), and what to tell of them."""
    held: list[str] = []
    findings: list[Finding] = []
    for kind in ("identity-number", "bank-card"):
        found = [one for one in located if one.hit.kind == kind]
        if found:
            held.append(kind)
            findings.append(_told(url, Level.ERROR, f"safety.{kind}", found))
    mobiles = [one for one in located if one.hit.kind == "mobile"]
    if len({one.hit.value for one in mobiles}) >= MOBILES_HELD:
        held.append("mobile-numbers")
        findings.append(_told(url, Level.ERROR, "safety.mobile-numbers", mobiles))
    elif mobiles:
        findings.append(_told(url, Level.NOTE, "safety.mobile", mobiles))
    return held, findings


def whole_page(parsed: Parsed) -> str:
    """Return all text that a copy of the page may show: its lines, its title, and what extraction drops as no content.

    The page must be prepared.
    """
    return "\n".join([parsed.html_title, *(line.text for line in parsed.outline.lines), *parsed.dropped])


def _around(parsed: Parsed, container: Container | None) -> str:
    """Return what the copy of an article shows beside its cleaned body.

    The portal knows the families' selectors only: a body that was found otherwise is shown with its whole page.
    """
    known = parsed.families.body_selectors(parsed.detection.family)
    if container is None or container.origin.removeprefix("selector:") not in known:
        return whole_page(parsed)
    lines = parsed.outline.lines[container.start : container.end]
    return "\n".join([parsed.html_title, *(line.text for line in lines)])


def cut_foreign(parsed: Parsed) -> Injected:
    """Cut what was injected out of a page, and forget the title and META tags that were overwritten: no field may be
    read from them.
    """
    injected = cut_injected(parsed.tree, parsed.origin, parsed.elements)
    if injected.marked:
        parsed.elements = Elements.of(parsed.tree)
    if "title" in injected.head:
        parsed.html_title = ""
    parsed.metas = {name: value for name, value in parsed.metas.items() if name.lower() not in injected.head}
    parsed.named = by_name(parsed.metas)
    return injected


def report_frame(parsed: Parsed, injected: Injected) -> None:
    """Note what was cut outside the body: hosts and numbers."""
    hint = _("The old site was tampered with. Tell its owner; nothing of it reaches the portal.")
    if injected.hosts:
        message = _("{count} injected links to {n} foreign hosts were cut away: {hosts}").format(
            count=sum(injected.hosts.values()), n=len(injected.hosts), hosts=", ".join(sorted(injected.hosts))
        )
        parsed.find(Level.WARNING, "safety.injected-frame", message, hint)
    if injected.scripts:
        message = _("{count} scripts from unknown hosts were cut away: {scripts}").format(
            count=len(injected.scripts), scripts=", ".join(injected.scripts)
        )
        parsed.find(Level.WARNING, "safety.injected-frame", message, hint)
    if injected.head:
        words = sorted({word for found in injected.head.values() for word in found})
        message = _("{places} of the page were overwritten for search engines and are not used: {words}").format(
            places=", ".join(injected.head), words=", ".join(words)
        )
        parsed.find(Level.WARNING, "safety.injected-frame", message, hint)


def _told(url: str, level: Level, check: str, located: list[Located]) -> Finding:
    places = ", ".join(f"{found.hit.masked} @{found.place}" for found in located[:_SHOWN])
    return Finding(
        level,
        check,
        url,
        _("{n} numbers of persons in the text: {places}").format(n=len(located), places=places),
        _("Mask them, or confirm that they may be published."),
    )

"""Links of imported pages that lead nowhere: what they say, where they led, and why nothing answers there."""

import re
from collections.abc import Callable, Collection
from html import unescape
from urllib.parse import unquote

from migrate.embedded import apart
from migrate.i18n import _
from migrate.importer.plan import Plan
from migrate.records import Entry, Finding, Level, Outcome

_ANCHOR = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
_IMAGE = re.compile(r"<(?:img|video|audio|source)\b[^>]*>")
_SOURCE = re.compile(r'\bsrc="([^"]+)"')
_ALT = re.compile(r'\balt="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_MOST_TEXT = 80


def link_texts(entry: Entry, wanted: Collection[str], keys_of: Callable[[list[str]], list[str]]) -> dict[str, str]:
    """Return address → the text of the first link of a page that names it, of these addresses and maybe others.

    They are canonical; `keys_of` makes spellings so, where the page spells them otherwise.
    """
    if entry.content is None:
        return {}
    named = [(unescape(url), _plain(text)) for url, text in _ANCHOR.findall(entry.content.body)]
    for tag in _IMAGE.findall(entry.content.body):
        source, alt = _SOURCE.search(tag), _ALT.search(tag)
        if source is not None:
            named.append((unescape(source[1]), unescape(alt[1]) if alt else ""))
    named += [(link.url, link.name) for link in (*entry.content.attachments, *entry.content.images)]
    texts: dict[str, str] = {}
    for link, text in named:
        url, _fragment = apart(link)
        texts[url] = texts.get(url) or text[:_MOST_TEXT]
    if not texts.keys() >= set(wanted):
        for url, key in zip(list(texts), keys_of(list(texts)), strict=True):
            texts[key] = texts.get(key) or texts[url]
    return texts


def _plain(markup: str) -> str:
    return " ".join(unescape(_TAG.sub("", markup)).split())


def open_link(page: str, url: str, text: str, reason: str) -> Finding:
    """Return the finding about one link of a page."""
    message = _("The link “{text}” leads nowhere: {target}. {reason}")
    hint = _("Later imports heal it once something answers there; else take the link out, or name another target.")
    told = message.format(text=text or "—", target=unquote(url), reason=reason)
    return Finding(Level.NOTE, "import.open-link", page, told, hint)


class Reasons:
    """Says why nothing answers for an old address; each is looked up once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[str, str] = {}

    def __call__(self, url: str) -> str:
        """Return the reason, for people."""
        if url not in self._known:
            found = next(self._plan.read([url]), None)
            never = _("Nothing is known of this address: it was never found, or its site was not imported yet.")
            self._known[url] = _reason(found) if found is not None else never
        return self._known[url]


def _reason(entry: Entry) -> str:
    words = {
        Outcome.GONE: _("It is gone: {reason}"),
        Outcome.FAILED: _("It could not be fetched: {reason}"),
        Outcome.ARCHIVE: _("It is archived, and its copy may not be shown: {reason}"),
        Outcome.UNDECIDED: _("It is undecided: {reason}"),
    }
    word = words.get(entry.outcome, _("The portal has nothing for it: {reason}"))
    return word.format(reason=entry.reason or ", ".join(entry.held) or "—")

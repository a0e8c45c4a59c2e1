"""The rules of a mapping, top to bottom; the first that fits takes the URL. Each counts how many it took."""

from collections import Counter
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from migrate.config import Match, Rule, SiteConfig
from migrate.i18n import _
from migrate.mapping.facts import Fact
from migrate.records import Finding, Kind, Level
from migrate.urls import glob_pattern

_FILES = (Kind.ATTACHMENT, Kind.IMAGE, Kind.OTHER)


class Rules:
    """A site's rules, ready to ask."""

    def __init__(self, site: SiteConfig) -> None:
        self._rules = site.rules
        self._case_sensitive = site.site.urls.case_sensitive
        self.took: Counter[str] = Counter()

    def first(self, fact: Fact) -> Rule | None:
        """Return the first rule that fits, and count it; None if none does."""
        for rule in self._rules:
            if self._fits(rule.match, fact):
                self.took[rule.name] += 1
                return rule
        return None

    def _fits(self, match: Match, fact: Fact) -> bool:
        if match.kind:
            if fact.kind not in match.kind:
                return False
        elif fact.kind in _FILES and fact.page is None:
            return False  # files follow the pages that use them, unless a rule names their kind
        if match.breadcrumb and not (fact.page and set(match.breadcrumb) & set(fact.page.breadcrumb)):
            return False
        if match.listed and not any(self._fits_glob(match.listed, _target(address)) for address in fact.lists):
            return False
        return not match.path or self._fits_glob(match.path, unquote(urlsplit(fact.key).path))

    def _fits_glob(self, globs: Iterable[str], text: str) -> bool:
        return any(glob_pattern(unquote(glob), case_sensitive=self._case_sensitive).fullmatch(text) for glob in globs)

    def findings(self) -> Iterable[Finding]:
        """Yield a finding for each rule that took nothing."""
        for rule in self._rules:
            if not self.took[rule.name]:
                yield Finding(
                    Level.WARNING,
                    "map.rule-unused",
                    "",
                    _("The rule “{rule}” (line {line}) took nothing.").format(rule=rule.name, line=rule.line),
                    _("Is its match right? Does a rule above it take everything first?"),
                )


def _target(key: str) -> str:
    """Return path and query of a canonical URL, unescaped."""
    parts = urlsplit(key)
    return unquote(parts.path + (f"?{parts.query}" if parts.query else ""))

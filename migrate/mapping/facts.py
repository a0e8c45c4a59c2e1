"""What is known of each old URL under the site's own URL rules: the input of every ruling.

While harvesting, keys are cautious; here they are folded. Several addresses that become one are settled by a stated
order (`_rank`) and reported. Only small facts are kept in memory, never bodies: a site of 100,000 URLs stays flat.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from urllib.parse import urlsplit

from migrate.archive.ledger import Ledger
from migrate.config.portal import RECORD_FIELDS
from migrate.embedded import is_embedded
from migrate.i18n import _
from migrate.records import LIST_DATA, PERSONAL_FILE, FileLink, Finding, Kind, Level, Record, Resource, fingerprint
from migrate.urls import UrlRules, canonical, host_of

_IMAGES = frozenset("jpg jpeg png gif bmp webp ico svg tif tiff".split())
_DOCUMENTS = frozenset("doc docx xls xlsx ppt pptx wps et pdf ofd ceb rtf txt zip rar 7z mp3 mp4 wmv flv avi".split())
_NAMED = _IMAGES | _DOCUMENTS
_SIDE_BAR = 0.3
"""Share of all lists from which on what they name stands in a side bar."""
_FEW_LISTS = 3
_TAG = re.compile(r"<[^>]*>")
_PICTURE_LINK = re.compile(rf'<a\b[^>]*?\bhref="([^"]+\.(?:{"|".join(sorted(_IMAGES))}))(?:#[^"]*)?"', re.IGNORECASE)
_FURNITURE = frozenset("css js swf htc xsl eot ttf woff woff2 map".split())
_FURNITURE_TYPES = ("text/css", "javascript", "font", "ecmascript", "shockwave", "text/xsl")


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the rules look at in a record, without its body. Links are canonical under the site's rules."""

    kind: Kind
    reason: str
    breadcrumb: tuple[str, ...]
    present: frozenset[str]
    """Names of the record's fields that have a value."""
    files: tuple[str, ...]
    """Attachments and images that the body uses: canonical on own hosts, absolute elsewhere. Not those that the page
    itself carries: they have no address."""
    held: tuple[str, ...]
    listed: tuple[str, ...]
    leads_to: str
    """Where a meta refresh goes; of a further page of an article: its first."""
    content: str = ""
    """For articles: fingerprint of title, text and files. Pages differ in a counter; this does not."""
    published: str = ""
    says: int = 0
    """What the rules asked of the whole record, a bit for each question that it answers with yes."""

    @property
    def is_data(self) -> bool:
        """Whether it is no page but what a script of a list asked for."""
        return self.reason == LIST_DATA


@dataclass(frozen=True, slots=True)
class Fact:
    """One old URL: its newest answer, if any, what page it is, and what the frontier says of one never fetched."""

    key: str
    url: str
    resource: Resource | None
    page: PageFacts | None
    state: str
    reason: str
    referrer: str
    """The page that named it first."""
    listed_date: str = ""
    """ISO date that a list shows next to the link."""
    listed_by: str = ""
    """The list."""
    file_name: str = ""
    """What pages call the file, where its own address does not say what it is (`down.asp?id=3`)."""
    lists: tuple[str, ...] = ()
    """The lists that name it; side bars are none."""
    held: tuple[str, ...] = ()
    """Of files: what the screening found in them."""

    @property
    def leads_to(self) -> str:
        """Return where the old server or the page redirects to: canonical on own hosts, absolute elsewhere."""
        if self.page:
            return self.page.leads_to
        return self.resource.location if self.resource else ""

    @property
    def published(self) -> str:
        """Return when it was published: by its record, else by a list."""
        return (self.page.published if self.page else "") or self.listed_date

    @property
    def kind(self) -> Kind:
        """Return what it is: by its record, else by media type and file name."""
        if self.page:
            return self.page.kind
        return file_kind(self.key, self.resource.media_type if self.resource else "")


def file_kind(key: str, media_type: str) -> Kind:
    """Return image, attachment or other for a URL that is no page."""
    name = urlsplit(key).path.rsplit("/", 1)[-1].lower()
    extension = _extension(name)
    if name in ("robots.txt", "sitemap.xml", "favicon.ico"):
        return Kind.OTHER
    if media_type.startswith("image/") or extension in _IMAGES:
        return Kind.IMAGE
    if extension in _FURNITURE or any(word in media_type for word in _FURNITURE_TYPES):
        return Kind.OTHER
    if extension in _DOCUMENTS or (media_type and not media_type.startswith("text/html")):
        return Kind.ATTACHMENT
    return Kind.OTHER


@dataclass(frozen=True, slots=True)
class Facts:
    """All old URLs of a site by canonical URL, and what collided."""

    by_key: dict[str, Fact]
    findings: tuple[Finding, ...]


def gather(ledger: Ledger, rules: UrlRules, ask: Callable[[Record], int] = lambda _record: 0) -> Facts:
    """Return the facts of every URL found, folded by the site's rules. Deterministic for one ledger.

    `ask` is what the mapping's rules want to know of whole records.
    """
    told = _Told(ask)
    for record in ledger.records():
        told.take(record, rules)
    states = _frontier_states(ledger)
    told.give_data_to_lists({key: referrer for key, (_state, _reason, referrer) in states.items()})
    lists = told.lists_of(rules)
    resources = {resource.key: resource for resource in ledger.newest_resources()}
    held = {key for key, (_digest, verdict) in ledger.screened_files().items() if verdict == PERSONAL_FILE}
    groups: dict[str, list[Fact]] = {}
    for cautious, url in ledger.found():
        if not rules.owns(host_of(cautious)):
            continue  # URLs of other sites are not counted
        # a key too long for the rules stays as it is: it was found, so it must have an entry
        key = own_key(cautious, rules) or cautious
        resource = resources.get(cautious)
        if resource and resource.location:
            resource = replace(resource, location=own_key(resource.location, rules) or resource.location)
        state, reason, referrer = states.get(cautious, ("", "", ""))
        page = told.page(cautious, key) if resource and resource.ok else None
        date, listed_by = told.dates.get(key, ("", ""))
        referrer = own_key(referrer, rules) or referrer
        also = (told.names.get(key, ""), lists.of(key, referrer), (PERSONAL_FILE,) if cautious in held else ())
        fact = Fact(key, url, resource, page, state, reason, referrer, date, listed_by, *also)
        groups.setdefault(key, []).append(fact)
    findings = list(_worse_captures(ledger, resources, rules))
    by_key = {key: _settle(facts, findings) for key, facts in groups.items()}
    return Facts(by_key, tuple(findings))


def _worse_captures(ledger: Ledger, resources: dict[str, Resource], rules: UrlRules) -> Iterator[Finding]:
    """Yield a finding for each URL that gave more in an earlier capture than in the newest that asked for it."""
    for latest, answer in ledger.latest_answers():
        used = resources[latest.key]
        if not used.ok or used.capture == latest.capture or not rules.owns(host_of(latest.key)):
            continue
        yield Finding(
            Level.WARNING,
            "map.worse-capture",
            own_key(latest.key, rules) or latest.key,
            _("The newest capture ({newest}) got less: {answer}. What capture {used} got was kept.").format(
                newest=latest.capture,
                answer=answer or latest.reason or (f"HTTP {latest.status}" if latest.status != 200 else "empty"),
                used=used.capture,
            ),
            _("If the old site has really withdrawn it, say so with a rule or decide it in the portal's admin."),
        )


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists of a site, by canonical URL, and what they name."""

    others: frozenset[str]
    """Pages that are no lists."""
    naming: dict[str, tuple[str, ...]]
    """Address → the lists that name it; none for what many lists name, for that stands in their side bars."""

    def of(self, key: str, referrer: str) -> tuple[str, ...]:
        """Return the lists that name an address; where no page does, what led there: the answer to a form or script."""
        found = self.naming.get(key)
        if found is None:
            return () if referrer in self.others else (referrer,)
        return found


@dataclass(slots=True)
class _Told:
    """What the records tell, of themselves and of other addresses."""

    ask: Callable[[Record], int]
    pages: dict[str, PageFacts] = field(default_factory=dict)
    dates: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    """Attachments of articles."""

    def page(self, cautious: str, key: str) -> PageFacts | None:
        """Return what page an address is; none where it is data that an article offers as a file."""
        page = self.pages.get(cautious)
        return None if page and page.is_data and key in self.attached else page

    def give_data_to_lists(self, referrers: dict[str, str]) -> None:
        """Add to each list what the answers name that its scripts asked for: they are parts of it."""
        for key, data in [(key, page) for key, page in self.pages.items() if page.is_data]:
            asker, seen = referrers.get(key, ""), {key}
            while asker not in seen and (page := self.pages.get(asker)) is not None and page.is_data:
                seen.add(asker)
                asker = referrers.get(asker, "")
            whole = self.pages.get(asker)
            if whole is not None and whole.kind is Kind.LIST:
                self.pages[asker] = replace(whole, listed=tuple(dict.fromkeys((*whole.listed, *data.listed))))

    def lists_of(self, rules: UrlRules) -> "_Lists":
        """Return which lists name which address."""
        lists = {key: page for key, page in self.pages.items() if page.kind is Kind.LIST}
        naming: dict[str, list[str]] = {}
        for key, page in lists.items():
            for target in page.listed:
                naming.setdefault(target, []).append(own_key(key, rules) or key)
        most = max(_FEW_LISTS, _SIDE_BAR * len(lists))
        found = {target: tuple(dict.fromkeys(keys)) if len(keys) <= most else () for target, keys in naming.items()}
        data = {key: page for key, page in self.pages.items() if page.is_data}
        for key, page in data.items():
            for target in page.listed:
                if found.get(target) != ():  # a rule may name the script instead of the list
                    found[target] = tuple(dict.fromkeys((*found.get(target, ()), own_key(key, rules) or key)))
        others = self.pages.keys() - lists.keys() - data.keys()
        return _Lists(frozenset(own_key(key, rules) or key for key in others), found)

    def take(self, record: Record, rules: UrlRules) -> None:
        """Take one record; of dates and names the first stands."""
        self.pages[record.key] = _page_facts(record, rules, self.ask(record))
        for line in record.listings:
            target = own_key(line.url, rules)
            if line.published and target:
                self.dates.setdefault(target, (line.published, own_key(record.key, rules) or record.key))
        self.attached |= {own_key(link.url, rules) for link in record.attachments if not is_embedded(link.url)}
        for link in _addressed(record):
            target = own_key(link.url, rules)
            if target and _extension(link.name) in _NAMED and _extension(urlsplit(target).path) not in _NAMED:
                self.names.setdefault(target, link.name)


def own_key(url: str, rules: UrlRules) -> str:
    """Return the canonical URL of an address on the site's own hosts; empty for any other, and for one too long."""
    if not rules.owns(host_of(url)):
        return ""
    try:
        return canonical(url, rules)
    except ValueError:
        return ""


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _page_facts(record: Record, rules: UrlRules, says: int) -> PageFacts:
    leads_to = record.reason.partition(":")[2] if record.reason.startswith(("meta-refresh:", "part-of:")) else ""
    return PageFacts(
        kind=record.kind,
        reason=record.reason.partition(":")[0],
        breadcrumb=record.breadcrumb,
        present=_present(record),
        files=_files(record, rules),
        held=record.held,
        listed=tuple(dict.fromkeys(filter(None, (own_key(line.url, rules) for line in record.listings)))),
        leads_to=own_key(leads_to, rules) or leads_to,
        content=_fingerprint(record, rules) if record.kind is Kind.ARTICLE else "",
        published=record.published.value if record.published else "",
        says=says,
    )


def _files(record: Record, rules: UrlRules) -> tuple[str, ...]:
    """Return the keys of the files that a page uses: one for each link, in their order; then what it only leads to."""
    used = [own_key(link.url, rules) or link.url for link in _addressed(record)]
    return (*used, *dict.fromkeys(key for key in _linked_pictures(record, rules) if key not in used))


def _linked_pictures(record: Record, rules: UrlRules) -> Iterator[str]:
    """Yield the site's own pictures that an article's text leads to: larger copies, which are no attachments."""
    if record.kind is Kind.ARTICLE:
        yield from filter(None, (own_key(unescape(url), rules) for url in _PICTURE_LINK.findall(record.body)))


def _addressed(record: Record) -> list[FileLink]:
    """Return the files of a record that have an address: what the page itself carries was never found anywhere."""
    return [link for link in (*record.attachments, *record.images) if not is_embedded(link.url)]


def _fingerprint(record: Record, rules: UrlRules) -> str:
    text = "".join(_TAG.sub("", record.body).split())
    files = [own_key(link.url, rules) or link.url for link in _addressed(record)]
    files += [link.digest for link in (*record.attachments, *record.images) if is_embedded(link.url)]
    return fingerprint([record.title.value if record.title else "", text, files])


def _present(record: Record) -> frozenset[str]:
    names = {name for name in RECORD_FIELDS if getattr(record, name, None)} | set(record.policy_head)
    if record.attachments or record.images:
        names.add("body")
    return frozenset(names)


def _frontier_states(ledger: Ledger) -> dict[str, tuple[str, str, str]]:
    """Return key → (state, reason, referrer) of URLs in the newest capture that knows them."""
    rows = ledger.db.execute("SELECT key, state, reason, referrer FROM frontier ORDER BY capture")
    return {key: (state, reason, referrer) for key, state, reason, referrer in rows}


def _rank(fact: Fact) -> tuple[bool, bool, bool, bool, int, str]:
    """Order of addresses that fold into one: bytes before none, error pages last of these, pages before files, newest,
    then by spelling.
    """
    resource = fact.resource
    return (
        not (resource and resource.ok),
        resource is None,
        fact.page is not None and fact.page.kind is Kind.OTHER,
        fact.page is None,
        -int("".join(filter(str.isdigit, resource.fetched_at))[:14] or 0) if resource else 0,
        fact.url,
    )


def _settle(facts: list[Fact], findings: list[Finding]) -> Fact:
    if len(facts) == 1:
        return facts[0]
    best, *others = sorted(facts, key=_rank)
    contents = {fact.resource.digest for fact in facts if fact.resource and fact.resource.ok}
    if len(contents) > 1:
        findings.append(
            Finding(
                Level.ERROR if any(_is_lost(fact, best) for fact in others) else Level.WARNING,
                "map.same-address",
                best.key,
                _("{n} addresses with different contents fold into this one; {url} was taken.").format(
                    n=len(facts), url=best.url
                ),
                _("Also: {urls}. If they differ truly, change `urls` in the site's YAML.").format(
                    urls=", ".join(fact.url for fact in others[:5])
                ),
            )
        )
    return best


def _is_lost(fact: Fact, best: Fact) -> bool:
    """Say whether another article or attachment than the one taken would reach nobody."""
    if fact.resource is None or not fact.resource.ok:
        return False
    if fact.kind is Kind.ATTACHMENT:
        return best.resource is None or best.resource.digest != fact.resource.digest
    if fact.page is None or fact.kind is not Kind.ARTICLE:
        return False
    return best.page is None or best.page.content != fact.page.content

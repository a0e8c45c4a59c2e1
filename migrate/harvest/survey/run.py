"""One survey from start to end: robots.txt, home page, menus, articles, probes, and the sum of it."""

import asyncio
import itertools
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urljoin, urlsplit, urlunsplit

from migrate.errors import ShangyiError, UsageError
from migrate.families import GENERIC, Families
from migrate.harvest.findings import tls_words
from migrate.harvest.robots import MAX_HOPS, no_answer
from migrate.harvest.survey.columns import Columns
from migrate.harvest.survey.explore import Explorer
from migrate.harvest.survey.probes import Probes, same
from migrate.harvest.survey.reading import UNREADABLE, PageReader
from migrate.harvest.survey.sample import MAX_BODY, Sampler
from migrate.harvest.survey.types import HostUse, Reader, Speed, Survey, SurveyRun, Trap, Visit
from migrate.harvest.survey.words import is_name
from migrate.http import MAX_PAGE, Client, ClientOptions, decoded_body
from migrate.http.robots import Robots
from migrate.http.types import Fault
from migrate.i18n import _
from migrate.injection import registered_domain
from migrate.records import Kind
from migrate.urls import MAX_URL, UrlRules, host_of

RATE = 2.0
"""Requests a second where nothing else is said: as a site file without `rate` has it."""

_WELCOME = re.compile(
    r"^(?:欢迎(?:您)?(?:来到|访问|光临)?|您好[,，]?)|(?:欢迎您!?！?|首\s*页|门户网站|官方网站|政府门户网站)$"
)
_TITLE_PARTS = re.compile(r"\s*[-_|—·>«»＿｜]+\s*")
_ENDINGS = re.compile(r"\\\.\(?[a-z?|\\.:()]+$", re.IGNORECASE)
_CLASSES = re.compile(r"\\[a-z]|\[[^\]]*\]", re.IGNORECASE)
_WORD = 3
"""Letters that make a word in a pattern of addresses."""
_DOORS = 3
_FEW_LINKS = 5
_HOSTS = 30
_EVIDENCE = 5
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_FILE_CONTEXTS = frozenset({"img", "script", "css", "embed", "object", "video", "source", "iframe"})


def run_survey(
    run: SurveyRun, families: Families, fields: Callable[[UrlRules], Reader], tell: Callable[[int], None]
) -> Survey:
    """As `survey`, for callers without an event loop."""
    return asyncio.run(survey(run, families, fields, tell))


async def survey(
    run: SurveyRun, families: Families, fields: Callable[[UrlRules], Reader], tell: Callable[[int], None]
) -> Survey:
    """Look at a site with at most MAX_REQUESTS requests; nothing is kept. `tell` hears how many were sent.

    `fields` gives the reader of pages for the hosts that the site turns out to have. Raises UsageError for what is no
    web address, ShangyiError where the site does not answer or forbids everything.
    """
    host = host_of(run.url)
    if not host or not run.url.startswith(("http://", "https://")) or len(run.url) > MAX_URL:
        raise UsageError(_("“{url}” is no web address.").format(url=run.url[:80]), "shangyi survey http://…/")
    sibling = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    rules = UrlRules(host, frozenset({sibling}))
    resolve = {name.lower(): address for name, address in run.resolve.items()}
    if host in resolve:
        resolve.setdefault(sibling, resolve[host])  # without DNS the other name can only be where this one is
    options = ClientOptions(
        allowed=rules.owns,
        rate=RATE if run.rate is None else run.rate,
        max_bytes=MAX_BODY,
        resolve=resolve,
        contact=run.contact,
        old_tls=True,
        retries=0,
    )
    async with Client(options) as client:
        reader = PageReader(rules, families, fields(rules))
        found = await _Survey(run, rules, families, Sampler(client, rules, reader, tell)).run()
        return replace(found, traps=(*map(_tls, client.tls_faults), *found.traps))


def _tls(fault: Fault) -> Trap:
    """Return what is the matter with the encryption of a host: a look may put up with it, a harvest must be told."""
    return Trap(fault.code, f"https://{fault.host}/", f"{tls_words(fault.code)} ({fault.detail})")


class _Survey:
    """What the steps of one survey share."""

    def __init__(self, run: SurveyRun, rules: UrlRules, families: Families, sampler: Sampler) -> None:
        self._run = run
        self._rules = rules
        self._families = families
        self._sampler = sampler
        self._root = urljoin(run.url, "/")

    async def run(self) -> Survey:
        await self._robots()
        home = await self._home()
        explorer = Explorer(self._sampler, self._rules, self._families, home)
        await explorer.lists()
        await explorer.articles()
        probes = Probes(self._sampler, explorer, home)
        aliases = await self._aliases(home)
        case = await probes.case()
        missing = await probes.missing_page()
        documents = await probes.default_documents()
        calendars = await probes.calendars()
        parameters = await probes.parameters()
        await explorer.rest()
        pages = explorer.visited()
        family, share, evidence = self._family(pages)
        marks = _marks(pages)
        return Survey(
            url=urljoin(home.url, "/"),
            name=_name(home, marks),
            unit=marks.get("unit", ""),
            aliases=aliases,
            software=home.software,
            family=family,
            family_share=share,
            family_evidence=evidence,
            encodings=dict(Counter(visit.encoding for visit in pages).most_common()),
            columns=Columns(explorer).all(),
            unseen=explorer.unseen,
            parameters=parameters,
            case_sensitive=case.sensitive,
            case_evidence=case.evidence,
            default_documents=documents,
            traps=(*([missing] if missing else []), *calendars, *self._met(pages)),
            marks=marks,
            injected=_injected(pages),
            hosts=tuple(self._hosts(pages, aliases)),
            speed=_speed(list(self._sampler.visits.values())),
            requests=self._sampler.requests,
            pages=len(pages),
        )

    # beginning

    async def _robots(self) -> None:
        url = urljoin(self._root, "/robots.txt")
        response = await self._sampler.raw(url)
        for _hop in range(MAX_HOPS):
            onward = urljoin(url, response.header("Location")) if 300 <= response.status < 400 else ""
            if not self._rules.owns(host_of(onward)):
                break
            url = onward
            response = await self._sampler.raw(url)
        if not response.status:
            raise no_answer(response)
        if response.status >= 500:
            raise ShangyiError(
                _("The old site answers HTTP {status} for {url}.").format(status=response.status, url=url),
                _("Try again later, or look at it in a browser."),
            )
        self._sampler.obey(Robots(response, decoded_body(response.raw_headers, response.body, MAX_PAGE)))
        if not self._sampler.may_ask(self._root):
            raise ShangyiError(
                _("robots.txt of {url} forbids the home page.").format(url=self._root),
                _("If its owner allows it, write the site file by hand, with “robots: waived” under harvest."),
            )

    async def _home(self) -> Visit:
        """Return the first page that says something: the root, or the address given where the root says nothing."""
        for start in dict.fromkeys((self._root, self._run.url)):
            visit = await self._behind(start)
            if visit.ok and visit.record is not None and visit.record.reason not in ("challenge", "error-page"):
                return visit
        reason = visit.error or (visit.record.reason if visit.record else f"HTTP {visit.status}")
        raise ShangyiError(
            _("The home page {url} says nothing that can be read: {reason}").format(url=visit.url, reason=reason),
            _("Look at it in a browser. If it leads to another host, survey that one."),
        )

    async def _behind(self, url: str) -> Visit:
        """Return what stands behind a redirect, a refresh, or a page that only greets."""
        visit = await self._sampler.get(url)
        for _hop in range(_DOORS):
            if visit.record is None:
                break
            reason, _colon, target = visit.record.reason.partition(":")
            onward = urljoin(visit.url, target) if reason == "meta-refresh" else _door(visit)
            if not onward or not self._rules.owns(host_of(onward)) or not self._sampler.may_ask(onward):
                break
            visit = await self._sampler.get(onward)
        return visit

    async def _aliases(self, home: Visit) -> tuple[str, ...]:
        """Return the site's other host name, with or without www, if it gives the same home page."""
        names = (self._rules.host, *self._rules.aliases)
        main = host_of(home.url)
        other = next(name for name in names if name != main)
        if other == self._rules.host:
            return (other,)  # it led here
        url = urlunsplit(urlsplit(home.url)._replace(netloc=urlsplit(home.url).netloc.lower().replace(main, other)))
        response = await self._sampler.raw(url)
        moved = 300 <= response.status < 400 and host_of(urljoin(url, response.header("Location"))) == main
        return (other,) if moved or same(home, self._sampler.read(url, response)) else ()

    # the sum

    def _family(self, pages: list[Visit]) -> tuple[str, float, tuple[str, ...]]:
        """Return the family that most pages speak for, their share, and the commonest evidence.

        One pattern alone may be chance: hand-made sites have folders by date, too.
        """
        found: dict[str, Counter[str]] = {}
        speaking: Counter[str] = Counter()
        for visit in pages:
            if visit.detection and visit.detection.family != GENERIC:
                speaking[visit.detection.family] += 1
                found.setdefault(visit.detection.family, Counter()).update(visit.detection.evidence.split("; "))
        for family, count in speaking.most_common():
            evidence = found[family]
            if len(evidence) > 1 or any(_speaks(text) for text in evidence):
                shown = tuple(f"{text} ({n})" for text, n in evidence.most_common(_EVIDENCE))
                return family, round(count / len(pages), 2), shown
        return GENERIC, 0.0, ()

    def _met(self, pages: list[Visit]) -> list[Trap]:
        """Return the traps that the sample ran into."""
        notes = {
            "error-page": _("Error pages with status 200."),
            "challenge": _("The server asks for a script or a click before it shows pages: a firewall is in between."),
            "login-form": _("Pages that ask for a password."),
            "empty": _("Pages that are empty without script."),
        }
        found = []
        for reason, note in notes.items():
            met = [visit.url for visit in pages if visit.record and visit.record.reason == reason]
            if met:
                found.append(Trap(reason, met[0], f"{note} ({len(met)})"))
        broken = [visit.url for visit in self._sampler.visits.values() if visit.error == UNREADABLE]
        if broken:
            note = _("{n} pages could not be read; look at one of them in a browser.").format(n=len(broken))
            found.append(Trap(UNREADABLE, broken[0], note))
        if self._sampler.refused:
            note = _("robots.txt forbids {n} of the addresses that pages name.").format(n=len(self._sampler.refused))
            found.append(Trap("robots", min(self._sampler.refused), note))
        return [*found, *_growing(pages), *_sessions(pages), *_scripted(pages)]

    def _hosts(self, pages: list[Visit], aliases: tuple[str, ...]) -> list[HostUse]:
        files: Counter[str] = Counter()
        links: Counter[str] = Counter()
        for visit in pages:
            for key, context in {(link.url, link.context) for link in visit.links if not link.own}:
                (files if context in _FILE_CONTEXTS else links)[host_of(key)] += 1
        domain = registered_domain(self._rules.host)
        uses = [HostUse(alias, "own", 0, 0) for alias in aliases]
        for host in sorted({*files, *links}, key=lambda name: (-files[name], -links[name], name)):
            kind = (
                "address" if _IP.fullmatch(host) else "same-domain" if registered_domain(host) == domain else "foreign"
            )
            uses.append(HostUse(host, kind, files[host], links[host]))
        return sorted(uses, key=lambda use: use.kind == "foreign")[:_HOSTS]


def _speaks(evidence: str) -> bool:
    """Say whether one piece of evidence is enough: a mark, or a pattern of addresses that has words in it."""
    kind, _blank, text = evidence.partition(" ")
    bare = _CLASSES.sub("", _ENDINGS.sub("", text))
    return kind == "mark" or len(max(re.findall("[a-z]+", bare, re.IGNORECASE), key=len, default="")) >= _WORD


def _door(visit: Visit) -> str:
    """Return where a page that only greets leads: by the link that says 进入, or the only one; empty for others."""
    assert visit.record is not None
    own = [link for link in visit.links if link.own and link.context in ("a", "area") and link.key != visit.key]
    if len(own) > _FEW_LINKS or visit.record.listings or any(link.context == "frame" for link in visit.links):
        return ""
    entering = [link.url for link in own if "进入" in link.text or (len(own) == 1 and not is_name(link.text))]
    return entering[0] if entering else ""


def _name(home: Visit, marks: Mapping[str, str]) -> str:
    """Return what the site calls itself: META SiteName, else the most official part of its title, else its unit."""
    assert home.record is not None
    meta = next((value for name, value in home.record.meta.items() if name.lower() == "sitename" and value), "")
    title = home.record.title.value if home.record.title else ""
    parts = [_WELCOME.sub("", _WELCOME.sub("", part.strip())).strip() for part in _TITLE_PARTS.split(title)]
    official = [
        part for part in parts if part.endswith(("政府", "局", "委", "办", "办公室", "中心", "院", "街道", "镇", "乡"))
    ]
    return (
        meta or next(iter(official), "") or next(filter(None, parts), "") or marks.get("unit", "") or host_of(home.url)
    )


def _marks(pages: list[Visit]) -> dict[str, str]:
    """Return each mark as most pages show it."""
    counts: dict[str, Counter[str]] = {}
    for visit in pages:
        for name, value in visit.marks.items():
            counts.setdefault(name, Counter())[value] += 1
    return {name: values.most_common(1)[0][0] for name, values in sorted(counts.items())}


def _injected(pages: list[Visit]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for visit in pages:
        found.update(visit.injected_hosts)
        found.update(host_of(url) for url in visit.injected_scripts)
    return dict(found.most_common())


def _speed(visits: list[Visit]) -> Speed:
    times = [visit.seconds for visit in visits if visit.status] or [0.0]
    errors = sum(visit.status == 0 or visit.status >= 500 for visit in visits)
    return Speed(round(statistics.median(times), 3), round(max(times), 3), errors)


def _growing(pages: list[Visit]) -> list[Trap]:
    """Return relative links that make a path longer on each page: a folder that follows itself."""
    found: dict[str, str] = {}
    for visit in pages:
        for link in visit.links:
            folders = urlsplit(link.url).path.split("/")[1:-1]
            for one, two in itertools.pairwise(folders):
                if link.own and one == two and not one.isdigit():
                    found.setdefault(f"/**/{one}/{one}/**", link.url)
    note = _("A relative link makes the path longer on every page.")
    return [Trap("growing-path", url, note, glob) for glob, url in found.items()]


def _sessions(pages: list[Visit]) -> list[Trap]:
    pattern = re.compile(r";jsessionid=|[?&](?:phpsessid|sid|sessionid|aspsessionid\w*)=|/\(S\(", re.IGNORECASE)
    for visit in pages:
        for link in visit.links:
            if link.own and pattern.search(link.url):
                return [Trap("session", link.url, _("Addresses carry a session: each visit spells them anew."))]
    return []


def _scripted(pages: list[Visit]) -> list[Trap]:
    """Return lists that show nothing without script."""
    empty = [
        visit.url
        for visit in pages
        if visit.record and visit.record.kind is Kind.LIST and not visit.record.listings
        and any(link.context == "pager" or link.form for link in visit.links)
    ]  # fmt: skip
    if not empty:
        return []
    note = _("{n} lists are filled by a script; their pages are asked for one by one.").format(n=len(empty))
    return [Trap("script-list", empty[0], note)]

"""A survey → the text of `mappings/sites/<id>.yaml`, with a reason for every line."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from migrate.config import Channel
from migrate.families import GENERIC
from migrate.i18n import _
from migrate.pipeline.public_words import closed_topic, home_and_lists, no_column_yet
from migrate.records import Outcome

if TYPE_CHECKING:
    from migrate.harvest.survey import Survey
    from migrate.mapping.suggest_rules import Proposal, ProposedRule

_PINNED = 0.6
"""Share of the pages that must speak for a family before the draft pins it."""
_SLOW = 1.5
"""Seconds of a usual answer from which the draft asks more slowly."""
_PLAIN = re.compile(r"[A-Za-z/\u4e00-\u9fa5][\w\u4e00-\u9fa5./-]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_COMMENT_AT = 40
_WIDTH = 118


@dataclass(frozen=True, slots=True)
class Draft:
    """What goes into a drafted site file."""

    site: str
    survey: "Survey"
    proposal: "Proposal"
    channel: Channel
    channel_fits: bool
    resolve: Mapping[str, str]
    rate: float | None


def draft_yaml(draft: Draft) -> str:
    """Return the site file's text; it loads as it is."""
    lines = [*_head(draft), "", *_site(draft), "", *_harvest(draft), "", *_rules(draft)]
    return "\n".join(lines) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    survey = draft.survey
    drafted = _("Draft by “shangyi survey {url}” from {n} pages. Look through it, then: shangyi harvest {site}")
    yield from _remark(drafted.format(url=survey.url, n=survey.pages, site=draft.site))
    share = _("Of {of} article addresses in the sample, {n} reach the suggested column of their list by these rules.")
    yield from _remark(share.format(n=draft.proposal.covered, of=draft.proposal.of))


def _site(draft: Draft) -> Iterator[str]:
    survey = draft.survey
    yield "site:"
    yield _line("id", draft.site, _("must be this file's name"))
    yield _line("name", survey.name, _("as the home page calls itself"))
    yield _line("url", survey.url, _("its home page"))
    if survey.aliases:
        yield _line("aliases", list(survey.aliases), _("answers with the same home page"))
    yield from _foreign_aliases(survey)
    if code := survey.marks.get("site_code"):
        yield _line("site_code", code, _("its registered site code, from its pages"), quoted=True)
    if survey.unit:
        yield _line("unit", survey.unit, _("the unit that ran it, from the foot of its pages"))
    yield from _channel(draft)
    yield _family(survey)
    yield from _urls(survey)


def _foreign_aliases(survey: "Survey") -> Iterator[str]:
    for use in survey.hosts:
        if use.kind in ("same-domain", "address") and use.files:
            yield from _remark(
                _("{n} images or files come from {host}; if that is this site too, add it to aliases.").format(
                    n=use.files, host=use.host
                ),
                2,
            )


def _channel(draft: Draft) -> Iterator[str]:
    channel = draft.channel
    if not draft.channel_fits:
        yield from _remark(_("No channel of portal.yaml has this site's name: this one is only a placeholder."), 2)
        todo = _("Add a line under channels there, run shangyi cms build, and write its path here before importing.")
        yield from _remark(todo, 2)
    yield _line("channel", channel.path, _("where in the portal it lives: {title}").format(title=channel.title))


def _family(survey: "Survey") -> str:
    if survey.family == GENERIC:
        return _line("family", "auto", _("no known system: pages are read by their structure"))
    share = f"{survey.family_share:.0%}"
    if survey.family_share < _PINNED:
        return _line(
            "family", "auto", _("{share} of the pages look like {family}").format(share=share, family=survey.family)
        )
    evidence = _("{share} of the pages: {evidence}").format(share=share, evidence=survey.family_evidence[0])
    return _line("family", survey.family, evidence)


def _urls(survey: "Survey") -> Iterator[str]:
    noise = [parameter for parameter in survey.parameters if not parameter.matters]
    matters = [parameter.name for parameter in survey.parameters if parameter.matters]
    if survey.case_sensitive is None and not noise:
        return
    yield "  urls:"
    if survey.case_sensitive is not None:
        yield _line("case_sensitive", survey.case_sensitive, survey.case_evidence, 4)
    if noise:
        names = ", ".join(parameter.name for parameter in noise)
        note = _("what tells pages apart; pages are the same without: {names}").format(names=names)
        yield _line("keep_query", matters, note, 4)


def _harvest(draft: Draft) -> Iterator[str]:
    survey = draft.survey
    yield "harvest:"
    rate = draft.rate or (0.5 if survey.speed.median > _SLOW else 2)
    note = _("requests a second; a usual answer took {seconds} s").format(seconds=survey.speed.median)
    yield _line("rate", rate, note)
    exclude = list(dict.fromkeys(trap.exclude for trap in survey.traps if trap.exclude))
    if exclude:
        notes = "; ".join(dict.fromkeys(trap.note for trap in survey.traps if trap.exclude))
        yield _line("exclude", exclude, notes)
    tls = next((trap for trap in survey.traps if trap.kind.startswith("tls-")), None)
    if tls is not None:
        yield _line("tls", "any", _("{problem} Its owner must agree to this line.").format(problem=tls.note))
    if draft.resolve:
        yield _line("resolve", dict(draft.resolve), _("as given with --resolve"))


def _rules(draft: Draft) -> Iterator[str]:
    yield from rules_lines(draft.proposal)
    told_of = {rule.column.path[-1] for rule in draft.proposal.rules if rule.column.unread}
    if names := [name for name in draft.survey.unseen if name not in told_of]:
        yield ""
        left = _("Not looked at, for want of requests: {names}").format(names=", ".join(names))
        yield from _remark(left, 2)


def rules_lines(proposal: "Proposal") -> Iterator[str]:
    """Yield the `rules` of a site file, line by line, each rule with its reason."""
    yield "rules:"
    yield from _remark(_("Read from top to bottom; the first that fits takes the address."), 2)
    closed = [rule for rule in proposal.rules if rule.outcome is Outcome.ARCHIVE and rule.paths]
    for rule in closed:
        yield from _remark(_about(rule), 2)
        yield from _rule(rule.name, {"path": _one_or_all(rule.paths)}, *_outcome(rule))
        yield ""
    yield from _remark(_("Each list leads to the column that its articles went to, the home page to the channel."), 2)
    yield from _rule(home_and_lists(), {"kind": ["home", "list"]}, "redirect", "column")
    for rule in proposal.rules:
        if rule not in closed:
            yield ""
            yield from _remark(_about(rule), 2)
            key, values = rule.match
            yield from _rule(rule.name, {key: _one_or_all(values), "kind": ["article"]}, *_outcome(rule))
    for rule in proposal.without:
        yield ""
        told = _("No rule for “{column}”: nothing on the old site tells its articles. They will be undecided.")
        yield from _remark(told.format(column=" > ".join(rule.column.path)), 2)


def _about(rule: "ProposedRule") -> str:
    """Return what is known of a column, and why it goes where."""
    column = rule.column
    facts = [" > ".join(column.path)]
    if column.single:
        facts.append(_("a single page"))
    elif column.unread:
        facts.append(_("not looked into: known from the menu alone"))
    else:
        facts.append(_("about {n} articles").format(n=column.articles))
    if column.newest:
        facts.append(_("newest {date}").format(date=column.newest))
    facts.append(f"{rule.suggestion.template}: {rule.suggestion.reason}")
    if rule.suggestion.confidence < 0.6:
        facts.append(_("unsure, please look"))
    return " · ".join(facts)


def _outcome(rule: "ProposedRule") -> tuple[str, str]:
    if rule.outcome is Outcome.MOVE:
        return "column", rule.target
    if rule.outcome is Outcome.ARCHIVE:
        return "archive", closed_topic()
    return "undecided", no_column_yet()


def _rule(name: str, match: Mapping[str, object], outcome: str, target: str) -> Iterator[str]:
    yield f"  - name: {_value(name)}"
    yield f"    match: {_value(match)}"
    yield f"    {outcome}: {_value(target)}"


def _one_or_all(values: tuple[str, ...]) -> object:
    return values[0] if len(values) == 1 else list(values)


def _line(key: str, value: object, comment: str, indent: int = 2, *, quoted: bool = False) -> str:
    """Return `key: value   # comment`; the comment goes above where the line would be too long."""
    text = f"{' ' * indent}{key}: {json.dumps(value, ensure_ascii=False) if quoted else _value(value)}"
    comment = _one_line(comment)
    if not comment:
        return text
    beside = f"{text}{' ' * max(_COMMENT_AT - cell_len(text), 2)}# {comment}"
    return beside if cell_len(beside) <= _WIDTH else "\n".join([*_remark(comment, indent), text])


def _one_line(text: str) -> str:
    """Return text of an old page in one line: what YAML can't hold is left out."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _remark(text: str, indent: int = 0) -> Iterator[str]:
    """Yield a comment, broken into lines."""
    room = _WIDTH - indent - 2
    line = ""
    for word in _one_line(text).split(" "):
        if line and cell_len(line) + 1 + cell_len(word) > room:
            yield f"{' ' * indent}# {line}"
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield f"{' ' * indent}# {line}"


def _value(value: object) -> str:
    """Return a value as YAML writes it in one line: what could be mistaken is quoted."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_value(key)}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    text = _one_line(str(value))
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)

"""Pages with more links than any page has: read in a time by their length, cut with a word, in bounded memory."""

import pytest

import migrate.harvest.reading
from migrate.harvest.links import Words, html_links
from migrate.harvest.oddities import oddities
from migrate.harvest.paging import Pagers
from migrate.harvest.reading import Packer, Reading, Unpacker, Unread, attempt
from migrate.harvest.targets import Targets
from migrate.http import Response
from migrate.urls import UrlRules
from tests.harvest.oldsite import FAMILIES, HOST

URL = f"http://{HOST}/list.html"


def read(html: str) -> Reading:
    targets = Targets(UrlRules(HOST).cautious())
    unread = Unread(URL, "/list.html", "text/html", "", f"<html>{html}</html>".encode())
    reading = attempt(unread, targets, Pagers(FAMILIES))
    assert isinstance(reading, Reading), reading
    return reading


def test_what_is_beyond_the_most_targets_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate.harvest.reading, "MAX_TARGETS", 50)
    menu = "".join(f"<a href='/{number}.html'>{number}</a>" for number in range(60))
    for reading in (read(menu), read(f"<script>load({[f'/x/{number}.html' for number in range(60)]})</script>")):
        assert len(reading.named) == 50 and reading.crowded
        [told] = [odd for odd in oddities(Response(URL, 200), reading) if odd.name == "too-large-page"]
        assert "not followed" in told.message and told.hint
        assert Unpacker().unpack(Packer().pack(reading)) == reading
    assert not read(menu[: len(menu) // 2]).crowded


class Counted(str):
    """A page that counts how much of it is searched."""

    searched = 0

    def find(self, *asked: object) -> int:  # type: ignore[override]
        found = super().find(*asked)  # type: ignore[arg-type]
        Counted.searched += (found if found >= 0 else len(self)) - (int(asked[1]) if len(asked) > 1 else 0)  # type: ignore[call-overload]
        return found


def test_the_words_of_links_are_found_in_one_go() -> None:
    html = "".join(f"<a href='/{number}.html'>第{number}号</a>" for number in range(2_000))
    _base, links = html_links(html)
    words = Words(Counted(html))
    assert [words.of(link) for link in links] == [f"第{number}号" for number in range(2_000)]
    assert Counted.searched <= 2 * len(html)

"""拓尔思 TRS WCM, and 开普 UCAP, which took over the name of its pager but counts from 1."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

from migrate.harvest.paging.types import MAX_CALLS, MAX_PAGES, Further, ListPage

_CALL = re.compile(r"\bcreatePage(?:HTML)?\d?\s*\(([^()]{1,300})\)", re.IGNORECASE)
_TEXT = re.compile(r"[\"']([^\"']{0,100})[\"']")
_ASSIGNED = re.compile(r"\b(\w{1,40})\s{0,9}=\s{0,9}(\d{1,7}\b|\"[\w.-]{0,80}\"|'[\w.-]{0,80}')")
_COUNT = re.compile(r"\bcountPage\s*=\s*[\"']?(\d{1,7})")
_NAMES = (
    re.compile(
        r"([\w.-]{1,80})[\"']\s{0,9}\+\s{0,9}[\"']_[\"']\s{0,9}\+[^\"'\n]{1,60}\+\s{0,9}[\"']\.[\"']\s{0,9}\+\s{0,9}[\"'](\w{1,10})"
    ),
    re.compile(r"([\w.-]{1,80})_\\?[\"']\s{0,9}\+[^\"'\n]{1,60}\+\s{0,9}\\?[\"']\.(s?html?|jsp|php)\b"),
)
"""A page's address as a script puts it together: "index"+"_"+i+"."+"html", or "index_"+i+".html"."""

_NOT_LIVE = re.compile(r"(?:^|[\s;{}>])//[^\"']*$|\bfunction\s*$")
_ARTICLE = re.compile(r"\bt(?:19|20)\d{6}_\d+\.(s?html?)\b")


def create_page(page: ListPage) -> Iterator[Further]:
    """Yield the pages of `createPageHTML(count, current, "index", "html")`: page k (k ≥ 2) is `index_{k-1}.html`.

    A call may have more or fewer numbers than these two (records before, records after), no names, or variables. The
    UCAP call begins with the element to write to and counts from 1: page k is `list_k.shtml`.
    """
    calls = [call for call in islice(_CALL.finditer(page.code), MAX_CALLS) if _is_live(page.code, call.start())]
    words = [[word.strip() for word in call[1].split(",")] for call in calls]
    variables = _variables(page.code) if any(word.isidentifier() for call in words for word in call) else {}
    for call in words:
        yield from _called(page, [_value(word, variables) for word in call])


def written_pages(page: ListPage) -> Iterator[Further]:
    """Yield the pages of the script that writes the links itself: `var countPage = 9`, `"index"+"_"+i+"."+"html"`.

    Articles in several pages have it too.
    """
    count = next((n for n in islice(_COUNT.finditer(page.code), MAX_CALLS) if _is_live(page.code, n.start())), None)
    name = next(filter(None, (pattern.search(page.code) for pattern in _NAMES)), None)
    if count and name:
        for number in range(1, min(int(count[1]), MAX_PAGES)):
            yield Further(f"{name[1]}_{number}.{name[2]}")


def _is_live(code: str, start: int) -> bool:
    """Say whether what begins at `start` is neither commented out nor the function's own definition."""
    line = code[max(code.rfind("\n", 0, start) + 1, start - 200) : start]
    return not _NOT_LIVE.search(line)


def _variables(code: str) -> dict[str, str]:
    """Return what numbers and texts the variables of a page are first set to, as they are written."""
    found: dict[str, str] = {}
    for name, value in _ASSIGNED.findall(code):
        found.setdefault(name, value)
    return found


def _value(word: str, variables: Mapping[str, str]) -> int | str | None:
    """Return an argument's value: a number or a text, a variable's too; None where it is something else."""
    word = variables.get(word, word)
    if word.isascii() and word.isdigit():
        return int(word[:7])
    text = _TEXT.fullmatch(word)
    return text[1] if text else None


def _called(page: ListPage, arguments: list[int | str | None]) -> Iterator[Further]:
    into_element = isinstance(arguments[0], str) and len(arguments) > 2 and isinstance(arguments[1], int)
    if into_element:
        arguments = arguments[1:]
    numbers = [value for value in arguments if isinstance(value, int)]
    names = [value.rpartition("/")[2] for value in arguments if isinstance(value, str)]
    if not isinstance(arguments[0], int) or len(numbers) < 2:
        return
    own, _dot, ending = urlsplit(page.url).path.rpartition("/")[2].rpartition(".")
    name = names[0] if names else re.sub(r"_\d+$", "", own) or "index"
    if len(names) > 1:
        ending = names[1].lstrip(".")
    elif not ending:
        article = _ARTICLE.search(page.text)
        ending = article[1] if article else "html"
    here = re.fullmatch(rf"{re.escape(name)}_(\d{{1,7}})", own)
    for number in _numbers(numbers, int(here[1]) if here else 0, 1 if into_element else 0):
        yield Further(f"{name}_{number}.{ending}")


def _numbers(numbers: list[int], here: int, base: int) -> range:
    """Return the numbers in the addresses of a list's further pages.

    The count is the number before the one that says which page this is: `here`, the number in this page's own address,
    or on the unnumbered page 0 or 1, by what the pager counts from.
    """
    for start in (base,) if here or base else (0, 1):
        if (here or start) in numbers[1:]:
            count = numbers[numbers.index(here or start, 1) - 1]
            break
    else:
        start, count = base, numbers[0]
    # A numbered page does not tell what is counted from; the first page, which does, names the one left out here.
    first, last = (2, count) if start else (2 if here else 1, count - 1)
    return range(first, min(last, MAX_PAGES - 1) + 1)

"""Old addresses that lead to other old addresses, and what else is settled after they were written."""

import pytest

from cms_site.legacy.intake.old_urls import OldUrlWriter
from cms_site.legacy.intake.receipts import ReceiptBook
from cms_site.legacy.models import Decision, OldUrl, ReceiptLine
from cms_site.legacy.rulings import Judge, Refused, Ruling, known, take_away, write
from migrate.errors import ShangyiError
from tests.legacy.conftest import HOST, PORTAL

ROAD = f"{PORTAL}/towns/dahe/notices/road/"


def body(response) -> str:
    return b"".join(response).decode()


def decide(superuser, site, *rulings: tuple[str, str]) -> None:
    judge = Judge(site)
    found = {}
    for path, target in rulings:
        key = f"http://{HOST}{path}"
        found[key] = judge.accept(Ruling("redirect", target), known(site, [key]).get(key))
    write(judge, found, superuser)


def test_whoever_followed_an_address_follows_where_that_is_led_now(site, add, ask, portal, superuser):
    add("/end.html", page=portal.live)
    middle = add("/middle.html", "undecided")
    add("/start.html", "redirect", follows=middle)
    decide(superuser, site, ("/middle.html", f"http://{HOST}/end.html"))
    for path in ("/start.html", "/middle.html"):
        assert ask(path)["Location"].endswith("/towns/dahe/notices/road/")
    take_away(Decision.objects.get(), superuser)
    assert ask("/middle.html").status_code == 404
    assert OldUrl.objects.get(canonical__endswith="/start.html").follows == middle


def test_several_of_one_batch_that_lead_on_are_folded(site, add, ask, portal, superuser):
    add("/1.html", page=portal.live)
    for number in (2, 3, 4):
        add(f"/{number}.html", "undecided")
    decide(superuser, site, *((f"/{number}.html", f"http://{HOST}/{number - 1}.html") for number in (4, 3, 2)))
    end = OldUrl.objects.get(canonical__endswith="/1.html")
    assert set(OldUrl.objects.filter(outcome="redirect").values_list("follows", flat=True)) == {end.pk}
    assert ask("/4.html")["Location"].endswith("/towns/dahe/notices/road/")


def test_a_circle_is_refused_alone_and_in_a_batch(site, add, superuser):
    first, second = add("/1.html", "undecided"), add("/2.html", "undecided")
    with pytest.raises(Refused):
        decide(superuser, site, ("/1.html", first.canonical))
    with pytest.raises(ShangyiError):
        decide(superuser, site, ("/1.html", second.canonical), ("/2.html", first.canonical))
    decide(superuser, site, ("/1.html", second.canonical))
    with pytest.raises(Refused):
        decide(superuser, site, ("/2.html", first.canonical))


def test_an_old_address_that_nobody_knows_is_no_target(site, add, superuser):
    add("/1.html", "undecided")
    with pytest.raises(Refused):
        decide(superuser, site, ("/1.html", f"http://{HOST}/nobody.html"))


def test_an_import_folds_chains_whatever_was_written_first(site, add, ask, portal, superuser):
    end = add("/end.html", page=portal.live)
    middle = add("/middle.html", "redirect", follows=end)
    start = add("/start.html", "redirect", follows=middle)
    OldUrlWriter(site, ReceiptBook(site, superuser)).fold()
    assert ask("/start.html")["Location"] == ROAD
    line = ReceiptLine.objects.get()
    assert (line.object_id, line.before["follows_id"]) == (start.pk, middle.pk)

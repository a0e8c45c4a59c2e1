"""Rows that are written many at once say what they would say if each were saved."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import chain, count
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.utils import timezone

from cms_site.legacy.models import Imported, OldSite, OldUrl
from cms_site.legacy.rows import add_rows, insert_rows, put_rows, unwaiting, update_rows

pytestmark = pytest.mark.django_db
WORDS = ("关于“修路”的通知", 'it\'s 100% \\n {"a": null}', "\t\n<b>&amp;</b>", "😀 %s %(a)s $1", "null", "")


def _rows(number: int = 6) -> list[dict[str, Any]]:
    moment = datetime(2016, 5, 4, 3, 2, 1, 987654, UTC)
    return [
        {
            "source_key": f"http://www.dahe.example.gov.cn/{place}",
            "sketch": WORDS[place % len(WORDS)],
            "evidence": {"title": {"value": WORDS[place % len(WORDS)], "sure": 0.9, "of": [1, None, True]}},
            "held": [] if place % 2 else ["mobile-numbers"],
            "day": date(2016, 1, 1 + place) if place % 3 else None,
            "imported_at": moment,
        }
        for place in range(number)
    ]


def test_inserted_as_saved(site: OldSite) -> None:
    numbers = insert_rows(Imported, _rows(), {"site_id": site.pk, "state": "live"})
    written = Imported.objects.in_bulk(numbers)
    for number, row in zip(numbers, _rows(), strict=True):
        found = written[number]
        assert {name: getattr(found, name) for name in row} == row
        saved = Imported(site=site, state="live", **row)
        Imported.objects.filter(pk=number).delete()
        saved.save()
        saved.refresh_from_db()
        for field in Imported._meta.concrete_fields:
            if field.attname not in ("id", "imported_at"):
                assert getattr(found, field.attname) == getattr(saved, field.attname), field.attname
    assert insert_rows(Imported, []) == []


def test_put_over_what_is_there(site: OldSite) -> None:
    alike = {"site_id": site.pk, "kind": "article", "outcome": "gone", "withdrawn_at": timezone.now()}
    first = [{"canonical": f"http://a/{place}", "url": "first", "title": word} for place, word in enumerate(WORDS)]
    numbers = insert_rows(OldUrl, first[:3], alike)
    again = [{**row, "url": "second", "title": "new"} for row in first]
    put_rows(OldUrl, again, alike, once=("site_id", "canonical"), updated=("url",))
    found = list(OldUrl.objects.filter(canonical__startswith="http://a/").order_by("canonical"))
    assert [row.pk for row in found[:3]] == numbers
    assert [(row.url, row.title) for row in found[:3]] == [("second", word) for word in WORDS[:3]]
    assert {(row.url, row.title, row.withdrawn_at) for row in found[3:]} == {("second", "new", alike["withdrawn_at"])}


def test_updated_are_the_columns_named(site: OldSite) -> None:
    insert_rows(Imported, _rows(), {"site_id": site.pk})
    rows = list(Imported.objects.filter(site=site).order_by("source_key"))
    for place, row in enumerate(rows):
        row.sketch, row.evidence, row.held, row.day = f"{place} {row.sketch}", [row.evidence], ["no"], None
        row.state = "draft"
    update_rows(Imported, rows, ["sketch", "evidence", "day", "imported_at"])
    for row, earlier in zip(Imported.objects.filter(site=site).order_by("source_key"), rows, strict=True):
        assert (row.sketch, row.evidence, row.day) == (earlier.sketch, earlier.evidence, None)
        assert (row.state, row.held) == ("", _rows()[int(row.source_key[-1])]["held"])
        assert row.imported_at == earlier.imported_at


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes everything")
@pytest.mark.parametrize("wrong", [{"state": "x" * 11}, {"sketch": "a\x00b"}])
def test_what_a_column_cannot_hold(site: OldSite, wrong: dict[str, str]) -> None:
    with pytest.raises(DataError), transaction.atomic():
        insert_rows(Imported, [{**_rows()[0], "state": "", **wrong}], {"site_id": site.pk})


def test_more_than_one_statement_takes(site: OldSite) -> None:
    rows = [{"source_key": f"http://a/{place}", "sketch": "路" * (place % 500)} for place in range(1_200)]
    with transaction.atomic(), unwaiting():
        numbers = insert_rows(Imported, iter(rows), {"site_id": site.pk})
        add_rows(OldUrl, ({"canonical": row["source_key"], "url": row["sketch"]} for row in rows), {"site_id": site.pk})
    found = Imported.objects.in_bulk(numbers)
    assert [(found[number].source_key, found[number].sketch) for number in numbers] == [tuple(r.values()) for r in rows]
    assert sorted(OldUrl.objects.values_list("canonical", "url")) == sorted(tuple(row.values()) for row in rows)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes everything")
@pytest.mark.parametrize("more", [range(3), count()])
def test_an_error_that_nobody_waited_for_undoes_all(
    site: OldSite, more: Iterable[int], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DataError), transaction.atomic(), unwaiting():
        for state in chain(["live", "x" * 11], map(str, more)):  # without an end: until it is told
            add_rows(Imported, [{**row, "source_key": f"{state} {row['source_key']}"} for row in _rows()],
                     {"site_id": site.pk, "state": state})  # fmt: skip
    assert not Imported.objects.exists()
    assert not caplog.records

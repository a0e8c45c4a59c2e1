"""What one import did, enough to undo it. Opened before the first batch, filled in each batch's own transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from cms_site.legacy.models import OldSite, Receipt, ReceiptLine
from cms_site.legacy.rows import add_rows
from cms_site.portal.models import Stamp


class ReceiptBook:
    """The receipt of the running import. A resumed import goes on with the one that was left open.

    But not where another site's import has changed since what that one wrote: then it could be undone neither before
    that import nor after it.
    """

    def __init__(self, site: OldSite, actor: AbstractBaseUser) -> None:
        left = Receipt.objects.filter(site=site, state=Receipt.State.OPEN).first()
        if left is not None and later_elsewhere(left).exists():
            _close(left)
            left = None
        self.receipt = left or Receipt.objects.create(site=site, actor=actor)
        self._counts: Counter[str] = Counter(self.receipt.counts)

    def created(self, *objects: models.Model) -> None:
        """Note new rows. Call inside the transaction that wrote them."""
        for kind, some in groupby(objects, key=kind_of):
            self.created_rows(kind, [obj.pk for obj in some])

    def created_rows(self, kind: str, numbers: Iterable[int]) -> None:
        """As `created`, of rows of one kind (`kind_of`) that were written without an object each."""
        rows = [{"object_id": number} for number in numbers]
        self._write(rows, {"action": ReceiptLine.Action.CREATED.value, "model": kind, "before": {}}, {kind: len(rows)})

    def updated(self, obj: models.Model, before: dict[str, Any]) -> None:
        """Note a changed row and its values before. Call inside the transaction that wrote it."""
        self.updated_all([(obj, before)])

    def updated_all(self, changes: Iterable[tuple[models.Model, dict[str, Any]]]) -> None:
        """As `updated`, of many rows."""
        rows = [{"model": kind_of(obj), "object_id": obj.pk, "before": before} for obj, before in changes]
        kinds = Counter(row["model"] for row in rows)
        self._write(rows, {"action": ReceiptLine.Action.UPDATED.value}, kinds)

    def _write(self, rows: list[dict[str, Any]], alike: dict[str, Any], kinds: Mapping[str, int]) -> None:
        if not rows:
            return
        self._counts.update({f"{kind} {alike['action']}": count for kind, count in kinds.items()})
        add_rows(ReceiptLine, rows, {"receipt_id": self.receipt.pk, **alike})
        Receipt.objects.filter(pk=self.receipt.pk).update(counts=dict(self._counts))
        Stamp.renew()  # what is written in bulk sends no signals

    def close(self) -> Receipt | None:
        """Close the receipt and return it; an import that did nothing leaves none."""
        self.receipt.refresh_from_db()
        if not self.receipt.lines.exists():
            self.receipt.delete()
            return None
        _close(self.receipt)
        return self.receipt


def _close(receipt: Receipt) -> None:
    receipt.state = Receipt.State.CLOSED
    receipt.closed_at = timezone.now()
    receipt.save()


def later_elsewhere(receipt: Receipt) -> models.QuerySet[Receipt]:
    """Return other sites' receipts that changed pages, or rows of pages, after this one did, the newest first.

    Which came later is said by the lines: a receipt that is gone on with has some that are younger than its number.
    """
    ours = ReceiptLine.objects.filter(
        receipt=receipt, model=OuterRef("model"), object_id=OuterRef("object_id"), pk__lt=OuterRef("pk")
    )
    ours = ours.filter(model__in=("page", "imported"))
    changed = ReceiptLine.objects.filter(Exists(ours), action=ReceiptLine.Action.UPDATED).exclude(receipt=receipt)
    others = Receipt.objects.exclude(site=receipt.site).exclude(state=Receipt.State.ROLLED_BACK)
    return others.filter(pk__in=changed.values("receipt")).order_by("-pk")


def kind_of(obj: models.Model) -> str:
    """Return the word for a row in receipts: page, document, image, imported, oldurl."""
    if hasattr(obj, "url_path"):
        return "page"
    return {"document": "document", "image": "image"}.get(obj._meta.model_name, obj._meta.model_name)


IMPORTED = (
    "content_hash", "state", "page_id", "document_id", "image_id", "column_id", "revision_id", "evidence", "held",
    "unresolved", "digest", "same_as_id", "title_key", "number_key", "day", "sketch", "is_held", "least_sure",
    "look",
)  # fmt: skip
"""Columns of `Imported` that import writes. Keys are left out: they follow the site's URL rules, not the receipt."""
PAGE = ("live", "live_revision_id", "first_published_at", "last_published_at", "slug")
"""Columns of a page that a revision does not bring back."""


def values(obj: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """Return a row's values of these columns as JSON-able data, to be put back by a rollback."""
    fields = {field.attname: field for field in obj._meta.concrete_fields}
    out = {}
    for field in (fields[name] for name in names):
        value = field.value_from_object(obj)
        out[field.attname] = field.value_to_string(obj) if hasattr(value, "isoformat") else value
    return out

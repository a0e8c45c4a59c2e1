"""Looking ahead: what an import would make of the portal, with people's decisions or without."""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from migrate import portal
from migrate.garbage import seldom_collected
from migrate.pipeline import Place, account_of, mapped_ledger

if TYPE_CHECKING:
    from migrate.archive.ledger import Ledger
    from migrate.clocks import Standing
    from migrate.mapping.preflight import Preflight
    from migrate.records import Account, Entry

_BEIJING = timezone(timedelta(hours=8))
_LOOKED_AT = "kind = 'article' OR outcome = 'undecided'"


def look_ahead(where: Place, ledger: "Ledger") -> "Preflight":
    """Return what an import of the mapped entries would bring, and keep its findings in the ledger."""
    found = _look(where, ledger.entries(_LOOKED_AT), account_of(where, ledger, {}))
    _keep(ledger, found)
    return found


def before_import(where: Place, *, dry_run: bool = False) -> "Preflight":
    """Return the same with people's decisions laid over, as the import is about to do it, and with the columns of the
    channels that other sites moved into. A dry run keeps nothing.

    Raises UsageError where the site is not mapped, ShangyiError where there is no portal.
    """
    from migrate.importer import ImportOptions, Plan

    with mapped_ledger(where) as ledger, seldom_collected():
        portal.require_built(where.project)
        _known, decisions = portal.what_is_known(where.id)
        ruled = Plan(ledger, {}, decisions, ImportOptions()).entries() if decisions else ledger.entries(_LOOKED_AT)
        found = _look(where, ruled, account_of(where, ledger, decisions), portal.columns_elsewhere(where.id))
        if not dry_run:
            _keep(ledger, found)
        return found


def _look(
    where: Place, entries: "Iterable[Entry]", account: "Account", elsewhere: "tuple[Standing, ...]" = ()
) -> "Preflight":
    from migrate.mapping.preflight import Ground, preflight

    today = datetime.now(_BEIJING).date()
    inspection = where.project.inspection()
    return preflight(entries, Ground(where.site, where.project.portal(), inspection, account, today, elsewhere))


def _keep(ledger: "Ledger", found: "Preflight") -> None:
    from migrate.mapping.preflight import STAGE

    with ledger.transaction():
        ledger.replace_findings(STAGE, found.findings)

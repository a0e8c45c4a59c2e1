"""What the steps of one round share: the project, the ledger, the clock; and how sources are asked."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from migrate.archive.ledger import Ledger
from migrate.config.policy import PolicyConfig, Source
from migrate.families import Families, load_families
from migrate.http import Client, ClientOptions
from migrate.i18n import _
from migrate.notices import Seen
from migrate.pipeline import Place, Progress
from migrate.pipeline.policy.types import Opened, SyncRun
from migrate.policy.asking import Asker
from migrate.policy.store import PolicyStore
from migrate.records import Finding, Level
from migrate.urls import UrlRules, host_of

T = TypeVar("T")
_PURPOSE = "reposting notices as regulations ask"


@dataclass(frozen=True, slots=True)
class Round:
    """One round. Its steps add to `findings` what a person must look at."""

    config: PolicyConfig
    where: Place
    run: SyncRun
    ledger: Ledger
    store: PolicyStore
    families: Families
    now: datetime
    progress: Progress
    findings: list[Finding] = field(default_factory=list)
    answering: set[str] = field(default_factory=set)
    """Hosts that gave something good in this round."""

    @property
    def folder(self) -> Path:
        """Return where the archive lies; while rehearsing, where it would."""
        return self.ledger.path.parent

    @property
    def rules(self) -> UrlRules:
        """Return which addresses are one."""
        return self.where.site.url_rules

    def source_of(self, seen: Seen) -> Source | None:
        """Return the source of a notice, also of one that a person named."""
        return self.config.source(seen.source) or self.config.source_of(host_of(seen.url))

    def asked(self, work: Callable[[Asker], Awaitable[T]]) -> T:
        """Return what asking sources gives. The portal is never called meanwhile: Django wants no event loop around."""

        async def run() -> T:
            async with Client(self._options()) as client:
                asker = Asker(client, self.store, self.now, self._waived())
                try:
                    return await work(asker)
                finally:
                    self.answering.update(asker.answering)

        return asyncio.run(run())

    def _waived(self) -> set[str]:
        return {host for source in self.config.active if source.robots == "waived" for host in source.own_hosts}

    def _options(self) -> ClientOptions:
        return ClientOptions(
            allowed=self.config.hosts.__contains__,
            rate=self.config.rate if self.run.rate is None else self.run.rate,
            timeout=self.config.timeout,
            max_bytes=self.config.max_bytes,
            resolve={**self.config.resolve, **self.run.resolve},
            purpose=_PURPOSE,
            contact=self.config.contact or self.where.project.portal().portal.whom_to_ask,
            spool=self.folder / "spool",
        )


def open_round(opened: Opened, run: SyncRun, ledger: Ledger, now: datetime, progress: Progress) -> Round:
    """Return a round that may begin; its store is to be closed. Raises ShangyiError where the archive is damaged."""
    config, where = opened
    families = load_families(where.project.mappings / "families.yaml")
    shutil.rmtree(ledger.path.parent / "spool", ignore_errors=True)  # what a crash left: it was never told of
    store = PolicyStore(ledger, where.site.url_rules, now)
    return Round(config, where, run, ledger, store, families, now, progress)


class Unread(Exception):
    """A notice that can't be read now: it stays new."""

    def __init__(self, seen: Seen, message: str) -> None:
        super().__init__(message)
        hint = _("Nothing was made of it; the next round tries again. By hand: shangyi policy repost URL")
        self.finding = Finding(Level.ERROR, "policy.unread", seen.url, message, hint)

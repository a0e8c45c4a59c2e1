"""Several small towns in one project, mapped, each with links to the next one's pages; and commands on their portal."""

import dataclasses
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from migrate.config.project import find_project
from migrate.records import Entry
from tests.commands import ROOT, Done, environment
from tests.importer.synthetic import Many, write_ledger
from tests.mapping.building import HEAD, RULES, STAMP

TOWNS = ("beihe", "dahe", "xiaohe")
PAGES = 60
FILES = 10
_CHANNEL = "\n  - {{path: /towns/{name}/, title: {name}, unit: {name}}}"


@dataclasses.dataclass(frozen=True)
class Towns:
    """A project of three sites."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "var" / "portal.sqlite3"

    def run(self, *words: str, module: str = "migrate") -> Done:
        return self._done("-m", *module.split(), "-C", str(self.root), *words)

    def _done(self, *words: str) -> Done:
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self._environment, capture_output=True, encoding="utf-8",
            timeout=240, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    @property
    def _environment(self) -> dict[str, str]:
        return environment(
            PYTHONPATH=str(ROOT),
            DATABASE_URL=f"sqlite:///{self.database}",
            SHANGYI_PROJECT=str(self.root),
            DJANGO_SETTINGS_MODULE="cms_site.settings.dev",
        )

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Give the portal's database these statements; return what the last one found."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as portal:
            return [portal.execute(statement).fetchall() for statement in statements][-1]

    def copy(self, root: Path) -> "Towns":
        """Return another project with a portal of its own, in which everything is as it is here."""
        shutil.copytree(self.root, root)
        return Towns(root)

    def portrait(self) -> dict[str, Any]:
        start = "import django, json; django.setup(); from tests.pipeline.portrait import portrait; "
        found: dict[str, Any] = json.loads(self._done("-c", start + "print(json.dumps(portrait()))").out)
        return found


def write_towns(root: Path) -> None:
    """Write the project: mappings and ledgers; no portal."""
    shutil.copytree(ROOT / "mappings", root / "mappings")
    portal = root / "mappings" / "portal.yaml"
    text = portal.read_text(encoding="utf-8")
    more = "".join(_CHANNEL.format(name=name) for name in TOWNS if name != "dahe")
    portal.write_text(text.replace("\nchannels:", "\nchannels:" + more), encoding="utf-8")
    for name, other in zip(TOWNS, (*TOWNS[1:], TOWNS[0]), strict=True):
        file = root / "mappings" / "sites" / f"{name}.yaml"
        file.write_text(HEAD.replace("NAME", name) + RULES, encoding="utf-8")
        town = Many(name, PAGES, pictures=FILES - 4, documents=4)
        folder = find_project(root).archive_of(name)
        folder.mkdir(parents=True)
        with write_ledger(folder, town.files(), _linked(town, Many(other, PAGES))) as ledger:
            ledger.db.execute("INSERT INTO captures VALUES (?, 'full', 'finished', '', '', '{}')", (STAMP,))


def _linked(town: Many, other: Many) -> Iterator[Entry]:
    """Yield a town's pages, each with a link to the same page of another town: it leads nowhere before that comes."""
    for entry, there in zip(town.articles(), other.articles(), strict=True):
        assert entry.content is not None
        title = f"{entry.title}（{town.name}）"  # else they would be taken for one and the same
        body = f'<p>{town.name}</p>{entry.content.body}<p><a href="{there.url}">邻镇</a></p>'
        content = dataclasses.replace(entry.content, title=title, body=body)
        yield dataclasses.replace(entry, title=title, content=content)

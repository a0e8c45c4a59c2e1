"""The plug is pulled at many steps of a round; in the end every notice is one page, and the archive is whole."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.verify import verify
from migrate.demo import LegacyServer
from migrate.demo.central import HOST, CentralPortal, notice
from migrate.demo.truth import Answer
from tests.commands import Done
from tests.conftest import Stages
from tests.policy.conftest import ROOT, YAML, new_project, quiet

KILLS = (4, 11, 20, 25, 31, 40)
LONGEST = 240
"""Seconds after which a command counts as hanging."""


@dataclass
class Shell:
    """A project with a portal of its own, and shangyi in processes of its own, with a fake desk."""

    root: Path
    central: CentralPortal
    server: LegacyServer

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHANGYI", "DJANGO"))}
        return kept | {
            "SHANGYI_LANG": "en",
            "SHANGYI_PROJECT": str(self.root),
            "DATABASE_URL": f"sqlite:///{self.root}/var/portal.sqlite3",
            "DJANGO_SETTINGS_MODULE": "cms_site.settings.dev",
            "PYTHONPATH": str(ROOT),
        }

    def start(self, *words: str, moment: int = 0) -> subprocess.Popen[str]:
        door = str(self.root / "door.json")
        resolve = (
            ("--resolve", f"{HOST}={self.server.address}")
            if words[:2] in (("policy", "sync"), ("policy", "repost"))
            else ()
        )
        command = [
            sys.executable,
            "-m",
            "tests.policy.faking",
            door,
            str(moment),
            "-C",
            str(self.root),
            *words,
            *resolve,
        ]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=pipe, stderr=pipe, encoding="utf-8")

    def run(self, *words: str, moment: int = 0) -> Done:
        running = self.start(*words, moment=moment)
        out, err = running.communicate(timeout=LONGEST)
        assert "Traceback" not in out + err, err
        return Done(running.returncode, out, err)

    def imported(self) -> list[str]:
        """Return the keys that have pages."""
        with sqlite3.connect(self.root / "var" / "portal.sqlite3") as db:
            rows = db.execute("SELECT source_key FROM legacy_imported WHERE page_id IS NOT NULL ORDER BY source_key")
            return [key for (key,) in rows]

    def door(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.root / "door.json").read_text())
        return found


@pytest.fixture
def shell(stages: Stages, tmp_path: Path) -> Iterator[Shell]:
    project = new_project(tmp_path / "project", YAML)
    shutil.copytree(stages.built / "var", project.root / "var")
    central = CentralPortal()
    with LegacyServer({HOST: central.answer}) as server:
        yield Shell(project.root, central, server)


def test_killed_at_many_steps(shell: Shell) -> None:
    now = datetime.now(UTC)
    for number in range(1, 4):
        shell.central.publish(notice(number, now - timedelta(minutes=number), attachment=True, picture=number == 2))
    killed = 0
    for moment in KILLS:
        done = shell.run("policy", "sync", moment=moment)
        killed += done.code == -signal.SIGKILL
        if moment == 20:  # a power cut may leave half a record behind
            newest = max((shell.root / "archives" / "policy" / "warc").glob("*.warc.gz"))
            with newest.open("ab") as file:
                file.write(newest.read_bytes()[:200])
    assert killed > 3
    last = shell.run("policy", "sync", "--json")
    assert last.code == 0, last.err
    assert last.json["waiting"] == 0
    keys = sorted(f"http://{HOST}{item.path}" for item in shell.central.notices)
    assert shell.imported() == keys
    assert sorted(shell.door()) == keys
    assert all(row["page"] for row in shell.door().values())
    folder = shell.root / "archives" / "policy"
    with Ledger(folder / "ledger.sqlite") as ledger:
        assert verify(folder, ledger, quiet).findings == ()
    again = shell.run("policy", "sync", "--json")
    assert (again.code, again.json["new"], again.json["reposted"]) == (0, 0, 0)
    assert shell.run("archive", "policy", "verify").code == 0
    assert shell.run("archive", "policy", "rebuild").code == 0
    assert shell.run("policy", "sync").code == 0
    assert shell.imported() == keys


def test_two_at_once_do_no_harm(shell: Shell) -> None:
    now = datetime.now(UTC)
    for number in range(1, 6):
        shell.central.publish(notice(number, now - timedelta(minutes=number)))
    shell.server.delay = 0.3
    both = [shell.start("policy", "sync", "--json") for _number in range(2)]
    ends = [one.communicate(timeout=LONGEST) for one in both]
    states = sorted(json.loads(out)["state"] for out, _err in ends)
    assert all(one.returncode == 0 for one in both), ends
    assert states in (["busy", "done"], ["done", "done"])
    shell.server.delay = 0
    assert shell.run("policy", "sync").code == 0
    assert len(shell.imported()) == 5
    assert max(count for url, count in shell.server.hits.items() if "content_" in url) <= 3


def test_a_watch_survives_what_goes_wrong_and_ends_cleanly(shell: Shell) -> None:
    listed = "/zhengce/zuixin.json"
    shell.central.extra[listed] = Answer(503, (("Content-Type", "text/html"),), b"")
    (shell.root / "mappings" / "policy.yaml").write_text(YAML.replace("    name:", "    interval: 1s\n    name:"))
    running = shell.start("policy", "sync", "--watch")
    try:
        patience = time.monotonic() + LONGEST
        while shell.server.hits[f"http://{HOST}{listed}"] < 4 and time.monotonic() < patience:
            time.sleep(0.05)  # a round with its retries, and one more
        shell.central.publish(notice(1, datetime.now(UTC)))
        del shell.central.extra[listed]
        while time.monotonic() < patience and not (shell.root / "door.json").exists():
            time.sleep(0.1)
        while time.monotonic() < patience and not shell.imported():
            time.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        _out, err = running.communicate(timeout=LONGEST)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 0, err
    assert "Traceback" not in err
    assert "has not answered since" in err
    assert err.strip().splitlines()[-1] == "Next step: shangyi policy status"
    assert len(shell.imported()) == 1


def test_the_words_of_the_commands(shell: Shell) -> None:
    done = shell.run("policy", "sync")
    assert done.code == 0
    assert done.step == "shangyi policy status"
    assert "new notices" in done.out
    shell.central.publish(notice(1, datetime.now(UTC) - timedelta(minutes=5)))
    dry = shell.run("policy", "sync", "--dry-run", "--json")
    assert dry.json["new"] == 1
    assert shell.imported() == []
    url = f"http://{HOST}{shell.central.notices[0].path}"
    assert shell.run("policy", "repost", url).code == 0
    assert shell.imported() == [url]
    status = shell.run("policy", "status", "--json")
    assert status.json["notices"][0]["key"] == url
    assert shell.run("policy", "status").code in (0, 1)
    refused = shell.run("policy", "repost", "http://evil.example.com/")
    assert refused.code == 2
    assert HOST in refused.said
    for words in (("harvest", "policy"), ("map", "policy"), ("import", "policy"), ("check", "policy")):
        refused = shell.run(*words)
        assert refused.code == 2, words
        assert "shangyi policy sync" in refused.said
    assert shell.run("policy", "sync", "--watch", "--json").code == 2
    (shell.root / "mappings" / "policy.yaml").write_text(YAML.replace("sources:", "source:"))
    wrong = shell.run("policy", "sync")
    assert wrong.code == 3
    assert "Did you mean “sources”?" in wrong.said
    (shell.root / "mappings" / "policy.yaml").write_text(YAML)
    shutil.copy(ROOT / "mappings" / "sites" / "dahe.yaml", shell.root / "mappings" / "sites" / "policy.yaml")
    text = (shell.root / "mappings" / "sites" / "policy.yaml").read_text().replace("id: dahe", "id: policy")
    (shell.root / "mappings" / "sites" / "policy.yaml").write_text(text)
    reserved = shell.run("archive", "policy", "verify")
    assert reserved.code == 3
    assert "is kept for reposted notices" in reserved.said

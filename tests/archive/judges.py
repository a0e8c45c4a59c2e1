"""pywb and wacz, the programs that judge our archives: in an environment of their own, never imported."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.commands import ROOT
from tests.redirects.servers import free_port

_PROGRAMS = ROOT / ".venv" / "judges" / "bin"
_LONGEST = 120
"""Seconds after which a program counts as hanging."""


def judge(program: str, *words: str, folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a judge to its end."""
    assert (_PROGRAMS / program).exists(), "the judges are not installed: make judges"
    return subprocess.run(
        [str(_PROGRAMS / program), *words],
        cwd=folder,
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=_LONGEST,
        check=False,
    )


class Replay:
    """pywb, replaying one WACZ."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, url: str, form: bytes | None = None, at: str = "") -> tuple[int, bytes]:
        """Return (status, body as archived) at about that time (20261121093000); of a redirect its target instead."""
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=_LONGEST)) as line:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
            line.request("POST" if form else "GET", f"/old/{at}id_/{url}", form, headers)
            answer = line.getresponse()
            body = answer.read()
            return answer.status, (answer.headers["Location"] or "").encode() or body


@contextmanager
def replayed(wacz: Path, folder: Path) -> Iterator[Replay]:
    """Let pywb take a WACZ in, and serve it on loopback."""
    for words in (("init", "old"), ("add", "old", str(wacz), "--unpack-wacz")):
        done = judge("wb-manager", *words, folder=folder)
        assert done.returncode == 0, done.stderr
    port = free_port()
    with (folder / "pywb.log").open("wb") as log:
        served = subprocess.Popen(
            [str(_PROGRAMS / "pywb"), "-b", "127.0.0.1", "-p", str(port), "-t", "2"],
            cwd=folder, stdout=log, stderr=log, env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        try:
            _wait_for(port, served, folder / "pywb.log")
            yield Replay(port)
        finally:
            served.kill()
            served.wait()


def _wait_for(port: int, served: subprocess.Popen[bytes], log: Path) -> None:
    patience = time.monotonic() + _LONGEST
    while True:
        assert served.poll() is None and time.monotonic() < patience, log.read_text(encoding="utf-8")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)

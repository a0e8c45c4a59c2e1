"""A PostgreSQL of one's own: a cluster in a temporary folder, on a socket in that folder, gone with the block."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "shangyi"
_FAST = {
    # Nothing here outlives the block: a crash of the machine may lose it.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "''",
    "max_connections": "20",
}
_PROGRAMS = ("initdb", "pg_ctl", "postgres")


def programs() -> Path | None:
    """Return the folder with PostgreSQL's server programs, the newest of Debian's before those in PATH; or None."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(versions, key=lambda folder: -float(folder.parent.name))
    for folder in (*newest, *map(Path, os.environ.get("PATH", "").split(os.pathsep))):
        if all((folder / name).is_file() for name in _PROGRAMS):
            return folder
    return None


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """Run a cluster; yield the DATABASE_URL of its database `postgres`. With `durable` it syncs as a real one does.

    Raises RuntimeError, with what the programs said, where they can't be run.
    """
    found = programs()
    if found is None:
        raise RuntimeError("PostgreSQL's programs (initdb, pg_ctl) are not installed")
    # not below pytest's folder: that is closed to the user as whom the server runs
    folder = Path(tempfile.mkdtemp(prefix="shangyi-pg-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "nobody")
        data, log = str(folder / "data"), str(folder / "log")
        _run(folder, found / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        settings = {} if durable else _FAST
        chosen = {"listen_addresses": "''", **settings, "unix_socket_directories": str(folder)}
        words = " ".join(f"-c {name}={value}" for name, value in chosen.items())
        _run(folder, found / "pg_ctl", "-D", data, "-l", log, "-w", "-o", words, "start")
        try:
            yield url(folder, "postgres")
        finally:
            _run(folder, found / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def url(socket: Path | str, database: str) -> str:
    """Return the DATABASE_URL of a database of the cluster whose socket lies in a folder."""
    return f"postgres://{USER}@/{database}?host={socket}"


def _run(folder: Path, program: Path, *words: str) -> None:
    """Run one of PostgreSQL's programs: never as root, it refuses that."""
    prefix = _unprivileged() if os.getuid() == 0 else []
    # pg_ctl's server keeps what it inherits: it must not hold a pipe of ours open
    with (folder / "said").open("w+") as said:
        done = subprocess.run(
            [*prefix, str(program), *words], cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False
        )
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{program.name} ended with {done.returncode}: {said.read()[-2000:]}")


def _unprivileged() -> list[str]:
    if shutil.which("setpriv"):
        return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
    return ["runuser", "-u", "nobody", "--"]

"""The real web servers, run on a port of this machine with an exported configuration; and raw requests to them."""

import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

APACHE_MODULES = ("mpm_event", "authz_core", "rewrite", "headers", "setenvif")


class Said(NamedTuple):
    """What a server answered."""

    status: int
    location: str
    headers: str
    body: bytes


class Server(NamedTuple):
    """One that runs."""

    port: int

    def ask(self, host: str, target: bytes, method: bytes = b"GET") -> Said:
        """Send a request with this very target; return the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as wire:
            wire.sendall(
                method + b" " + target + b" HTTP/1.1\r\nHost: " + host.encode() + b"\r\nConnection: close\r\n\r\n"
            )
            raw = b"".join(iter(lambda: wire.recv(65536), b""))
        return said_of(raw)


def said_of(raw: bytes) -> Said:
    """Return what an answer says."""
    head, _, body = raw.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    location = re.search(r"(?im)^location: *(.*?)\r?$", text)
    if re.search(r"(?im)^transfer-encoding: *chunked", text):
        body = _unchunked(body)
    return Said(int(text.split()[1]), location[1] if location else "", text, body)


def _unchunked(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        parts.append(body[:length])
        body = body[length + 2 :]
    return b"".join(parts)


def program(name: str) -> str | None:
    """Return where a server lies: Debian keeps them out of people's way."""
    names = {"apache": "apache2"}
    return shutil.which(names.get(name, name), path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """Return a port that nobody listens on: below those that systems give to whoever asks for any, so that no other
    test gets it before the server has it.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as wire, suppress(OSError):
            wire.bind(("127.0.0.1", port))
            return port


@contextmanager
def _running(command: list[str], port: int, folder: Path) -> Iterator[Server]:
    log = folder / "said"
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, cwd=folder)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended: {log.read_text(errors='replace')[-3000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Server(port)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that the servers' unprivileged children can read, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="shangyi-web-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def nginx(folder: Path, exported: bytes, *, more: str = "") -> Iterator[Server]:
    """Run nginx with an exported file, as its head says that nginx wants it."""
    port = free_port()
    (folder / "old.conf").write_bytes(exported.replace(b"listen 80;", f"listen 127.0.0.1:{port};".encode()))
    wanted = "\n".join(re.findall(r"(?m)^#     (map_hash_\w+ \d+;)$", exported.decode("latin-1")))
    temp = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = f"""
    daemon off; worker_processes 1; pid {folder}/pid; error_log stderr warn;
    {"user root;" if os.getuid() == 0 else ""}
    events {{}}
    http {{ access_log off; {temp}
    {wanted}
    {more}
    include {folder}/old.conf; }}
    """
    (folder / "nginx.conf").write_text(config)
    command = [program("nginx") or "nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    with _running(command, port, folder) as server:
        yield server


@contextmanager
def apache(folder: Path, exported: bytes) -> Iterator[Server]:
    """Run Apache with an exported virtual host."""
    port = free_port()
    (folder / "old.conf").write_bytes(exported.replace(b"*:80>", f"*:{port}>".encode()))
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in APACHE_MODULES)
    config = f"""
    ServerRoot {folder}
    PidFile {folder}/pid
    ErrorLog {folder}/error
    Listen 127.0.0.1:{port}
    ServerName localhost
    DefaultRuntimeDir {folder}
    {modules}
    IncludeOptional {folder}/old.conf
    """
    (folder / "apache.conf").write_text(config)
    command = [program("apache") or "apache2", "-f", str(folder / "apache.conf"), "-DFOREGROUND"]
    with _running(command, port, folder) as server:
        yield server


@contextmanager
def caddy(folder: Path, exported: bytes) -> Iterator[Server]:
    """Run Caddy with an exported site block."""
    port = free_port()
    text = re.sub(r"http://([^,\s]+)(?=[, ].*\{$)", rf"http://\1:{port}", exported.decode(), flags=re.MULTILINE)
    (folder / "Caddyfile").write_text("{\n    admin off\n    auto_https off\n}\n" + text)
    command = [program("caddy") or "caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with _running(command, port, folder) as server:
        yield server

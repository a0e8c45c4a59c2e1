"""Where a site's old addresses lead, as files for the web server that keeps its hosts."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from migrate.redirects.apache import apache, apache_map
from migrate.redirects.caddy import caddy
from migrate.redirects.iis import iis
from migrate.redirects.nginx import nginx
from migrate.redirects.spelling import Answer, Exported


class Server(StrEnum):
    """What can be written."""

    NGINX = "nginx"
    APACHE = "apache"
    IIS = "iis"
    CADDY = "caddy"
    CSV = "csv"


def files(server: Server, site: Exported, answers: Iterable[Answer], folder: Path) -> Mapping[str, Iterator[bytes]]:
    """Return file name → its content in pieces. `folder` is where they will lie: Apache's files name each other."""
    if server is Server.NGINX:
        return {f"{site.id}.nginx.conf": nginx(site, answers)}
    if server is Server.APACHE:
        name = f"{site.id}.apache.txt"
        return {f"{site.id}.apache.conf": apache(site, str(folder / name)), name: apache_map(site, answers)}
    if server is Server.IIS:
        return {"web.config": iis(site, answers)}
    if server is Server.CADDY:
        return {f"{site.id}.Caddyfile": caddy(site, answers)}
    return {f"{site.id}.csv": _table(answers)}


def _table(answers: Iterable[Answer]) -> Iterator[bytes]:
    """Yield CSV in the form that `load` takes in again: UTF-8 with BOM, for Excel."""
    yield b"\xef\xbb\xbf"
    for row in (("Old Url", "New Url", "Status"), *((one.url, one.location, one.status) for one in answers)):
        line = io.StringIO(newline="")
        csv.writer(line).writerow(row)
        yield line.getvalue().encode()

"""What docs/operator.md says of production was done: settings, static files, an account, hosts old and new."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands import ROOT, environment, shangyi
from tests.conftest import Stages

PRODUCTION = {"DJANGO_SETTINGS_MODULE": "cms_site.settings.production", "SECRET_KEY": "for-this-test-alone" * 4}
SERVE = """
# What the web server in front must do, and no more: hand out two folders, but for what the portal answers for.
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass
from cms_site.wsgi import application
def web_server(environ, start):
    path = environ["PATH_INFO"]
    file = Path("var" + path)
    own = path.startswith(("/media/documents/", "/media/original_images/", "/media/images/"))
    if path.startswith(("/static/", "/media/")) and not own and ".." not in path and file.is_file():
        start("200 OK", [("Content-Type", "application/octet-stream")])
        return [file.read_bytes()]
    return application(environ, start)
server = make_server("127.0.0.1", 0, web_server, Server, Quiet)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def project(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stages.copy("imported", tmp_path_factory.mktemp("production"))


def run(project: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=project,
        env=environment(**PRODUCTION, PYTHONPATH=str(ROOT), **env),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@contextmanager
def served(project: Path) -> Iterator[int]:
    env = environment(**PRODUCTION, PYTHONPATH=str(ROOT), SHANGYI_PROJECT=str(project))
    server = subprocess.Popen([sys.executable, "-c", SERVE], cwd=project, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.communicate()


def ask(port: int, host: str, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_static_files_and_an_account(project: Path) -> None:
    collected = run(project, "-m", "django", "collectstatic", "--noinput")
    assert collected.returncode == 0, collected.stderr
    assert (project / "var" / "static" / "staticfiles.json").is_file()
    account = {"DJANGO_SUPERUSER_USERNAME": "chen", "DJANGO_SUPERUSER_PASSWORD": "a-long-one-29"}
    made = run(project, "-m", "django", "createsuperuser", "--noinput", "--email", "", **account)
    assert made.returncode == 0 and "created" in made.stdout, made.stderr


def test_both_kinds_of_hosts_are_answered_and_the_check_passes(project: Path) -> None:
    run(project, "-m", "django", "collectstatic", "--noinput")
    with served(project) as port:
        assert ask(port, "www.yunxi.example.gov.cn", "/").status == 200
        assert ask(port, "elsewhere.example", "/").status == 400
        old = ask(port, "dahe.example.gov.cn", "/")
        assert old.status == 301
        assert old.headers["Location"].endswith("www.yunxi.example.gov.cn/towns/dahe/")
        words = ("check", "dahe", "--redirects", "--base-url", f"http://127.0.0.1:{port}", "--json")
        checked = shangyi(project, *words, **PRODUCTION)
    assert checked.code == 0, checked.err
    assert {check["name"] for check in checked.json} == {"balance", "redirects"}


def test_production_without_a_secret_is_told(project: Path) -> None:
    done = shangyi(project, "status", DJANGO_SETTINGS_MODULE="cms_site.settings.production")
    assert done.code == 3 and "SECRET_KEY" in done.said


@pytest.mark.skipif(os.name != "posix", reason="mode bits")
def test_the_key_of_development_is_private(project: Path) -> None:
    assert (project / "var" / "secret_key").stat().st_mode & 0o077 == 0

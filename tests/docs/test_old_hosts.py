"""docs/old-hosts.md, run as it stands: gunicorn behind nginx, the portal and two old hosts over TLS."""

import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from tests.commands import ROOT, environment, shangyi
from tests.conftest import Stages
from tests.redirects.servers import Said, free_port, program, said_of

TEXT = (ROOT / "docs" / "old-hosts.md").read_text(encoding="utf-8")
PORTAL, DAHE, XIAOHE = "www.yunxi.example.gov.cn", "www.dahe.example.gov.cn", "www.xiaohe.example.gov.cn"
PRODUCTION = {"DJANGO_SETTINGS_MODULE": "cms_site.settings.production", "SECRET_KEY": "for-this-test-alone" * 4}
MAP = f"""旧网址,去向,新网址,原因
http://{DAHE}/zwgk/通知.html,并入,/towns/dahe/notices/,
http://{DAHE}/a%2Fb.html,并入,/towns/dahe/news/,
http://{DAHE}/show.asp?id=7&lm=公告,并入,http://{XIAOHE}/index.html,
http://{DAHE}/vote.asp,下线,,功能已停用
http://{XIAOHE}/,并入,/towns/dahe/,
"""

PICTURES = """
import io
import django; django.setup()
import PIL.Image
from django.core.files.base import ContentFile
from wagtail.images import get_image_model
from wagtail.models import Collection
inside = Collection.get_first_root_node().add_child(name="内部")
inside.view_restrictions.create(restriction_type="login")
for name, collection in (("all", Collection.get_first_root_node()), ("few", inside)):
    picture = io.BytesIO()
    PIL.Image.new("RGB", (8, 6)).save(picture, "PNG")
    file = ContentFile(picture.getvalue(), name=f"{name}.png")
    get_image_model().objects.create(title=name, file=file, collection=collection)
"""

pytestmark = pytest.mark.skipif(program("nginx") is None, reason="nginx is not installed")


def block(kind: str) -> str:
    found = re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture(scope="module")
def project(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a built portal, two sites and a loaded map; nothing was harvested."""
    folder = stages.copy("built", tmp_path_factory.mktemp("old-hosts"))
    sites = folder / "mappings" / "sites"
    for file in sites.iterdir():
        file.unlink()
    for name, host, more in (("dahe", DAHE, "aliases: [dahe.example.gov.cn],"), ("xiaohe", XIAOHE, "")):
        text = f"site: {{id: {name}, name: {name}, url: 'http://{host}/', {more} channel: /towns/dahe/}}\n"
        (sites / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "map.csv").write_text(MAP, encoding="utf-8-sig")
    built = shangyi(folder, "cms", "build", **PRODUCTION)
    assert built.code in (0, 1), built.err  # 1: the columns are empty still
    env = environment(**PRODUCTION, PYTHONPATH=str(ROOT), SHANGYI_PROJECT=str(folder))
    collect = [sys.executable, "-m", "django", "collectstatic", "--noinput"]
    subprocess.run(collect, cwd=folder, env=env, check=True, capture_output=True)
    subprocess.run([sys.executable, "-c", PICTURES], cwd=folder, env=env, check=True, capture_output=True)
    loaded = shangyi(folder, "redirects", "all", "load", str(folder / "map.csv"), "--json", **PRODUCTION)
    assert loaded.code == 0, loaded.err
    assert {key: loaded.json[key] for key in ("created", "chains", "refused", "lines")} == {
        "created": 5, "chains": 1, "refused": 0, "lines": 5
    }  # fmt: skip
    return folder


@contextmanager
def running(command: list[str], folder: Path, env: dict[str, str], ready: Path | int) -> Iterator[None]:
    log = folder / f"{Path(command[0]).name}.said"
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=said, stderr=subprocess.STDOUT)
    try:
        for _ in range(600):
            assert process.poll() is None, log.read_text(errors="replace")[-3000:]
            if isinstance(ready, Path) and ready.exists():
                break
            if isinstance(ready, int) and _listens(ready):
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _listens(port: int) -> bool:
    with socket.socket() as wire:
        return wire.connect_ex(("127.0.0.1", port)) == 0


def asked(authority: trustme.CA, port: int, host: str, target: bytes) -> Said:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=120) as plain,
        context.wrap_socket(plain, server_hostname=host) as wire,
    ):
        wire.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: " + host.encode() + b"\r\nConnection: close\r\n\r\n")
        return said_of(b"".join(iter(lambda: wire.recv(65536), b"")))


def test_the_example_answers_two_old_hosts_over_tls(project: Path) -> None:
    authority = trustme.CA()
    for name, hosts in (("yunxi", [PORTAL]), ("dahe", [DAHE, DAHE[4:]]), ("xiaohe", [XIAOHE])):
        certificate = authority.issue_cert(*hosts)
        certificate.private_key_pem.write_to_path(project / f"{name}.key")
        (project / f"{name}.pem").write_bytes(b"".join(one.bytes() for one in certificate.cert_chain_pems))
    plain, secure = free_port(), free_port()
    config = (
        block("nginx")
        .replace("listen 80;", f"listen 127.0.0.1:{plain};")
        .replace("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;")
        .replace("/etc/nginx/tls", str(project))
        .replace("/run/shangyi", str(project))
        .replace("/srv/shangyi", str(project))
    )
    temp = "".join(
        f"{name}_temp_path {project}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    (project / "nginx.conf").write_text(
        f"daemon off; {user} pid {project}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temp}\n{config}\n}}\n"
    )
    exported, started = (shlex.split(line.replace("/run/shangyi", str(project))) for line in block("sh").splitlines())
    assert (exported[0], started[:2]) == ("export", ["exec", "gunicorn"])
    said = dict(word.split("=") for word in exported[1:])
    env = environment(**said | PRODUCTION, PYTHONPATH=str(ROOT)) | {"SHANGYI_PROJECT": str(project)}
    words = started
    gunicorn = [sys.executable, "-m", *words[1:]]
    nginx = [str(program("nginx")), "-c", str(project / "nginx.conf"), "-p", str(project)]
    with running(gunicorn, project, env, project / "portal.sock"), running(nginx, project, env, secure):

        def ask(host: str, target: str) -> Said:
            return asked(authority, secure, host, target.encode())

        portal = f"http://{PORTAL}/towns/dahe/"
        notice = quote("通知"), quote("通知".encode("gbk"))
        for spelled in notice:
            assert ask(DAHE, f"/zwgk/{spelled}.html")[:2] == (301, f"{portal}notices/")
        assert ask("dahe.example.gov.cn", f"/ZWGK/{notice[0]}.html")[:2] == (301, f"{portal}notices/")
        assert ask(DAHE, "/a%2Fb.html")[:2] == (301, f"{portal}news/")
        assert ask(DAHE, "/a/b.html").status == 404
        assert ask(DAHE, f"/show.asp?lm={quote('公告'.encode('gbk'))}&id=7")[:2] == (301, portal)
        gone = ask(DAHE, "/vote.asp")
        assert gone.status == 410 and "功能已停用" in gone.body.decode()
        assert ask(XIAOHE, "/")[:2] == ask(XIAOHE, "/index.html")[:2] == (301, portal)
        assert f"https://{XIAOHE}/sitemap.xml" in ask(XIAOHE, "/robots.txt").body.decode()
        assert ask(DAHE, "//evil.example/").location == ""
        assert ask(DAHE, "/%0d%0aSet-Cookie:x").status == 400
        assert ask(PORTAL, "/old-address/").status == 200
        assert ask(PORTAL, "/media/documents/x.doc").status == 404
        stored = (project / "var/media/original_images/all.png").read_bytes()
        assert ask(PORTAL, "/media/original_images/all.png").body == stored
        for hidden in ("/media/original_images/few.png", "/stored/original_images/all.png", "/media/images/none.png"):
            assert ask(PORTAL, hidden).status == 404

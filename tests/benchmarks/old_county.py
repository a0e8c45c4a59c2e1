"""A big old site as files for nginx: GBK pages of 20 to 60 KB with 165 links each, images and attachments."""

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, socket

MENU = 60
"""Links of the frame that every page has; the rest of its 165 are the newest articles and its own."""

OTHERS = 105
WORDS = (
    "关于进一步加强全县农村人居环境整治工作的通知 各乡镇人民政府 县直各有关单位 为深入贯彻落实上级决策部署 "
    "结合我县实际 现将有关事项通知如下 一要提高认识 二要落实责任 三要严格督查 确保按时保质完成任务 安全生产 "
    "森林防火 疫情防控 乡村振兴 优化营商环境 政务公开 招商引资 教育 卫生 交通 水利 农业 财政 审计 统计 民政"
).split()


class County:
    """A site of `pages` HTML pages in all: home, lists, articles; deterministic."""

    def __init__(self, pages: int) -> None:
        self.lists = max(8, pages // 10)
        self.articles = pages - self.lists - 1
        self.images = self.articles * 8 // 10
        self.files = self.articles // 5
        self.pages = pages

    def write(self, folder: Path) -> None:
        """Write all of it, unless it is there already."""
        if (folder / "done").exists():
            return
        dice = random.Random(20261122)
        for name in ("a", "l", "i", "f", "s"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "s/main.css").write_bytes(b"body{background:url(/i/bg.gif)}")
        (folder / "i/bg.gif").write_bytes(b"GIF89a" + bytes(400))
        (folder / "index.html").write_bytes(self._page(dice, "首页", self._newest(range(1, OTHERS)), 20_000))
        for number in range(self.lists):
            lines = [f"/a/{n}.html" for n in range(number, self.articles, self.lists)]
            more = [f"/l/{(number + step) % self.lists}.html" for step in (1, 60)]
            hrefs = lines + more + self._newest(range(OTHERS - len(lines) - len(more)))
            (folder / f"l/{number}.html").write_bytes(self._page(dice, f"栏目{number}", hrefs, 20_000))
        for number in range(self.articles):
            own = [f"/a/{(number + step) % self.articles}.html" for step in (1, self.articles - 1)]
            if number < self.files:
                own.append(f"/f/{number}.doc")
            hrefs = own + self._newest(range(OTHERS - len(own)))
            address = f"/a/{number}.html"
            body = self._page(dice, _title(address), hrefs, dice.randint(22_000, 60_000), self._image(number))
            (folder / address[1:]).write_bytes(body)
        for number in range(self.images):
            (folder / f"i/{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + dice.randbytes(dice.randint(4_000, 30_000)))
        for number in range(self.files):
            (folder / f"f/{number}.doc").write_bytes(b"\xd0\xcf\x11\xe0" + dice.randbytes(dice.randint(8_000, 60_000)))
        (folder / "done").touch()

    def _image(self, number: int) -> str:
        return f"/i/{number}.jpg" if number < self.images else "/i/bg.gif"

    def _newest(self, numbers: range) -> list[str]:
        return [f"/a/{(n * 37) % self.articles}.html" for n in numbers]

    def _page(self, dice: random.Random, title: str, hrefs: list[str], size: int, image: str = "/i/bg.gif") -> bytes:
        menu = "".join(
            f'<td height="22"><a href="/l/{n % self.lists}.html" class="menu">{dice.choice(WORDS)}</a></td>'
            for n in range(MENU)
        )
        lines = "".join(
            f'<li><a href="{href}" title="{_title(href)}">{dice.choice(WORDS)}</a><span>2016-05-03</span></li>'
            for href in hrefs
        )
        page = (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"><html><head>'
            f'<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>{title}</title>'
            f'<link href="/s/main.css" rel="stylesheet"></head><body><table><tr>{menu}</tr></table><ul>{lines}</ul>'
            f'<h1>{title}</h1><div id="zoom"><img src="{image}" alt="{title}">'
        ).encode("gb18030")
        text = []
        left = size - len(page)
        while left > 0:
            paragraph = "<p>" + "，".join(dice.choices(WORDS, k=14)) + "。</p>\r\n"
            text.append(paragraph)
            left -= 2 * len(paragraph)
        return page + "".join(text).encode("gb18030") + b"</div></body></html>"


def _title(address: str) -> str:
    """Return the title of what is there: the same in every link that leads to it, as programs write them."""
    kind, number = address.rpartition(".")[0].split("/")[1:]
    return f"栏目{number}" if kind == "l" else f"关于第{number}号事项的通知"


@contextmanager
def served(site: Path, work: Path, more: str = "") -> Iterator[int]:
    """Serve a folder by nginx on a free port of 127.0.0.1 while the block runs; `more` is further configuration."""
    work.mkdir(parents=True, exist_ok=True)
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (work / "nginx.conf").write_text(
        f"""daemon off; worker_processes 1; pid {work}/nginx.pid; error_log {work}/error.log;
        events {{ worker_connections 512; }}
        http {{ access_log off; client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3;
        uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5; sendfile on; keepalive_requests 100000;
        types {{ text/html html; text/css css; image/gif gif; image/jpeg jpg; application/msword doc; }}
        server {{ listen 127.0.0.1:{port}; root {site}; {more} }} }}"""
    )
    server = subprocess.Popen(["nginx", "-p", str(work), "-c", str(work / "nginx.conf")])
    try:
        for _try in range(100):
            try:
                create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()

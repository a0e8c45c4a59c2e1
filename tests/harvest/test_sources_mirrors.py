"""Mirrors that wget and HTTrack made are taken in as if they had been harvested."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from migrate.config import SiteConfig
from tests.harvest.oldsite import Answer, OldSite, config
from tests.harvest.taking import bodies, source_findings, taken
from tests.harvest.test_harvest import HOME, rows, states
from tests.harvest.test_rebuild import same_again


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def mirrored_site() -> OldSite:
    """A site of query strings, GBK names, folders, files: what mirroring programs rename."""
    site = OldSite()
    site.html(
        "/",
        '<a href="list.asp?cid=3&page=1">列表</a><a href="tzgg/">通知</a><img src="img/a.gif"><a href="old.asp">旧</a>'
        '<a href="gone.htm">x</a><a href="f/b%B9%AB.doc">附件</a>',
        "gb18030",
    )
    for page in (1, 2):
        body = f'第{page}页<a href="list.asp?cid=3&page={3 - page}">下</a><a href="show.asp?id={page}">文</a>'
        site.html(f"/list.asp?cid=3&page={page}", body, "gb18030")
        site.html(f"/show.asp?id={page}", f"正文{page}", "gb18030")
    site.html("/tzgg/", '<a href="t1.htm">一</a>', "gb18030")
    site.html("/tzgg/t1.htm", "通知一", "gb18030")
    site.pages["/img/a.gif"] = Answer(b"GIF89a" + bytes(100), type="image/gif")
    site.pages["/f/b%B9%AB.doc"] = Answer(b"\xd0\xcf\x11\xe0 word", type="application/msword")
    site.pages["/old.asp"] = Answer(b"", 302, headers={"Location": "/moved.htm"})
    site.html("/moved.htm", "moved")  # wget keeps it under the name of the redirect
    return site


PAGES = {"", "list.asp?cid=3&page=1", "list.asp?cid=3&page=2", "show.asp?id=1", "show.asp?id=2", "tzgg/", "tzgg/t1.htm"}
FILES = {"img/a.gif", "f/b%E5%85%AC.doc"}


@pytest.fixture(scope="module")
def mirrored() -> Iterator[OldSite]:
    with mirrored_site().served() as site:
        yield site


def at_its_address(site: OldSite) -> SiteConfig:
    """The site file of a site that has no name, as the programs asked for it."""
    asked = config(site)
    return replace(asked, site=replace(asked.site, url=f"http://{site.address}/", aliases=()))


def mirror(site: OldSite, into: Path, program: str, *words: str) -> Path:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    into.mkdir()
    environment = {**os.environ, "LC_ALL": "C"}
    subprocess.run(
        [program, *words, f"http://{site.address}/"],
        cwd=into,
        env=environment,
        capture_output=True,
        timeout=240,
        check=False,
    )
    return into


def of_mirror(site: OldSite, folder: Path) -> dict[str, bytes]:
    home = "http://127.0.0.1/"
    return {key.removeprefix(home): body for key, body in bodies(folder).items()}


def original(site: OldSite, url: str) -> bytes:
    answer = site.pages["/" + url.replace("%E5%85%AC", "%B9%AB")]
    assert isinstance(answer, Answer)
    return answer.body


WGET = ("-q", "-r", "-p")


@pytest.mark.parametrize(
    "words",
    [WGET, (*WGET, "-nH"), (*WGET, "--restrict-file-names=windows"), (*WGET, "-k", "-K", "-E"),
     (*WGET, "--warc-file=made")],
    ids=["plain", "without host folder", "windows", "converted, originals kept", "warc"],
)  # fmt: skip
def test_wget(mirrored: OldSite, folder: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    told = taken(mirror(mirrored, tmp_path / "mirror", "wget", *words), folder, at_its_address(mirrored))
    found = of_mirror(mirrored, folder)
    assert found.keys() >= PAGES | FILES
    assert {url: found[url] for url in PAGES | FILES} == {url: original(mirrored, url) for url in PAGES | FILES}
    skipped = {key for key, (state, why) in states(folder).items() if why == "not-in-source"}
    assert told.state == "finished" and not {key.rpartition("/")[2] for key in skipped} - {"gone.htm"}
    same_again(at_its_address(mirrored), folder)
    assert taken(tmp_path / "mirror", folder, at_its_address(mirrored)).state == "unchanged"


def test_wget_with_rewritten_links(mirrored: OldSite, folder: Path, tmp_path: Path) -> None:
    """Without originals the links stay as wget wrote them; they lead on to the addresses they stand for."""
    taken(mirror(mirrored, tmp_path / "mirror", "wget", *WGET, "-k", "-E"), folder, at_its_address(mirrored))
    found = of_mirror(mirrored, folder)
    assert found.keys() >= PAGES | FILES
    redirects = dict(rows(folder, "SELECT key, location FROM resources WHERE status = 302"))
    home = "http://127.0.0.1/"
    assert redirects[home + "list.asp%3Fcid=3%26page=1.html"] == home + "list.asp?cid=3&page=1"
    skipped = {key for key, (state, why) in states(folder).items() if why == "not-in-source"}
    assert {key.rpartition("/")[2] for key in skipped} <= {"gone.htm"}
    same_again(at_its_address(mirrored), folder)


HTTRACK = ("-O", ".", "-q", "-A0", "--disable-security-limits", "-%c0", "-s0")


def test_httrack(mirrored: OldSite, folder: Path, tmp_path: Path) -> None:
    """Its cache has the pages as they came, redirects and errors, too; the files have the rest."""
    asked = at_its_address(mirrored)
    made = mirror(mirrored, tmp_path / "mirror", "httrack", *HTTRACK)
    taken(made, folder, asked)
    found = of_mirror(mirrored, folder)
    assert {url: found[url] for url in PAGES | FILES} == {url: original(mirrored, url) for url in PAGES | FILES}
    answers = dict(rows(folder, "SELECT key, status FROM resources WHERE status >= 300"))
    assert answers.items() >= {"http://127.0.0.1/old.asp": 302, "http://127.0.0.1/gone.htm": 404}.items()
    assert '"source_kind":"httrack"' in rows(folder, "SELECT settings FROM captures")[0][0]
    same_again(asked, folder)
    assert taken(made, folder, asked).state == "unchanged"


def test_httrack_without_its_cache(mirrored: OldSite, folder: Path, tmp_path: Path) -> None:
    """The pages say where they came from, and rewritten links lead there."""
    made = mirror(mirrored, tmp_path / "mirror", "httrack", *HTTRACK)
    shutil.rmtree(made / "hts-cache")
    taken(made, folder, at_its_address(mirrored))
    found = of_mirror(mirrored, folder)
    assert found.keys() >= PAGES | FILES
    assert "正文1".encode("gb18030") in found["show.asp?id=1"]
    redirects = dict(rows(folder, "SELECT key, location FROM resources WHERE status = 302"))
    assert "http://127.0.0.1/show.asp?id=1" in redirects.values()


def test_httracks_cache_never_reaches_outside_the_mirror(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"of this machine")
    made = tmp_path / "mirror"
    (made / "hts-cache").mkdir(parents=True)
    packed = (made / "hts-cache" / "new.zip").open("wb")
    with packed, zipfile.ZipFile(packed, "w") as cache:
        for name, save in (("a.txt", "../secret.txt"), ("b.txt", f"{tmp_path}/secret.txt"), ("c.txt", "kept.txt")):
            entry = zipfile.ZipInfo(f"{HOME}{name}")
            entry.extra = f"HTTP/1.1 200 OK\r\nX-In-Cache: 0\r\nX-Save: {save}\r\n".encode()
            cache.writestr(entry, b"")
            entry.extra = b""  # it stands in the local header alone
    (made / "kept.txt").write_bytes(b"kept")
    taken(made, folder)
    assert set(bodies(folder).values()) == {b"kept"}
    assert "2 left out" in source_findings(folder)["no-body"][0]

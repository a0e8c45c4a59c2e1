"""What an old site left elsewhere is taken in as if it had been harvested: limits, interruptions, what is no source."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from migrate.archive.ledger import Ledger
from migrate.archive.warc import warc_files
from migrate.errors import ShangyiError, UsageError
from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES, HOST, Answer, OldSite, config, generated
from tests.harvest.taking import HTML, Written, bodies, put, source_findings, taken
from tests.harvest.test_harvest import states
from tests.harvest.test_rebuild import same_again
from tests.harvest.test_sigkill import counted_links, payloads


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dahe"


def test_a_source_without_anything_of_the_host_says_what_is_wrong_with_it(folder: Path, tmp_path: Path) -> None:
    def refused(path: Path) -> ShangyiError:
        with pytest.raises(ShangyiError, match=f"holds nothing of {HOST}") as told:
            taken(path, folder)
        return told.value

    path = tmp_path / "other.warc.gz"
    out = Written(path)
    for number in range(4):
        out.put(f"http://www.elsewhere.example.com/{number}.html", os.urandom(400), HTML)
    out.close()
    whole = refused(path)
    assert "damaged" not in whole.reason and "www.elsewhere.example.com" in whole.hint
    path.write_bytes(path.read_bytes()[:-200])
    cut = refused(path)
    assert "It is damaged in 1 places: other.warc.gz, byte " in cut.reason
    assert "whole copy" in cut.hint and "www.elsewhere.example.com" in cut.hint
    path.write_bytes(path.read_bytes()[:90])  # within the first record
    assert "damaged" in refused(path).reason
    put(tmp_path / "disk", "web.config", b"<configuration/>")
    put(tmp_path / "disk", "list.asp", b"<%= 1 %>")
    assert "programs of the server (1)" in refused(tmp_path / "disk").hint


def test_large_files_limits_and_what_the_site_file_leaves_out(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "wwwroot"
    put(root, "film.mp4", b"film" * 800_000)
    put(root, "large.zip", b"PK\x03\x04" + bytes(5_000_000))
    put(root, "search/x.html", b"<html>x</html>")
    for number in range(5):
        put(root, f"{number}.html", b"<html>%d</html>" % number)
    asked = config(OldSite(), max_bytes=4_000_000, exclude=("/search/**",))
    told = taken(root, folder, asked, limit=3)
    assert told.found == 4 and told.skipped == {"limit": 1}  # the home page, which is not there
    told = taken(root, folder, asked)
    assert told.kind == "delta"
    assert states(folder)["large.zip"] == ("skipped", "too-large")
    assert len(bodies(folder)["film.mp4"]) == 3_200_000 and len(bodies(folder)) == 6
    assert set(source_findings(folder)) == {"excluded"}
    assert taken(root, folder, asked).state == "unchanged"
    same_again(asked, folder)


_CHILD = """
import sys
from pathlib import Path
from migrate.harvest import HarvestRun, run_harvest
from tests.harvest.oldsite import FAMILIES, OldSite, config
run = HarvestRun(source=Path(sys.argv[2]))
run_harvest(config(OldSite()), FAMILIES, Path(sys.argv[1]), run, lambda _progress: None)
"""


def test_killed_and_resumed(folder: Path, tmp_path: Path) -> None:
    site = generated(200)
    for path, answer in site.pages.items():
        assert isinstance(answer, Answer)
        put(tmp_path / "wwwroot", path.removeprefix("/") or "index.html", answer.body)
    taken(tmp_path / "wwwroot", tmp_path / "calm")
    for size in (20_000, 70_000):
        root = str(Path(__file__).parents[2])
        words = [sys.executable, "-c", _CHILD, str(folder), str(tmp_path / "wwwroot")]
        with subprocess.Popen(words, env={**os.environ, "PYTHONPATH": root}) as process:
            while sum(path.stat().st_size for path in warc_files(folder)) < size:
                assert process.poll() is None
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
    told = taken(tmp_path / "wwwroot", folder)
    assert told.resumed and told.state == "finished"
    assert payloads(folder) == payloads(tmp_path / "calm")
    assert counted_links(folder) == counted_links(tmp_path / "calm")
    same_again(config(OldSite()), folder)


def test_one_origin_at_a_time(folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "wwwroot", "a.html", b"<html>a</html>")
    site = OldSite()
    with site.served():
        site.html("/", "<a href='/b.html'>b</a>")
        run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
        with Ledger(folder / "ledger.sqlite") as ledger, ledger.transaction() as db:
            db.execute("UPDATE captures SET state = 'running'")
        with pytest.raises(ShangyiError, match="unfinished") as refused:
            taken(tmp_path / "wwwroot", folder)
        assert "--fresh" in refused.value.hint
        assert taken(tmp_path / "wwwroot", folder, fresh=True).kind == "full"
        with Ledger(folder / "ledger.sqlite") as ledger, ledger.transaction() as db:
            db.execute("UPDATE captures SET state = 'running' WHERE state = 'finished'")
        with pytest.raises(ShangyiError, match="unfinished") as refused:
            run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
        assert f"--from {tmp_path / 'wwwroot'}" in refused.value.hint
        assert taken(tmp_path / "wwwroot", folder).state == "finished"


def test_what_is_not_in_the_source_is_fetched_once_the_site_is_up(folder: Path, tmp_path: Path) -> None:
    site = OldSite()
    site.html("/new.html", "new")
    put(tmp_path / "wwwroot", "index.html", b"<a href='/new.html'>n</a>")
    taken(tmp_path / "wwwroot", folder)
    assert states(folder)["new.html"] == ("skipped", "not-in-source")
    with site.served():
        told = run_harvest(config(site), FAMILIES, folder, HarvestRun(), lambda _progress: None)
    assert told.kind == "delta" and b"new" in bodies(folder)["new.html"]


def test_nothing_of_the_site(folder: Path, tmp_path: Path) -> None:
    out = Written(tmp_path / "other.warc.gz")
    out.put("/", b"x", HTML, host="www.other.example").close()
    with pytest.raises(ShangyiError, match=f"nothing of {HOST}") as refused:
        taken(tmp_path / "other.warc.gz", folder)
    assert "www.other.example" in refused.value.hint
    (tmp_path / "empty").mkdir()
    with pytest.raises(ShangyiError, match="nothing of"):
        taken(tmp_path / "empty", folder)
    (tmp_path / "page.html").write_bytes(b"x")
    for name in ("page.html", "nowhere"):
        with pytest.raises(UsageError, match="no WARC or WACZ file"):
            taken(tmp_path / name, folder)
    assert not warc_files(folder)

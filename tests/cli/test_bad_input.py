"""What is wrong is said with what to do about it: exit code 2 or 3, on stderr, never a traceback, nothing lost."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from migrate.demo import Answer, LegacyServer
from tests.commands import ROOT, Done, digests, new_project, shangyi, together
from tests.conftest import Stages, resolve

HOST = "www.dahe.example.gov.cn"
SITE = (ROOT / "mappings" / "sites" / "dahe.yaml").read_text(encoding="utf-8")
ENDS = SITE.count("\n") + 1


def changed(old: str, new: str) -> bytes:
    assert SITE.count(old) == 1, f"{old!r} must stand once in the demo's mapping"
    return SITE.replace(old, new).encode()


def line_of(text: str) -> int:
    return SITE[: SITE.index(text)].count("\n") + 1


def assert_said(done: Done, code: int, *texts: str) -> None:
    """Check the exit code, and that reason and hint stand on stderr and stdout has nothing."""
    assert done.code == code, done.err
    assert done.out == ""
    assert "What to do:" in done.said
    for text in texts:
        assert text in done.said.replace(" ", "") or text in done.said, done.err


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_project(tmp_path_factory.mktemp("bad") / "project")


@pytest.mark.parametrize(
    ("content", "line", "texts"),
    [
        (changed("  channel:", "  chanel:"), line_of("  channel:"), ["“chanel” is not known here", "“channel”?"]),
        (changed("harvest:\n", "site:\n"), line_of("harvest:"), ["“site” stands here a second time", "on line 4"]),
        (b"site:\n\tid: dahe\n", 2, ["no valid YAML", "never tabs"]),
        (SITE.encode("gb18030"), 1, ["not UTF-8", "Save it as UTF-8"]),
        (b'site: "\x01"\n', 1, ["no valid YAML", "can't be seen"]),
        (b"? [a]\n: b\n", 1, ["can't be a key"]),
        (b"", 1, ["empty"]),
        (changed("column: budget", "column: budgets"), line_of("- name: 财政信息"), ["no column “budgets”", "budget"]),
        (changed('"/gzdt/**"', '"gzdt/**"'), line_of("- name: 工作动态"), ["“gzdt/**” is no path glob", "/zwgk/"]),
        (changed("[/search/**]", "[search]"), line_of("harvest:"), ["“search” is no path glob"]),
        (changed("  id: dahe ", "  id: dahei "), line_of("site:"), ["“dahei” must be the file's name", "rename"]),
        (changed("/towns/dahe/", "/towns/dahee/"), line_of("site:"), ["no channel “/towns/dahee/”", "“/towns/dahe/”?"]),
        (changed("[document_number]", "[document_no]"), line_of("- name: 政策文件"), ["no field", "document_number"]),
        (changed("family: auto ", "family: trss "), line_of("site:") + 1, ["family “trss” is not known", "“trs”?"]),
        (SITE.encode() + b"fields: {validity: text:x}\n", ENDS, ["“validity” is no field", "Possible here: author"]),
        (SITE.encode() + b"fields: {title: [sel:h1]}\n", ENDS, ["“sel:h1” does not say where", "meta:, text:, css:"]),
        (SITE.encode() + b"fields: {body: text:x}\n", ENDS, ["“text:x” does not say where", "css:"]),
        (changed("  rate: 50", "  rate: fast"), line_of("  rate:"), ["“fast” is not what “rate” takes", "0.5, 2"]),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)  # fmt: skip
def test_a_wrong_site_file_is_named_with_its_line(project: Path, content: bytes, line: int, texts: list[str]) -> None:
    path = project / "mappings" / "sites" / "dahe.yaml"
    path.write_bytes(content)
    try:
        done = shangyi(project, "map", "dahe", COLUMNS="300")
    finally:
        path.write_text(SITE, encoding="utf-8")
    assert_said(done, 3, f"sites/dahe.yaml:{line}:", *texts)


def test_an_unknown_template_is_named_with_its_line(tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    path = project / "mappings" / "portal.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("template: leader}", "template: leeder}"), encoding="utf-8")
    line = text[: text.index("template: leader}")].count("\n") + 1
    for words in (("map", "dahe"), ("cms", "build")):
        done = shangyi(project, *words, COLUMNS="300")
        assert_said(done, 3, f"portal.yaml:{line}:", "“leeder” is not known", "Did you mean “leader”?")


def test_an_unknown_site_is_told_the_nearest_one(project: Path) -> None:
    for command in ("harvest", "import", "status"):
        assert_said(shangyi(project, command, "dahee"), 2, "no site “dahee”", "Did you mean “dahe”?")


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (("harvest", "dahe", "--resolve", "nonsense"), ["“nonsense” is not HOST=ADDR", "--resolve www."]),
        (("harvest", "dahe", "--resolve", f"{HOST}=127.0.0.1:http"), ["“127.0.0.1:http” is no", "10.1.2.3:8080"]),
        (("harvest", "dahe", "--delta", "--fresh"), ["exclude each other", "Give one"]),
        (("import", "dahe", "--only", "工作动太"), ["no rule “工作动太”", "“工作动态”?"]),
        (("check", "dahe", "--base-url", "localhost:8000"), ["“localhost:8000” is no web address", "http://127"]),
        (("rollback", "all", "3"), ["belongs to one site", "Name the site"]),
        (("show", "http://www.elsewhere.example/"), ["No site of this project", "Sites: dahe"]),
        (("extract", "nothing.html"), ["no file “nothing.html”", "Name a saved page"]),
    ],
    ids=lambda value: value[0],
)  # fmt: skip
def test_wrong_words_are_wrong_usage(project: Path, words: tuple[str, ...], texts: list[str]) -> None:
    assert_said(shangyi(project, *words, COLUMNS="300"), 2, *texts)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("map", "dahe", "--dryrun"), "There is no option --dryrun. ⏎ Did you mean --dry-run?"),
        (("mapp", "dahe"), "No such command 'mapp'. Did you mean 'map'?"),
        (("map",), "SITE is missing. ⏎ “shangyi map --help” says what goes."),
        (("harvest", "dahe", "--rate", "-1"), "--rate: -1 is less than 0"),
        (("harvest", "dahe", "--rate", "two"), "--rate: “two” is no number."),
        (("harvest", "dahe", "--rate"), "--rate wants a value."),
        (("harvest", "dahe", "--delta=yes"), "--delta takes no value."),
        (("harvest", "dahe", "xiaohe"), "Too many words: xiaohe"),
        (("archive", "dahe", "verifi"), "export|verify|rebuild: “verifi” is none of 'export', 'verify', 'rebuild'."),
        (("harvest", "dahe", "--browser=some"), "--browser: “some” is none of 'off', 'empty', 'all'."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_unknown_options_and_commands_are_wrong_usage(project: Path, words: tuple[str, ...], text: str) -> None:
    reason, _, hint = text.partition(" ⏎ ")
    assert_said(shangyi(project, *words, COLUMNS="300"), 2, reason, hint)


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (("dahe", "--browser"), "empty"),
        (("--browser", "dahe", "--fresh"), "empty"),
        (("dahe", "--browser", "--fresh"), "empty"),
        (("dahe", "--browser", "all"), "all"),
        (("dahe", "--browser=off"), "off"),
    ],
)
def test_a_browser_sees_what_is_empty_without_it_or_what_is_said(
    project: Path, words: tuple[str, ...], seen: str
) -> None:
    assert shangyi(project, "harvest", *words, "--dry-run", "--json").json["browser"] == seen


def test_a_stage_that_comes_too_early_names_the_one_before(tmp_path: Path, stages: Stages) -> None:
    """Not harvested, not mapped, no portal, not imported: each says which command is missing, and makes nothing."""
    new = new_project(tmp_path / "new")
    later = ("import", "check", "report")
    for command in ("map", "report"):
        assert_said(shangyi(new, command, "dahe"), 2, "is not harvested yet", "shangyi harvest dahe")
    assert_said(shangyi(new, "show", f"http://{HOST}/"), 2, "is not harvested yet", "shangyi harvest dahe")
    assert_said(shangyi(new, "cms", "serve"), 3, "The portal is not built yet", "shangyi cms build")
    assert not (new / "var").exists() and not (new / "archives").exists()
    for command in later:
        assert_said(shangyi(stages.harvested, command, "dahe"), 2, "is not mapped yet", "shangyi map dahe")
    for command in ("import", "rollback"):
        assert_said(shangyi(stages.bare, command, "dahe"), 3, "The portal is not built yet", "shangyi cms build")
    check, rollback = together((stages.mapped, ("check", "dahe")), (stages.mapped, ("rollback", "dahe")))
    assert_said(check, 2, "is not imported yet", "shangyi import dahe")
    assert_said(rollback, 2, "no import that stands", "shangyi status dahe")


def test_a_host_that_does_not_answer(project: Path) -> None:
    done = shangyi(project, "harvest", "dahe", "--resolve", f"{HOST}=127.0.0.1:9")
    assert_said(done, 3, f"http://{HOST}/ does not answer", "--resolve HOST=ADDRESS")
    assert shangyi(project, "status", "dahe", "--json").json["dahe"]["state"] == "new"


def test_a_site_that_answers_only_errors_is_harvested_once_it_works(tmp_path: Path, old_server: LegacyServer) -> None:
    project = new_project(tmp_path / "project")
    broken: Callable[[str], Answer | None] = lambda _target: Answer(  # noqa: E731
        500, (("Content-Type", "text/html"),), b"<h1>ADODB.Connection error</h1>"
    )
    robots_work = lambda target: None if target == "/robots.txt" else broken(target)  # noqa: E731
    with LegacyServer({HOST: broken}) as server:
        done = shangyi(project, "harvest", "dahe", "--resolve", f"{HOST}={server.address}")
        assert_said(done, 3, "answers HTTP 500", "Try again later")
    with LegacyServer({HOST: robots_work}) as server:
        done = shangyi(project, "harvest", "dahe", "--resolve", f"{HOST}={server.address}")
        assert_said(done, 3, "answers only errors: HTTP 500", "Run the same command again")
    assert shangyi(project, "status", "dahe").step == "shangyi harvest dahe"
    good = shangyi(project, "harvest", "dahe", "--limit", "20", *resolve(old_server), "--json")
    assert good.code in (0, 1) and good.json["state"] == "finished" and good.json["statuses"]["2xx"] > 0


def test_no_project_here(tmp_path: Path) -> None:
    assert_said(shangyi(tmp_path, "status"), 3, "No project here", "mappings/portal.yaml", "-C")
    assert_said(shangyi(tmp_path / "gone", "status"), 2, "There is no folder", "after -C")


def test_a_folder_inside_the_project_finds_it(project: Path) -> None:
    inside = project / "mappings" / "sites"
    assert shangyi(inside, "status", "--json").json.keys() == {"dahe"}


def test_the_named_project_wins_over_the_environment(tmp_path: Path, stages: Stages) -> None:
    """A portal named for the web server must never be the one that a command with -C writes to."""
    other = new_project(tmp_path / "other")
    done = shangyi(stages.imported, "import", "dahe", "--dry-run", "--json", SHANGYI_PROJECT=str(other))
    assert done.json["unchanged"] > 100
    assert not (other / "var").exists()


def test_a_project_without_sites_says_how_to_begin(tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    (project / "mappings" / "sites" / "dahe.yaml").unlink()
    for command in ("status", "map"):
        done = shangyi(project, command, *(["all"] if command == "map" else []))
        assert_said(done, 2, "There is no site yet", "docs/mapping.md")
    assert (ROOT / "docs" / "mapping.md").is_file()


@pytest.mark.parametrize("url", ["mysql://a/b", "postgres://a@127.0.0.1:x/b", "postgres://a@127.0.0.1:9/b"])
def test_a_database_that_can_not_be_reached(project: Path, url: str) -> None:
    assert_said(shangyi(project, "cms", "build", DATABASE_URL=url), 3)
    assert not (project / "var" / "portal.sqlite3").exists()


@pytest.mark.skipif(os.name != "posix", reason="rights to write are told by mode bits here")
def test_an_archive_that_can_not_be_written_to(tmp_path: Path, stages: Stages, old_server: LegacyServer) -> None:
    """Mode bits do not stop root: for it there is a file instead of the folder, and a folder of the kernel's."""
    project = new_project(tmp_path / "project")
    harvest = ("harvest", "dahe", *resolve(old_server))
    (project / "archives").write_text("not a folder", encoding="utf-8")
    assert_said(shangyi(project, *harvest), 3, "archives", "read-only")
    assert_said(shangyi(project, *harvest, SHANGYI_ARCHIVES="/proc/shangyi"), 3, "/proc/shangyi", "read-only")
    if os.geteuid() != 0:
        (project / "archives").unlink()
        (project / "archives").mkdir(mode=0o555)
        assert_said(shangyi(project, *harvest), 3, "archives", "read-only")

    mapped = stages.copy("bare", tmp_path / "mapped")
    runs = mapped / "archives" / "dahe" / "runs"
    shutil.rmtree(runs)
    runs.write_text("not a folder", encoding="utf-8")
    assert_said(shangyi(mapped, "map", "dahe"), 3, "runs")
    runs.unlink()
    assert shangyi(mapped, "map", "dahe").code in (0, 1)


def test_one_failing_site_stops_no_other(tmp_path: Path, stages: Stages) -> None:
    project = stages.copy("bare", tmp_path)
    sites = project / "mappings" / "sites"
    (sites / "broken.yaml").write_text("site: {id: broken}\n", encoding="utf-8")
    (sites / "aaa.yaml").write_text(
        SITE.replace("id: dahe ", "id: aaa ").replace("dahe.example", "aaa.example"), encoding="utf-8"
    )
    done = shangyi(project, "map", "all", "--json")
    assert done.code == 3
    assert done.json.keys() == {"aaa", "broken", "dahe"}
    assert done.json["dahe"]["entries"] == stages.printed["mapped"].json["entries"]
    assert "not harvested yet" in done.json["aaa"]["error"] and "harvest aaa" in done.json["aaa"]["hint"]
    assert "broken.yaml:1" in done.json["broken"]["error"]
    assert "broken.yaml:1" in done.said.replace(" ", "")
    assert "Failed with 2 of 3 sites: aaa, broken" in done.said, "said once more at the end: panels scroll away"

    status = shangyi(project, "status", "--json")
    assert status.code == 3 and status.json["dahe"]["found"] == stages.printed["mapped"].json["entries"]
    assert "broken" in status.json and status.json["aaa"]["state"] == "new"

    shown = shangyi(project, "show", f"http://{HOST}/", "--json")
    assert shown.code == 0 and shown.json["site"] == "dahe"


def test_nothing_is_lost_by_bad_input(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("bare", tmp_path)
    before = digests(project)
    for words in (("map", "dahee"), ("import", "dahe", "--only", "nothing"), ("check", "dahe", "--base-url", "x")):
        assert shangyi(project, *words).code == 2
    assert digests(project) == before

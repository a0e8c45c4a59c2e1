"""mappings/README.md: the system that it adds is added, with its own page, block, labels and commands."""

import re
import shlex
from pathlib import Path

from tests.commands import ROOT, Done, new_project, shangyi
from tests.docs.reading import command_lines

README = ROOT / "mappings" / "README.md"


def block(language: str) -> str:
    found = re.findall(rf"^```{language}$\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 1, language
    return found[0]


def run(project: Path, command: str, *more: str) -> Done:
    (line,) = {line for line in command_lines(README) if line.startswith(f"shangyi {command} ")}
    return shangyi(Path(), *shlex.split(line)[1:], *more, cwd=project)


def test_a_system_is_added_without_code(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    (project / "notice.html").write_text(block("html"), encoding="utf-8")
    (project / "truth.jsonl").write_text(block("json"), encoding="utf-8")
    before = run(project, "extract", "--json").json
    assert before["steps"]["family"] == "generic" and before["record"]["title"]["value"] == "大河镇人民政府网站"
    assert before["record"]["published"] is None and before["steps"]["body"] == "densest"
    assert run(project, "evaluate", "--json").json["scores"]["title"]["right"] == 0
    with (project / "mappings" / "families.yaml").open("a", encoding="utf-8") as families:
        families.write("\n" + block("yaml"))
    after = run(project, "extract", "--json")
    record = after.json["record"]
    assert after.code == 0 and after.json["steps"]["family"] == "yunwang"
    assert (record["title"]["value"], record["published"]["value"]) == ("关于举办春季招聘会的通知", "2021-02-26")
    assert record["body"].startswith("<p>定于三月八日") and record["body"].endswith("报名表。</p>")
    assert [link["name"] for link in record["attachments"]] == ["报名表.doc"]
    assert "大河镇社保所" in run(project, "extract").out
    scored = run(project, "evaluate", "--json").json
    assert not scored["misses"]
    assert {name for name, score in scored["scores"].items() if score["of"]} == {
        "title",
        "date",
        "source",
        "attachments",
    }
    (project / "notice.html").write_text("<title>通知</title><p class='yw-404'>内容不见了</p>", encoding="utf-8")
    assert run(project, "extract", "--json").json["record"]["reason"] == "error-page"

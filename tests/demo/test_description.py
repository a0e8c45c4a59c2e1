import shutil
from pathlib import Path

import pytest

from migrate.demo import bodies, build, load
from migrate.demo.description import SITES
from migrate.errors import ConfigError, UsageError


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    shutil.copytree(SITES, tmp_path / "sites")
    return tmp_path / "sites"


def test_unknown_site_names_the_nearest() -> None:
    with pytest.raises(UsageError) as raised:
        load("dahu")
    assert "dahe" in raised.value.hint


def test_wrong_key_in_a_column_names_file_line_and_nearest_word(sites: Path) -> None:
    file = sites / "dahe" / "bszn.yaml"
    file.write_text("articles:\n  - id: 1\n    titel: 指南\n    date: 2016-01-01\n    body: 正文\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load("dahe", sites)
    assert (raised.value.path, raised.value.line) == (file, 3) and "title" in raised.value.hint


def test_missing_column_file_is_named(sites: Path) -> None:
    (sites / "dahe" / "czxx.yaml").unlink()
    with pytest.raises(ConfigError, match=r"czxx\.yaml"):
        load("dahe", sites)


@pytest.mark.parametrize(
    ("body", "error"),
    [("见[别处](rel:4711)", KeyError), ("[附件](file:nothing.doc)", KeyError), ("![图](img:nothing.jpg)", KeyError)],
)
def test_a_mark_that_leads_nowhere_stops_the_build(sites: Path, body: str, error: type[Exception]) -> None:
    text = f"articles:\n  - {{id: 1, title: 概况, date: 2016-01-01, body: '{body}'}}\n"
    (sites / "dahe" / "zjdh.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(error):
        build(load("dahe", sites))


def test_a_number_given_twice_stops_the_build(sites: Path) -> None:
    text = "articles:\n  - {id: 501, title: 概况, date: 2016-01-01, body: 正文}\n"
    (sites / "dahe" / "zjdh.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="501"):
        build(load("dahe", sites))


def test_tables_join_cells_left_and_up() -> None:
    (table,) = bodies.parse("| a | b | < |\n| ^ | c | d |\n| e | f | ^ |")
    assert isinstance(table, bodies.Table)
    assert [[(cell.text, cell.columns, cell.rows) for cell in row] for row in table.rows] == [
        [("a", 1, 2), ("b", 2, 1)],
        [("c", 1, 1), ("d", 1, 2)],
        [("e", 1, 1), ("f", 1, 1)],
    ]


def test_marks_become_text_links_and_pictures() -> None:
    blocks = bodies.parse("【标题】\n见[a & b](rel:1)和![图](img:x.jpg)\n\n> 落款")
    assert bodies.plain(blocks) == "【标题】\n见a & b和\n落款"
    assert [block.kind for block in blocks if isinstance(block, bodies.Paragraph)] == ["heading", "text", "right"]
    html = bodies.html(blocks, "p", lambda mark: f"/{mark}?a&b")
    assert '<a href="/rel:1?a&amp;b" target="_blank">a &amp; b</a>' in html
    assert '<img src="/img:x.jpg?a&amp;b" alt="图"' in html

"""What a site file may not say, beyond words that are not known: each with its line."""

import shutil
from pathlib import Path

import pytest

from migrate.config import Project, find_project
from migrate.errors import ConfigError

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    return find_project(tmp_path)


def change(project: Project, old: str, new: str) -> None:
    path = project.mappings / "sites" / "dahe.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("[dahe.example.gov.cn]", "[www.yunxi.example.gov.cn]", "portal's own host"),
        ("[dahe.example.gov.cn]", "[WWW.Yunxi.example.gov.cn]", "portal's own host"),
        ("[dahe.example.gov.cn]", '["http://x/"]', "no host name"),
        ("[dahe.example.gov.cn]", '["dahe.example.gov.cn:8080"]', "no host name"),
        ("http://www.dahe.example.gov.cn/", "http://2130706433/", "no host name"),
        ("id: dahe", "id: all", "can't be an id"),
        ("http://www.dahe.example.gov.cn/", "ftp://www.dahe.example.gov.cn/", "no web address"),
        ("harvest:\n", "harvest:\n  concurrency: 0\n", "“concurrency” must be at least 1"),
        ("harvest:\n", "harvest:\n  timeout: -1\n", "“timeout” must be at least"),
        ("harvest:\n", "harvest:\n  limit: 0\n", "“limit” must be at least 1"),
        ("harvest:\n", "harvest:\n  max_total: 0\n", "“max_total” must be at least 1"),
        ("harvest:\n", "harvest:\n  hours: 20-7\n", "“20-7” are no hours"),
        ("harvest:\n", "harvest:\n  hours: 20:00\n", "“20:00” are no hours"),
        ("harvest:\n", "harvest:\n  tls: off\n", "“off” can't stand for “tls”"),
        ("[dahe.example.gov.cn]", "[大河..政务]", "no host name"),
        ("http://www.dahe", "http://clerk:s3cret@www.dahe", "User and password do not belong"),
    ],
)
def test_site_file_is_refused(project: Project, old: str, new: str, reason: str) -> None:
    change(project, old, new)
    with pytest.raises(ConfigError, match=reason) as caught:
        project.site("dahe")
    assert caught.value.line > 1
    assert caught.value.hint
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_deep_nesting_is_no_crash(project: Project) -> None:
    (project.mappings / "sites" / "dahe.yaml").write_text("[" * 5000, encoding="utf-8")
    with pytest.raises(ConfigError):
        project.site("dahe")

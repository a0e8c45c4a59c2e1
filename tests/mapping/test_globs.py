"""Globs on paths: tables of truth, and laws that hold for any path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.urls import glob_pattern

NAMES = st.text(st.sampled_from("abZ中.()[]+^$|{}-_ \n"), min_size=1, max_size=8)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map(lambda names: "/" + "/".join(names))


def fits(glob: str, path: str, *, case_sensitive: bool = True) -> bool:
    return glob_pattern(glob, case_sensitive=case_sensitive).fullmatch(path) is not None


@pytest.mark.parametrize(
    ("glob", "path", "wanted"),
    [
        ("/a/**", "/a/", True),
        ("/a/**", "/a/b/c.html", True),
        ("/a/**", "/a", False),
        ("/a/**", "/ab/c", False),
        ("/a/*", "/a/b.html", True),
        ("/a/*", "/a/b/c.html", False),
        ("/a/*.html", "/a/.html", True),
        ("/**/t*.html", "/a/b/t2016_1.html", True),
        ("/t?_1.html", "/t5_1.html", True),
        ("/t?_1.html", "/t/_1.html", False),
        ("/a.html", "/aXhtml", False),
        ("/a+b(1)", "/a+b(1)", True),
        ("/通知/*", "/通知/1.html", True),
    ],
)
def test_table(glob: str, path: str, wanted: bool) -> None:
    assert fits(glob, path) is wanted


@given(PATHS)
def test_a_path_without_wildcards_takes_itself_and_its_folder_takes_it(path: str) -> None:
    assert fits(path, path)
    assert not fits(path, path + "x")
    assert fits("/**", path)
    assert fits(path.rpartition("/")[0] + "/*", path)


@given(PATHS, NAMES)
def test_one_star_stays_in_its_folder(path: str, name: str) -> None:
    assert fits(path + "/*", f"{path}/{name}")
    assert not fits(path + "/*", f"{path}/{name}/{name}")
    assert fits(path + "/**", f"{path}/{name}/{name}")


@given(PATHS)
def test_case_counts_only_where_it_counts(path: str) -> None:
    assert fits(path.upper(), path.lower(), case_sensitive=False)
    assert fits(path.upper(), path) is (path.upper() == path)

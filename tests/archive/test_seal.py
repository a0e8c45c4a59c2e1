"""What is known of WARC files while they grow is what their seal says in the end."""

from contextlib import closing
from pathlib import Path

import pytest

from migrate.archive import seal as sealing
from migrate.archive.seal import Growing, seal, seals, sha256_of
from migrate.archive.warc import WarcWriter, digest_of, warc_files
from tests.archive.test_warc import STAMP, answer


def write(folder: Path, growing: Growing, numbers: range, max_file: int = 4000) -> None:
    """Write answers, telling of every third: that is when harvests commit."""
    with closing(WarcWriter(folder / "warc", STAMP, info={}, max_file=max_file)) as writer:
        for number in numbers:
            body = bytes(str(number), "ascii") * 50
            writer.write(answer(body), digest_of(body))
            if number % 3 == 0:
                writer.sync()
                growing.reach(*writer.place)
        writer.sync()
        growing.reach(*writer.place)


def test_files_that_grow(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    write(tmp_path, growing, range(40))
    files = warc_files(tmp_path)
    assert len(files) > 3
    assert growing.whole() == {path.name: sha256_of(path) for path in files}


def test_another_run_goes_on(tmp_path: Path) -> None:
    """Files that it did not write are read for the seal."""
    write(tmp_path, Growing(tmp_path), range(10), max_file=2000)
    before = warc_files(tmp_path)
    growing = Growing(tmp_path)
    write(tmp_path, growing, range(10, 20), max_file=2000)
    right = {path.name: sha256_of(path) for path in warc_files(tmp_path)}
    known = growing.whole()
    assert known.items() < right.items() and set(right) - set(known) <= {path.name for path in before}
    seal(tmp_path, STAMP, known)
    assert seals(tmp_path) == right


def test_what_would_take_long_is_left_for_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_AT_ONCE", 3000)
    write(tmp_path, Growing(tmp_path), range(10), max_file=1_000_000)
    growing = Growing(tmp_path)
    write(tmp_path, growing, range(10, 13), max_file=1_000_000)
    assert growing.whole() == {}
    seal(tmp_path, STAMP, growing.whole())
    assert seals(tmp_path) == {path.name: sha256_of(path) for path in warc_files(tmp_path)}


def test_a_file_that_has_more_than_was_told_of_is_read_whole(tmp_path: Path) -> None:
    growing = Growing(tmp_path)
    write(tmp_path, growing, range(3))
    with warc_files(tmp_path)[0].open("ab") as file:
        file.write(b"more")
    assert growing.whole() == {}

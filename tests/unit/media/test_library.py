import os
import time
from pathlib import Path

import pytest

from dreambridge.media.library import Library


def an_id(number: int) -> str:
    return "art_" + "abcdefghijklmnopqrstuvwxyz234567"[number] * 26


def store(library: Library, number: int, *, size: int = 10, age: float = 0) -> str:
    made = library.incoming(an_id(number))
    made.write_bytes(b"x" * size)
    file = library.place(made, an_id(number), "png")
    then = time.time() - age
    os.utime(library.path(file), (then, then))
    return file


def test_a_file_appears_under_its_id_and_leaves_nothing_behind(tmp_path: Path) -> None:
    library = Library(tmp_path / "artifacts")
    file = store(library, 2)
    assert file == f"cc/{an_id(2)}.png"
    assert library.path(file).read_bytes() == b"x" * 10
    assert list((tmp_path / "artifacts" / "incoming").iterdir()) == []
    assert library.total_bytes() == 10


def test_a_file_is_deleted_once(tmp_path: Path) -> None:
    library = Library(tmp_path)
    file = store(library, 1)
    assert library.delete(file) is True
    assert library.delete(file) is False
    assert library.total_bytes() == 0


@pytest.mark.parametrize("name", ["../x.png", "/etc/passwd", "aa/../../x.png", "aa/art_x.png", "incoming/x", ""])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a file"):
        Library(tmp_path).path(name)


@pytest.mark.parametrize("name", ["", "../x", "art_short", "art_" + "A" * 26, "art_" + "a" * 26 + "/.."])
def test_ids_that_are_none_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not an artifact id"):
        Library(tmp_path).incoming(name)


def test_what_a_crash_left_half_made_is_swept_at_the_next_start(tmp_path: Path) -> None:
    before = Library(tmp_path)
    file = store(before, 1)
    before.incoming(an_id(2)).write_bytes(b"half")
    before.incoming(an_id(2), "cut").write_bytes(b"half")
    library = Library(tmp_path)
    assert library.sweep() == 2
    assert library.sweep() == 0
    assert library.path(file).exists()


def test_retention_removes_the_old_ones_first_and_names_them(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for number, age in ((1, 500.0), (2, 50.0), (3, 5.0), (4, 5000.0)):
        store(library, number, age=age)
    now = time.time()
    assert library.retain(now=now, max_age=0, max_bytes=0) == ()
    assert library.retain(now=now, max_age=400, max_bytes=0) == (an_id(4), an_id(1))
    assert library.retain(now=now, max_age=400, max_bytes=15) == (an_id(2),)
    assert library.total_bytes() == 10


def test_free_space_is_told(tmp_path: Path) -> None:
    assert Library(tmp_path).free_bytes() > 0

"""The server's key: names nobody can guess, sessions nobody else can open."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.engine.sealing import KEY_FILE, Sealer, SealError, load_server_key, new_id


def test_the_key_file_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key = load_server_key(tmp_path, None)
    path = tmp_path / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_server_key(tmp_path, None) == key
    assert [each.name for each in tmp_path.iterdir()] == [KEY_FILE]


def test_a_configured_key_needs_no_file(tmp_path: Path) -> None:
    assert load_server_key(tmp_path, "s" * 40) == b"s" * 40
    assert list(tmp_path.iterdir()) == []


def test_two_servers_make_two_keys(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert load_server_key(tmp_path / "a", None) != load_server_key(tmp_path / "b", None)


def test_a_short_key_is_refused_without_being_shown() -> None:
    with pytest.raises(SealError, match="31 bytes") as caught:
        Sealer(b"q" * 31)
    assert "qqq" not in str(caught.value)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_what_was_sealed_opens_again_and_shows_nothing(text: str) -> None:
    sealer = Sealer(b"k" * 32)
    sealed = sealer.seal(text)
    assert sealer.open(sealed) == text
    if len(text) > 8:
        assert text.encode() not in sealed


def test_another_key_opens_nothing() -> None:
    sealed = Sealer(b"k" * 32).seal("a session")
    with pytest.raises(SealError, match="another secret key"):
        Sealer(b"l" * 32).open(sealed)


def test_altered_text_does_not_open() -> None:
    sealer = Sealer(b"k" * 32)
    sealed = bytearray(sealer.seal("a session"))
    sealed[20] ^= 1
    with pytest.raises(SealError):
        sealer.open(bytes(sealed))


def test_names_follow_from_key_purpose_and_parts_only() -> None:
    one, other = Sealer(b"k" * 32), Sealer(b"l" * 32)
    assert one.name("owner", "a", "b") == Sealer(b"k" * 32).name("owner", "a", "b")
    names = {
        one.name("owner", "a", "b"),
        one.name("owner", "ab"),
        one.name("owner", "b", "a"),
        one.name("account", "a", "b"),
        other.name("owner", "a", "b"),
    }
    assert len(names) == 5
    assert {len(name) for name in names} == {26}


def test_ids_are_long_and_never_the_same() -> None:
    ids = {new_id("job") for _ in range(2000)}
    assert len(ids) == 2000
    assert all(each.startswith("job_") and len(each) == 30 for each in ids)

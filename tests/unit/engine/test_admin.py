"""The operator's key."""

import stat
from pathlib import Path

import pytest

from dreambridge.engine.admin import ADMIN_FILE, ADMIN_PREFIX, AdminKey, load_admin_key
from dreambridge.engine.sealing import SealError


def test_the_key_is_made_once_readable_by_its_owner_only_and_never_the_same(tmp_path: Path) -> None:
    load_admin_key(tmp_path)
    path = tmp_path / ADMIN_FILE
    text = path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert text.startswith(ADMIN_PREFIX)
    assert len(text) - len(ADMIN_PREFIX) == 43  # 256 bits in base64
    assert load_admin_key(tmp_path).matches(f"Bearer {text}")
    (tmp_path / "other").mkdir()
    assert not load_admin_key(tmp_path / "other").matches(f"Bearer {text}")


@pytest.mark.parametrize("sent", ["Bearer k{0}", "bearer  k{0} ", "BEARER k{0}"])
def test_the_scheme_may_be_written_in_any_case(sent: str) -> None:
    assert AdminKey(b"k" * 40).matches(sent.format("k" * 39))


@pytest.mark.parametrize("sent", [None, "", "Bearer", "Basic {0}", "{0}", "Bearer {0}k", "Bearer kk", "Bearer \xff"])
def test_anything_else_is_not_the_key(sent: str | None) -> None:
    assert not AdminKey(b"k" * 40).matches(sent and sent.format("k" * 40))


def test_a_short_key_is_refused_without_being_shown() -> None:
    with pytest.raises(SealError, match="5 bytes") as caught:
        AdminKey(b"qqqqq")
    assert "qqq" not in str(caught.value)
    assert "q" * 3 not in repr(AdminKey(b"q" * 40))

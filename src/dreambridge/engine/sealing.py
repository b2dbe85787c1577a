"""The server's one key: it names owners and accounts, and seals the sessions that jobs still need."""

import hashlib
import hmac
import os
import secrets
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

KEY_FILE = "secret.key"
MIN_LENGTH: Final = 32
"""The fewest bytes a key may have."""


class SealError(Exception):
    """Report a key that is too short, or sealed text that this key did not seal."""


class Sealer:
    """Name and seal with keys derived from one server key."""

    def __init__(self, server_key: bytes) -> None:
        if len(server_key) < MIN_LENGTH:
            raise SealError(f"the secret key has {len(server_key)} bytes; it needs at least {MIN_LENGTH}")
        self._naming = _derive(server_key, b"names")
        self._device = _derive(server_key, b"devices")
        self._fernet = Fernet(urlsafe_b64encode(_derive(server_key, b"sessions")))

    @property
    def device_key(self) -> bytes:
        """Give the key from which device identities of sessions are derived."""
        return self._device

    def name(self, purpose: str, *parts: str) -> str:
        """Give 26 base32 characters that name these parts to us and tell nobody anything."""
        text = "\x1f".join((purpose, *parts)).encode()
        digest = hmac.new(self._naming, text, hashlib.sha256).digest()
        return b32encode(digest[:17]).decode().lower()[:26]

    def seal(self, text: str) -> bytes:
        """Encrypt a session for the database."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt what `seal` made; raise `SealError` when another key made it."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise SealError("a stored session was sealed with another secret key") from error


def load_server_key(data_dir: Path, configured: str | None) -> bytes:
    """Read the configured key, or the key file (made at the first start, mode 0600)."""
    if configured is not None:
        return configured.encode()
    return read_or_make_key(data_dir / KEY_FILE, lambda: secrets.token_urlsafe(48))


def read_or_make_key(path: Path, make: Callable[[], str]) -> bytes:
    """Read a key file, or make it, with mode 0600; raise `OSError`."""
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        return _make_key(path, make().encode())


def _make_key(path: Path, key: bytes) -> bytes:
    # Written whole under another name first: a crash leaves no half key, and a key once used is never replaced.
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return key


def new_id(prefix: str) -> str:
    """Make an unguessable id: a prefix and 26 base32 characters (130 bits)."""
    return f"{prefix}_{b32encode(secrets.token_bytes(17)).decode().lower()[:26]}"


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, b"dreambridge/" + purpose, hashlib.sha256).digest()

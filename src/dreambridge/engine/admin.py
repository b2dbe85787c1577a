"""The operator's own key: what may manage accounts and keys."""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Final

from dreambridge.domain.errors import NotPermitted
from dreambridge.engine.sealing import MIN_LENGTH, SealError, read_or_make_key

ADMIN_FILE: Final = "admin.key"
ADMIN_PREFIX: Final = "db-admin-"


class AdminKey:
    """Recognise the admin key; holds its digest alone. Raises `SealError` for a short one."""

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_LENGTH:
            raise SealError(f"the admin key has {len(key)} bytes; it needs at least {MIN_LENGTH}")
        self._digest = hashlib.sha256(key).digest()

    def matches(self, authorization: str | None) -> bool:
        """Tell whether an Authorization header carries the key; takes as long for a near miss as for a far one."""
        scheme, _, credential = (authorization or "").strip().partition(" ")
        sent = hashlib.sha256(credential.strip().encode()).digest()
        return hmac.compare_digest(sent, self._digest) and scheme.lower() == "bearer"

    def refusal(self) -> NotPermitted:
        """Say that a credential, though known, is not the admin's."""
        return NotPermitted(
            f"This needs the admin key: the content of {ADMIN_FILE} in the server's data directory.",
            code="admin_key_needed",
        )


def load_admin_key(data_dir: Path) -> AdminKey:
    """Read the key from its file, made at the first start with mode 0600; raise `OSError`, `SealError`."""
    return AdminKey(read_or_make_key(data_dir / ADMIN_FILE, lambda: ADMIN_PREFIX + secrets.token_urlsafe(32)))

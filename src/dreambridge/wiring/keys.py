"""The keys that lie in the data directory, made at the first start."""

from dataclasses import dataclass

from dreambridge.engine.admin import ADMIN_FILE, AdminKey, load_admin_key
from dreambridge.engine.sealing import KEY_FILE, Sealer, SealError, load_server_key
from dreambridge.settings import Settings
from dreambridge.store.database import DEFAULT_FILE


class StartRefused(Exception):
    """Report a configuration with which the gateway will not start; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What seals and names, and what recognises the operator."""

    sealer: Sealer
    admin: AdminKey


def open_keys(settings: Settings) -> Keys:
    """Make the data directory and read the keys, or make them; raise `StartRefused`."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Keys(_open_sealer(settings), _open_admin(settings))
    except OSError as error:
        raise StartRefused(f"the data directory {settings.data_dir} cannot be used: {error.strerror}") from error


def _open_sealer(settings: Settings) -> Sealer:
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    key_file = settings.data_dir / KEY_FILE
    if secret is None and not key_file.exists() and (settings.data_dir / DEFAULT_FILE).exists():
        raise StartRefused(
            f"{key_file} is missing, though {settings.data_dir} has been used before: without it neither the sessions "
            "of accounts nor those of unfinished jobs can be read, and nobody can see their jobs. Put the file back "
            f"(or set DREAMBRIDGE_SECRET_KEY); to begin anew, move {DEFAULT_FILE} away."
        )
    try:
        return Sealer(load_server_key(settings.data_dir, secret))
    except SealError as error:
        raise StartRefused(f"{error} ({'DREAMBRIDGE_SECRET_KEY' if secret else key_file})") from error


def _open_admin(settings: Settings) -> AdminKey:
    try:
        return load_admin_key(settings.data_dir)
    except SealError as error:
        raise StartRefused(f"{error} ({settings.data_dir / ADMIN_FILE})") from error

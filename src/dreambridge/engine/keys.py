"""Keys of this gateway: made once, known by their digest only, revoked at once."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from dreambridge.catalog import Catalog
from dreambridge.catalog.agent_planning import AGENT_NAME
from dreambridge.domain.errors import InvalidRequest, JobNotFound
from dreambridge.domain.key import DayUse, GatewayKey, KeyLimits
from dreambridge.domain.secret import Secret
from dreambridge.engine.admin import ADMIN_PREFIX
from dreambridge.engine.clock import Clock
from dreambridge.engine.sealing import Sealer, new_id
from dreambridge.store.api_keys import ApiKeys

KEY_PREFIX: Final = "db-"
_TEXT: Final = re.compile(r"db-[A-Za-z0-9_\-]{43}", re.ASCII)
# Begins the owners that keys stand for: what a key made is shown to no session, and to no other key.
KEY_OWNER: Final = "ownk_"
_LONGEST_NAME: Final = 64
_MOST_MODELS: Final = 200
# A key is read again after so many seconds, for it may have been revoked by another process; in this one it is at once.
_FRESH: Final = 5.0
# How exactly the time of the last use is kept (s).
_TOUCH: Final = 60.0


def is_key_owner(owner: str) -> bool:
    """Tell whether an owner is a gateway key."""
    return owner.startswith(KEY_OWNER)


def is_key_text(text: str) -> bool:
    """Tell whether a text has the form of a gateway key, or of the admin key."""
    return _TEXT.fullmatch(text.replace(ADMIN_PREFIX, KEY_PREFIX, 1)) is not None


def day_of(moment: float) -> str:
    """Name the day of UTC of a moment (epoch seconds)."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


class KeyDesk:
    """Make, list, change, revoke and know keys."""

    def __init__(
        self,
        keys: ApiKeys,
        *,
        catalog: Catalog,
        sealer: Sealer,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._keys = keys
        self._catalog = catalog
        self._sealer = sealer
        self._clock = clock
        self._spawn = spawn
        # By digest, each with the moment it was read.
        self._known: dict[str, tuple[GatewayKey, float]] = {}
        self._owners: dict[str, str] = {}

    async def load(self) -> None:
        """Take up the keys there are, so that jobs under way are counted for theirs."""
        for key in await self._keys.all():
            self._take(key)

    async def create(self, name: str, limits: KeyLimits, *, admin: bool = False) -> tuple[GatewayKey, Secret]:
        """Make a key; the text of it is given this once and kept nowhere. Raises `InvalidRequest`."""
        name = _clean_name(name)
        self._check_limits(limits)
        text = KEY_PREFIX + secrets.token_urlsafe(32)
        key = GatewayKey(
            id=new_id("key"),
            name=name,
            digest=_digest(text),
            hint=text[-4:],
            created_at=self._clock.now(),
            limits=limits,
            admin=admin,
        )
        if not await self._keys.add(key):
            raise _name_taken(name)
        self._take(key)
        return key, Secret(text)

    async def list(self) -> tuple[GatewayKey, ...]:
        """Give every key, oldest first, revoked ones among them."""
        return await self._keys.all()

    async def get(self, key_id: str) -> GatewayKey:
        """Give a key, revoked or not; raise `JobNotFound`."""
        found = next((key for key in await self._keys.all() if key.id == key_id), None)
        if found is None:
            raise JobNotFound("There is no such key; GET /v1/keys lists them.", code="key_not_found", param="id")
        return found

    async def change(self, key_id: str, *, name: str | None = None, limits: KeyLimits | None = None) -> GatewayKey:
        """Change the name or the limits of a key, from its next request on. Raises `InvalidRequest`, `JobNotFound`."""
        key = await self.get(key_id)
        changed = replace(key, name=key.name if name is None else _clean_name(name), limits=limits or key.limits)
        self._check_limits(changed.limits)
        if not await self._keys.change(key.id, changed.name, changed.limits):
            raise _name_taken(changed.name)
        self._take(changed)
        return changed

    async def revoke(self, key_id: str) -> GatewayKey:
        """Refuse a key from now on; its jobs go on, and what it used stays known. Raises `JobNotFound`."""
        key = await self.get(key_id)
        if key.revoked_at is None:
            key = replace(key, revoked_at=self._clock.now())
            self._take(key)
            await self._keys.revoke(key.id, key.revoked_at or 0.0)
        return key

    async def verify(self, text: str) -> GatewayKey | None:
        """Find the key of a text that is not revoked; asks no site."""
        if not _TEXT.fullmatch(text):
            return None
        digest, now = _digest(text), self._clock.now()
        key, read_at = self._known.get(digest, (None, 0.0))
        if (key is None or key.revoked_at is None) and now - read_at > _FRESH:
            key = await self._keys.find(digest)
            if key is not None:
                key = self._take(key)
        if key is None or key.revoked_at is not None or not hmac.compare_digest(key.digest, digest):
            return None
        self._touch(key, now)
        return key

    def owner_of(self, key: GatewayKey) -> str:
        """Name the owner that a key stands for."""
        return KEY_OWNER + self._sealer.name("key", key.id)

    def key_of(self, owner: str) -> str | None:
        """Give the id of the key that an owner is; `None` for owners that are no keys."""
        return self._owners.get(owner)

    async def use(self, key_id: str, *, first: str, last: str) -> tuple[DayUse, ...]:
        """Give what was made with a key on each day from one to another that has any. Raises `JobNotFound`."""
        await self.get(key_id)
        return await self._keys.use(key_id, first=first, last=last)

    def _take(self, key: GatewayKey) -> GatewayKey:
        held = self._known.get(key.digest)
        if held is not None and held[0].revoked_at is not None:
            # Read before it was revoked, and come after: what is revoked stays so.
            return held[0]
        self._known[key.digest] = (key, self._clock.now())
        self._owners[self.owner_of(key)] = key.id
        return key

    def _touch(self, key: GatewayKey, now: float) -> None:
        if key.last_used_at is None or now - key.last_used_at > _TOUCH:
            self._known[key.digest] = (replace(key, last_used_at=now), self._known[key.digest][1])
            self._spawn(self._keys.touch(key.id, now), f"touch-{key.id}")

    def _check_limits(self, limits: KeyLimits) -> None:
        for name in ("concurrency", "rpm", "credits_per_day"):
            value, least = getattr(limits, name), 0 if name == "credits_per_day" else 1
            if value is not None and value < least:
                raise InvalidRequest(
                    f"limits.{name} takes a whole number from {least}, or null for no limit.", param=f"limits.{name}"
                )
        models = limits.models
        if models is None:
            return
        if not 1 <= len(models) <= _MOST_MODELS:
            raise InvalidRequest(
                f"limits.models takes 1 to {_MOST_MODELS} names, or null for every model.", param="limits.models"
            )
        for index, name in enumerate(models):
            if not meant_by(self._catalog, name):
                raise InvalidRequest(
                    f"No model is named {name[:100]!r}; GET /v1/models lists the names.",
                    param=f"limits.models[{index}]",
                    code="model_not_found",
                )


def meant_by(catalog: Catalog, name: str) -> frozenset[str]:
    """Give the names, as requests carry them, of the models and tools that a name may mean on any site."""
    plain = name.strip().casefold()
    if plain == AGENT_NAME or plain in catalog.tools:
        return frozenset({plain})
    own, alias = catalog.answers.get(plain), catalog.alias(plain)
    return frozenset({*([own.name] if own else []), *([alias.target] if alias else [])})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _clean_name(name: str) -> str:
    clean = name.strip()
    if not 1 <= len(clean) <= _LONGEST_NAME or not clean.isprintable():
        raise InvalidRequest(f"name takes 1 to {_LONGEST_NAME} visible characters.", param="name")
    return clean


def _name_taken(name: str) -> InvalidRequest:
    return InvalidRequest(
        f"There is a key named {name!r} already (revoked ones keep theirs); choose another name.",
        param="name",
        code="name_taken",
    )

"""Who comes with a key of the server's own: one that was made for a caller, or the operator's."""

from dreambridge.domain.errors import NotAuthenticated
from dreambridge.domain.key import GatewayKey
from dreambridge.engine.admin import AdminKey
from dreambridge.engine.caller import Caller
from dreambridge.engine.keys import KEY_OWNER, KeyDesk
from dreambridge.engine.roster import Roster
from dreambridge.engine.sealing import Sealer


class Gatekeeper:
    """Turn a key into a caller; asks no site."""

    def __init__(self, keys: KeyDesk, admin: AdminKey, roster: Roster, sealer: Sealer) -> None:
        self._keys = keys
        self._admin = admin
        self._roster = roster
        self._sealer = sealer

    async def caller(self, credential: str) -> Caller:
        """Give what a key stands for: every account of the server, whatever its site, and an owner of its own.

        The admin key is a key without limits here. Raises `NotAuthenticated`.
        """
        if self._is_admins(credential):
            key, owner = None, KEY_OWNER + self._sealer.name("admin")
        else:
            key = await self._find(credential)
            owner = self._keys.owner_of(key)
        accounts = self._roster.configured()
        names, sites = (account.id for account in accounts), (account.session.site for account in accounts)
        return Caller((owner,), tuple(names), tuple(sites), key)

    async def administers(self, credential: str) -> bool:
        """Tell whether a key may look after accounts and keys. Raises `NotAuthenticated` for one that is not known."""
        return self._is_admins(credential) or (await self._find(credential)).admin

    def _is_admins(self, credential: str) -> bool:
        return self._admin.matches(f"Bearer {credential}")

    async def _find(self, credential: str) -> GatewayKey:
        key = await self._keys.verify(credential)
        if key is None:
            raise NotAuthenticated("There is no such gateway key here, or it was revoked.")
        return key

"""What every route works with."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp

from dreambridge.api.addresses import Addresses
from dreambridge.api.options import ApiOptions
from dreambridge.catalog import Catalog
from dreambridge.domain.artifact import Artifact
from dreambridge.engine.accounts import AccountDesk
from dreambridge.engine.admin import AdminKey
from dreambridge.engine.census import Census
from dreambridge.engine.credentials import Caller, CredentialReader
from dreambridge.engine.keys import KeyDesk
from dreambridge.engine.service import GenerationService
from dreambridge.engine.tokens import TokenDesk


@dataclass(frozen=True, slots=True)
class Desks:
    """What is asked besides generations: about sessions, about all jobs, about accounts and the admin, and by agents.

    `agents` is an application of its own; without it there is no `/mcp`.
    """

    tokens: TokenDesk
    census: Census
    accounts: AccountDesk
    admin: AdminKey
    keys: KeyDesk
    agents: ASGIApp | None = None


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The engine's doors, the reader of credentials, the catalogue, and the settings of the routes."""

    service: GenerationService
    credentials: CredentialReader
    catalog: Catalog
    options: ApiOptions
    addresses: Addresses
    desks: Desks

    async def caller(self, request: Request) -> Caller:
        """Name the caller of a request; may touch the network once per unknown session, never spends.

        Raises NotAuthenticated, NotPermitted, SessionExpired, SiteUnreachable.
        """
        return await self.credentials.read(request.headers.get("authorization"))

    async def is_admin(self, request: Request) -> bool:
        """Tell whether a request carries the admin key, or a gateway key that may administer; touches no network.

        Raises NotAuthenticated, NotPermitted for a credential that nothing may be asked with.
        """
        return await self.credentials.administers(request.headers.get("authorization"))

    async def admin(self, request: Request) -> None:
        """Let nobody pass but the admin key and keys that may administer; touches no network.

        Raises NotAuthenticated, NotPermitted.
        """
        if not await self.is_admin(request):
            raise self.desks.admin.refusal()

    def result_url(self, request: Request, artifact: Artifact) -> str:
        """Give the address of a result that goes into an answer: ours, or the site's own where the operator says so."""
        if self.options.site_urls:
            return artifact.source_url
        return self.addresses.artifact(request, artifact.id, artifact.extension)

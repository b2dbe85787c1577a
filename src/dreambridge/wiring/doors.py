"""What stands between the web and the engine: who a caller is, and what may be asked of their sessions."""

import asyncio
import re
from dataclasses import dataclass

from dreambridge.api.context import Desks
from dreambridge.catalog import Catalog
from dreambridge.engine.accounts import AccountDesk
from dreambridge.engine.census import Census
from dreambridge.engine.credentials import SANDBOX, CredentialReader, CredentialRules
from dreambridge.engine.detection import SiteDetector
from dreambridge.engine.gatekeeper import Gatekeeper
from dreambridge.engine.keys import KeyDesk
from dreambridge.engine.newcomers import NewcomerReader
from dreambridge.engine.register import Register
from dreambridge.engine.standings import Standings
from dreambridge.engine.tokens import TokenDesk
from dreambridge.engine.workshop import Workshop
from dreambridge.settings import Settings
from dreambridge.wiring.keys import Keys
from dreambridge.wiring.stores import Stores


@dataclass(frozen=True, slots=True)
class Doors:
    """The reader of credentials, what it asks the sites with, and the desks of the smaller questions."""

    detector: SiteDetector
    reader: CredentialReader
    desks: Desks
    standings: Standings

    async def aclose(self) -> None:
        """Stop questions under way."""
        await asyncio.gather(self.detector.aclose(), self.desks.tokens.aclose())


def build_doors(settings: Settings, shop: Workshop, keys: Keys, desk: KeyDesk, stores: Stores) -> Doors:
    """Put them together."""
    detector = SiteDetector(
        order=settings.detect_sites,
        client=shop.client,
        roster=shop.roster,
        sealer=keys.sealer,
        memory=stores.sessions,
        clock=shop.clock,
    )
    rules = _rules(settings, shop.catalog)
    gatekeeper = Gatekeeper(desk, keys.admin, shop.roster, keys.sealer)
    reader = CredentialReader(rules, keys.sealer, shop.roster, detector, gatekeeper)
    standings = Standings(stores.accounts, shop.roster, shop.spawn)
    newcomers = NewcomerReader(shop.roster, shop.client, shop.catalog, rules, settings.detect_sites)
    desks = Desks(
        tokens=TokenDesk(reader, shop.roster, shop.client, shop.clock),
        census=Census(shop.jobs, shop.notices, shop.roster),
        accounts=AccountDesk(
            shop,
            newcomers,
            Register(stores.server_accounts),
            standings,
            stores.sessions,
            low=settings.account_low_credits,
        ),
        admin=keys.admin,
        keys=desk,
    )
    return Doors(detector, reader, desks, standings)


def _rules(settings: Settings, catalog: Catalog) -> CredentialRules:
    proxies = {"public": True, "off": False}.get(settings.token_proxies, not settings.exposed)
    return CredentialRules(
        sites=frozenset(catalog.sites) - {SANDBOX},
        session=re.compile(settings.session_pattern),
        session_tokens=settings.allow_session_tokens or not settings.exposed,
        sandbox=settings.sandbox_on,
        proxies=proxies,
        keys_only=settings.require_gateway_key,
    )

"""The simulated site as a web application."""

import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Route

from dreambridge.simulator import configuration, listings, site
from dreambridge.simulator.agent import talk as agent
from dreambridge.simulator.calls import Desk, Endpoint
from dreambridge.simulator.contract import Contract
from dreambridge.simulator.control import Control
from dreambridge.simulator.gallery import Gallery
from dreambridge.simulator.media import Media
from dreambridge.simulator.settings import SimulatorOptions
from dreambridge.simulator.submitting import Submitting
from dreambridge.simulator.uploads import tokens
from dreambridge.simulator.uploads.bytes import ByteDesk
from dreambridge.simulator.uploads.storage import Storage
from dreambridge.simulator.world import World


def _endpoints(contract: Contract) -> tuple[Endpoint, ...]:
    benefits = "/commerce/v1/benefits"
    return (
        Endpoint("/mweb/v1/get_history_by_ids", "history", "mweb", "history", site.history),
        Endpoint("/mweb/v1/aigc_draft/generate", "generate", "mweb", "generate", Submitting(contract)),
        Endpoint("/mweb/v1/get_history_queue_info", "queue", "mweb", "queue", site.queue_info),
        Endpoint("/mweb/v1/aigc_draft/cancel_generate", "cancel", "mweb", "cancel", site.cancel),
        Endpoint("/mweb/v1/remove_history", "remove", "mweb", "remove", site.remove),
        Endpoint("/mweb/v1/get_common_config", "config", "mweb", "config", configuration.image_config, login=False),
        Endpoint(
            "/mweb/v1/video_generate/get_common_config",
            "config",
            "mweb",
            "video_config",
            configuration.video_config,
            login=False,
        ),
        Endpoint(
            "/mweb/v1/audio_generate/get_common_config",
            "config",
            "mweb",
            "config",
            configuration.audio_config,
            login=False,
        ),
        Endpoint("/mweb/v1/creation_agent/v2/conversation", "agent", "mweb", "agent", agent.converse),
        Endpoint("/mweb/v1/get_image_by_uri", "image", "mweb", "image", site.image_by_uri),
        Endpoint("/mweb/v1/get_local_item_list", "items", "mweb", "items", listings.local_items),
        Endpoint("/mweb/v1/get_asset_list", "assets", "mweb", "assets", listings.asset_list),
        Endpoint("/mweb/v1/get_history", "records", "mweb", "records", listings.history_list),
        Endpoint("/mweb/v1/get_upload_token", "token", "mweb", "token", tokens.upload_token),
        Endpoint("/mweb/v1/algo_proxy", "check", "mweb", "check", tokens.algo_proxy),
        Endpoint("/mweb/v1/imagex/submit_audit_job", "audit", "mweb", "audit_job", tokens.submit_audit_job),
        Endpoint("/mweb/v1/execute_generate_audit", "audit", "mweb", "audit", tokens.generate_audit),
        Endpoint("/mweb/v1/update_settings", "settings", "mweb", "settings", site.update_settings),
        Endpoint(f"{benefits}/user_credit", "credit", "commerce", "credit", site.user_credit),
        Endpoint(f"{benefits}/credit_receive", "claim", "commerce", "claim", site.credit_receive),
        Endpoint(f"{benefits}/user_credit_history", "ledger", "commerce", "ledger", site.credit_history),
        Endpoint("/commerce/v1/subscription/user_info", "member", "commerce", "member", site.subscription),
        Endpoint("/passport/account/info/v2", "passport", "passport", "passport", site.passport),
        Endpoint("/passport/web/account/info/", "passport", "passport", "passport", site.passport),
    )


def build_simulator(options: SimulatorOptions, *, clock: Callable[[], float] = time.time) -> Starlette:
    """Return one simulated site as an application, its memory at `app.state.world`.

    All hosts of a site (pages, commerce, passport, media) answer on the one origin that it is served at. Closing a
    connection without an answer needs the server of `dreambridge.simulator.server`. `clock` tells epoch seconds.
    Raises `ValueError` for options that name an unknown scenario or distribution.
    """
    world, contract, gallery = World(options, clock), Contract(), Gallery()
    routes = [
        Route(endpoint.path, Desk(world, contract, endpoint).answer, methods=["POST"])
        for endpoint in _endpoints(contract)
    ]
    routes += [
        Route("/_simulator/{action}", Control(world).answer, methods=["GET", "POST"]),
        Route("/", Storage(world).answer, methods=["GET", "POST"]),
        Route("/upload/v1/{uri:path}", ByteDesk(world).answer, methods=["POST"]),
        Route("/{bucket}/{name}", Media(world, gallery).answer, methods=["GET"]),
    ]
    app = Starlette(routes=routes)
    app.state.world = world
    app.state.gallery = gallery
    return app

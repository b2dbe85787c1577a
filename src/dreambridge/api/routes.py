"""Every address: method, path, who answers, and its description for `/openapi.json`."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dreambridge import __version__
from dreambridge.api.agents import AgentRoutes
from dreambridge.api.context import ApiContext
from dreambridge.api.gateways.tasks import TaskRoutes
from dreambridge.api.gateways.token import TokenRoutes
from dreambridge.api.gateways.videos import GatewayVideoRoutes
from dreambridge.api.native.accounts import AccountRoutes
from dreambridge.api.native.artifacts import ArtifactRoutes
from dreambridge.api.native.assets import AssetRoutes
from dreambridge.api.native.document import DocumentRoutes
from dreambridge.api.native.events import EventRoutes
from dreambridge.api.native.guide import GuideRoutes
from dreambridge.api.native.health import HealthRoutes
from dreambridge.api.native.jobs import JobRoutes
from dreambridge.api.native.keys import KeyRoutes
from dreambridge.api.native.metrics import Metrics
from dreambridge.api.openai.chat.routes import ChatRoutes
from dreambridge.api.openai.images import ImageRoutes
from dreambridge.api.openai.models import ModelRoutes
from dreambridge.api.openai.responses.routes import ResponseRoutes
from dreambridge.api.openai.videos import VideoRoutes
from dreambridge.api.openapi import accounts as about_accounts
from dreambridge.api.openapi import artifacts as about_artifacts
from dreambridge.api.openapi import assets as about_assets
from dreambridge.api.openapi import images as about_images
from dreambridge.api.openapi import jobs as about_jobs
from dreambridge.api.openapi import keys as about_keys
from dreambridge.api.openapi import models as about_models
from dreambridge.api.openapi import server as about_server
from dreambridge.api.openapi import talks as about_talks
from dreambridge.api.openapi import tasks as about_tasks
from dreambridge.api.openapi import tokens as about_tokens
from dreambridge.api.openapi import video_tasks as about_video_tasks
from dreambridge.api.openapi import videos as about_videos
from dreambridge.api.openapi.document import build_document
from dreambridge.api.openapi.operation import Operation
from dreambridge.api.studio import StudioRoutes

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address under one method; handlers take the bare request and make the whole answer."""

    method: str
    path: str
    endpoint: Endpoint
    operation: Operation


def add_routes(app: FastAPI, context: ApiContext, metrics: Metrics) -> None:
    """Add every route, and publish their description."""
    document = DocumentRoutes()
    routes = [
        *_image_routes(context),
        *_video_routes(context),
        *_talk_routes(context),
        *_token_routes(context),
        *_native_routes(context),
        *_asset_routes(context),
        *_account_routes(context),
        *_key_routes(context),
        *_server_routes(context, document),
        Route("GET", "/metrics", metrics.answer, about_server.METRICS),
    ]
    document.publish(build_document(routes, __version__))
    for route in routes:
        _add(app, route)
    if context.desks.agents is not None:
        # What goes on behind it is described by another protocol, which describes itself.
        agents = AgentRoutes(context, context.desks.agents)
        app.router.add_route(agents.path, agents.speak, methods=["POST"], include_in_schema=False)


def _image_routes(context: ApiContext) -> Iterable[Route]:
    images, tasks = ImageRoutes(context), TaskRoutes(context)
    yield Route("POST", "/v1/images/generations", images.generate, about_images.GENERATE)
    yield Route("POST", "/v1/images/edits", images.edit, about_images.EDIT)
    yield Route("POST", "/v1/images/compositions", images.compose, about_images.COMPOSE)
    yield Route("GET", "/v1/images/tasks/{task_id}", tasks.retrieve, about_tasks.TASK)
    yield Route("POST", "/v1/images/history", tasks.history, about_tasks.HISTORY)


def _talk_routes(context: ApiContext) -> Iterable[Route]:
    chat, responses = ChatRoutes(context), ResponseRoutes(context)
    yield Route("POST", "/v1/chat/completions", chat.complete, about_talks.CHAT)
    yield Route("POST", "/v1/responses", responses.create, about_talks.RESPOND)
    yield Route("GET", "/v1/responses/{response_id}", responses.retrieve, about_talks.RETRIEVE)
    yield Route("DELETE", "/v1/responses/{response_id}", responses.delete, about_talks.DELETE)
    yield Route("POST", "/v1/responses/{response_id}/cancel", responses.cancel, about_talks.CANCEL)


def _token_routes(context: ApiContext) -> Iterable[Route]:
    tokens = TokenRoutes(context)
    yield Route("POST", "/token", tokens.look, about_tokens.LOOK)
    yield Route("POST", "/token/check", tokens.check, about_tokens.CHECK)
    yield Route("POST", "/token/points", tokens.points, about_tokens.POINTS)
    yield Route("POST", "/token/receive", tokens.receive, about_tokens.RECEIVE)


def _video_routes(context: ApiContext) -> Iterable[Route]:
    videos, others = VideoRoutes(context), GatewayVideoRoutes(context)
    yield Route("POST", "/v1/videos/generations", others.generate, about_videos.GENERATE)
    yield Route("POST", "/v1/video/generations", others.start, about_video_tasks.START)
    yield Route("GET", "/v1/video/generations/{video_id}", others.retrieve, about_video_tasks.TASK)
    yield Route("POST", "/v1/videos", videos.create, about_videos.CREATE)
    yield Route("GET", "/v1/videos", videos.list, about_videos.LIST)
    yield Route("GET", "/v1/videos/{video_id}", videos.retrieve, about_videos.RETRIEVE)
    yield Route("DELETE", "/v1/videos/{video_id}", videos.delete, about_videos.DELETE)
    yield Route("GET", "/v1/videos/{video_id}/content", videos.content, about_videos.CONTENT)
    yield Route("POST", "/v1/videos/{video_id}/remix", videos.remix, about_videos.REMIX)


def _native_routes(context: ApiContext) -> Iterable[Route]:
    models, jobs, artifacts = ModelRoutes(context), JobRoutes(context), ArtifactRoutes(context)
    yield Route("GET", "/v1/models", models.list, about_models.LIST)
    # An id may hold a slash, and servers hand the path over decoded.
    yield Route("GET", "/v1/models/{model_id:path}", models.retrieve, about_models.RETRIEVE)
    yield Route("GET", "/v1/jobs", jobs.list, about_jobs.LIST)
    yield Route("GET", "/v1/jobs/{job_id}", jobs.retrieve, about_jobs.RETRIEVE)
    yield Route("DELETE", "/v1/jobs/{job_id}", jobs.delete, about_jobs.DELETE)
    yield Route("POST", "/v1/jobs/{job_id}/cancel", jobs.cancel, about_jobs.CANCEL)
    yield Route("GET", "/v1/jobs/{job_id}/events", EventRoutes(context).follow, about_jobs.EVENTS)
    yield Route("GET", "/v1/artifacts/{name}", artifacts.retrieve, about_artifacts.RETRIEVE)
    yield Route("DELETE", "/v1/artifacts/{name}", artifacts.delete, about_artifacts.DELETE)


def _asset_routes(context: ApiContext) -> Iterable[Route]:
    assets = AssetRoutes(context)
    yield Route("POST", "/v1/assets", assets.create, about_assets.CREATE)
    yield Route("GET", "/v1/assets", assets.list, about_assets.LIST)
    yield Route("GET", "/v1/assets/{asset_id}", assets.retrieve, about_assets.RETRIEVE)
    yield Route("DELETE", "/v1/assets/{asset_id}", assets.delete, about_assets.DELETE)
    yield Route("GET", "/v1/assets/{asset_id}/content", assets.content, about_assets.CONTENT)


def _account_routes(context: ApiContext) -> Iterable[Route]:
    accounts = AccountRoutes(context)
    yield Route("GET", "/v1/accounts", accounts.list, about_accounts.LIST)
    yield Route("POST", "/v1/accounts", accounts.create, about_accounts.CREATE)
    yield Route("GET", "/v1/accounts/{account_id}", accounts.retrieve, about_accounts.RETRIEVE)
    yield Route("PATCH", "/v1/accounts/{account_id}", accounts.change, about_accounts.CHANGE)
    yield Route("DELETE", "/v1/accounts/{account_id}", accounts.remove, about_accounts.REMOVE)
    yield Route("POST", "/v1/accounts/{account_id}/check", accounts.check, about_accounts.CHECK)


def _key_routes(context: ApiContext) -> Iterable[Route]:
    keys = KeyRoutes(context)
    yield Route("GET", "/v1/keys", keys.list, about_keys.LIST)
    yield Route("POST", "/v1/keys", keys.create, about_keys.CREATE)
    yield Route("GET", "/v1/keys/{key_id}", keys.retrieve, about_keys.RETRIEVE)
    yield Route("PATCH", "/v1/keys/{key_id}", keys.change, about_keys.CHANGE)
    yield Route("DELETE", "/v1/keys/{key_id}", keys.revoke, about_keys.REVOKE)
    yield Route("GET", "/v1/keys/{key_id}/usage", keys.use, about_keys.USE)


def _server_routes(context: ApiContext, document: DocumentRoutes) -> Iterable[Route]:
    health = HealthRoutes(context)
    studio = StudioRoutes(health.root)
    yield Route("GET", "/ping", health.ping, about_server.PING)
    yield Route("GET", "/health", health.health, about_server.HEALTH)
    yield Route("GET", "/livez", health.live, about_server.LIVE)
    yield Route("GET", "/readyz", health.ready, about_server.READY)
    yield Route("GET", "/", studio.page, about_server.ROOT)
    yield Route("GET", "/studio/{file}", studio.file, about_server.STUDIO_FILE)
    yield Route("GET", "/llms.txt", GuideRoutes(context).answer, about_server.GUIDE)
    yield Route("GET", "/openapi.json", document.document, about_server.DOCUMENT)
    yield Route("GET", "/docs", document.page, about_server.PAGE)
    yield Route("GET", "/docs/{asset}", document.asset, about_server.ASSET)


def _add(app: FastAPI, route: Route) -> None:
    """Add one route; what answers GET answers HEAD. Bodies are read by our own reader."""
    for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
        app.router.add_api_route(
            route.path, route.endpoint, methods=[method], response_model=None, include_in_schema=False
        )

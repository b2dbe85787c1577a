"""The web application: every route, and what stands around them."""

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from dreambridge import __version__
from dreambridge.api.addresses import Addresses
from dreambridge.api.context import ApiContext
from dreambridge.api.errors import ErrorBoundary, answer_framework_error, answer_gateway_error
from dreambridge.api.gate import Gate
from dreambridge.api.gateways.tasks import TaskRoutes
from dreambridge.api.native.artifacts import ArtifactRoutes
from dreambridge.api.native.health import HealthRoutes
from dreambridge.api.native.jobs import JobRoutes
from dreambridge.api.openai.images import ImageRoutes
from dreambridge.api.openai.models import ModelRoutes
from dreambridge.api.openai.schemas import ImageBody
from dreambridge.api.options import ApiOptions
from dreambridge.catalog import Catalog
from dreambridge.domain.errors import GatewayError
from dreambridge.engine.credentials import CredentialReader
from dreambridge.engine.service import GenerationService

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Endpoint = Callable[[Request], Awaitable[Response]]


def build_app(
    service: GenerationService,
    credentials: CredentialReader,
    catalog: Catalog,
    options: ApiOptions,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Build the application; what it stands on is made, started and stopped by the caller or in `lifespan`."""
    addresses = Addresses(options)
    context = ApiContext(service, credentials, catalog, options, addresses)
    app = FastAPI(
        title="Dreambridge",
        version=__version__,
        # The framework's pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            Middleware(Gate, addresses=addresses, max_body_bytes=options.max_upload_bytes),
            Middleware(ErrorBoundary),
        ],
        exception_handlers={
            GatewayError: answer_gateway_error,
            HTTPException: answer_framework_error,
            RequestValidationError: answer_framework_error,
        },
    )
    _add_routes(app, context)
    return app


def _add_routes(app: FastAPI, context: ApiContext) -> None:
    images, models, tasks = ImageRoutes(context), ModelRoutes(context), TaskRoutes(context)
    jobs, artifacts, health = JobRoutes(context), ArtifactRoutes(context), HealthRoutes(context)
    body = {"content": {"application/json": {"schema": ImageBody.model_json_schema()}}, "required": True}
    _add(app, "POST", "/v1/images/generations", images.generate, requestBody=body)
    _add(app, "POST", "/v1/images/edits", images.edit, requestBody=body)
    _add(app, "POST", "/v1/images/compositions", images.compose, requestBody=body)
    _add(app, "GET", "/v1/images/tasks/{task_id}", tasks.retrieve)
    _add(app, "GET", "/v1/models", models.list)
    # An id may hold a slash, and servers hand the path over decoded.
    _add(app, "GET", "/v1/models/{model_id:path}", models.retrieve)
    _add(app, "GET", "/v1/jobs", jobs.list)
    _add(app, "GET", "/v1/jobs/{job_id}", jobs.retrieve)
    _add(app, "DELETE", "/v1/jobs/{job_id}", jobs.delete)
    _add(app, "POST", "/v1/jobs/{job_id}/cancel", jobs.cancel)
    _add(app, "GET", "/v1/artifacts/{name}", artifacts.retrieve)
    _add(app, "GET", "/ping", health.ping)
    _add(app, "GET", "/livez", health.live)
    _add(app, "GET", "/readyz", health.ready)
    _add(app, "GET", "/", health.root)


def _add(app: FastAPI, method: str, path: str, endpoint: Endpoint, **operation: Any) -> None:
    """Add one route; what answers GET answers HEAD.

    Handlers take the bare request: bodies are read by our own reader, answers are sent as they were made.
    """
    name = f"{method.lower()} {path}"
    if names := re.findall(r"{(\w+)", path):
        operation["parameters"] = [
            {"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in names
        ]
    app.router.add_api_route(
        path, endpoint, methods=[method], name=name, response_model=None, openapi_extra=operation or None
    )
    if method == "GET":
        app.router.add_api_route(path, endpoint, methods=["HEAD"], name=name, include_in_schema=False)

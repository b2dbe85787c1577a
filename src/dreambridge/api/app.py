"""The web application: the routes, and what stands around them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from dreambridge import __version__
from dreambridge.api.absent import add_absent_routes
from dreambridge.api.addresses import Addresses
from dreambridge.api.context import ApiContext, Desks
from dreambridge.api.cross_origin import permit_origins
from dreambridge.api.errors import ErrorBoundary, answer_framework_error, answer_gateway_error
from dreambridge.api.gate import Gate
from dreambridge.api.native.metrics import Metrics
from dreambridge.api.options import ApiOptions
from dreambridge.api.routes import add_routes
from dreambridge.catalog import Catalog
from dreambridge.domain.errors import GatewayError
from dreambridge.engine.credentials import CredentialReader
from dreambridge.engine.service import GenerationService

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build_app(
    service: GenerationService,
    credentials: CredentialReader,
    catalog: Catalog,
    options: ApiOptions,
    desks: Desks,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Build the application; what it stands on is made, started and stopped by the caller or in `lifespan`."""
    addresses = Addresses(options)
    context = ApiContext(service, credentials, catalog, options, addresses, desks)
    metrics = Metrics(desks.census)
    app = FastAPI(
        title="Dreambridge",
        version=__version__,
        # The framework's pages load scripts from other hosts, and its document knows nothing of bare requests.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            # Outermost: a refusal, too, is to be read by the page it concerns.
            *permit_origins(options.allowed_origins),
            Middleware(Gate, addresses=addresses, max_body_bytes=options.max_upload_bytes, observe=metrics.observe),
            Middleware(ErrorBoundary),
        ],
        exception_handlers={
            GatewayError: answer_gateway_error,
            HTTPException: answer_framework_error,
            RequestValidationError: answer_framework_error,
        },
    )
    add_absent_routes(app)
    add_routes(app, context, metrics)
    return app

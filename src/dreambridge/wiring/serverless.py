"""An ASGI application for hosts that keep a process only while requests come, and cut answers that take long.

Calls for pictures answer with a task at once. What is under way goes on whenever the process is awake: each look at a
task keeps it awake for a while, and a new process takes up from the database what the one before it left.
"""

import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from dreambridge.domain.errors import GatewayError
from dreambridge.domain.key import ImagesMode
from dreambridge.logs import configure_logs
from dreambridge.settings import ResultUrls, Settings
from dreambridge.wiring.gateway import Gateway, open_gateway
from dreambridge.wiring.keys import StartRefused

# Below the ten seconds that the shortest limits allow.
_LOOK_SECONDS: Final = 8.0
# What other calls may take to answer, below a limit of 30 seconds; operators with more time set their own.
_SHORT_WAIT: Final = 25.0
_TASK: Final = re.compile(r"/((?:job|video)_[a-z2-7]{26})$")


def read_settings(environment: Settings | None = None) -> Settings:
    """Give the settings of such a host: what the operator did not set is chosen for it.

    Raises `StartRefused` without a database server: what such a host keeps on its own disk is gone with the process.
    """
    nothing: dict[str, Any] = {}
    given = environment or Settings(**nothing)
    url = given.database_url.get_secret_value() if given.database_url is not None else "sqlite"
    if url.startswith("sqlite"):
        raise StartRefused(
            "refusing to start: this host keeps no disk, so jobs that were paid for would be lost. Set "
            "DREAMBRIDGE_DATABASE_URL to a PostgreSQL (postgresql://…), and DREAMBRIDGE_SECRET_KEY."
        )
    chosen: dict[str, Any] = {
        "data_dir": Path(tempfile.gettempdir()) / "dreambridge",
        "result_urls": ResultUrls.SITE,
        "sync_wait_images": _SHORT_WAIT,
        "sync_wait_videos": _SHORT_WAIT,
    }
    fixed: dict[str, Any] = {
        "images_mode": ImagesMode.TASK,
        # The host listens for us, and to everybody: the rules for that count.
        "host": "0.0.0.0",  # noqa: S104 - nothing is bound here
    }
    values = {name: getattr(given, name) for name in given.model_fields_set}
    return Settings(**{**chosen, **values, **fixed})


class Serverless:
    """Open the gateway when the host begins the application, and close it when the host ends it."""

    def __init__(self, settings: Callable[[], Settings] = read_settings) -> None:
        self._read = settings
        self._gateway: Gateway | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Live through the host's lifespan, or hand a request to the gateway."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if self._gateway is None:
            raise RuntimeError("this host did not begin the application (ASGI lifespan): the gateway is not open")
        if scope["type"] == "http" and scope["method"] == "GET" and (named := _TASK.search(scope["path"])):
            with suppress(GatewayError):  # the route says what is wrong
                await self._gateway.service.wait(named[1], _LOOK_SECONDS)
        await self._gateway.app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            settings = self._read()
            configure_logs(settings.log_level, settings.log_format)
            async with open_gateway(settings) as self._gateway:
                await send({"type": "lifespan.startup.complete"})
                await receive()
                self._gateway.service.stop()
        except StartRefused as refusal:
            # Not every host shows what the application said of its failure.
            sys.stderr.write(f"{refusal}\n")
            await send({"type": "lifespan.startup.failed", "message": str(refusal)})
            return
        finally:
            self._gateway = None
        await send({"type": "lifespan.shutdown.complete"})


app: Final = Serverless()

"""One simulated site over real HTTP, and the upstream's own client, uploader and transport in front of it."""

import asyncio
import hashlib
import io
import time
import uuid
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import stamina
from PIL import Image

from dreambridge.catalog import Catalog, load_catalog
from dreambridge.domain.account import Session
from dreambridge.domain.followup import ToolRequest
from dreambridge.domain.generation import Dimensions, GenerationRequest, InputKind, MediaInput
from dreambridge.domain.secret import Secret
from dreambridge.domain.submission import HistoryRecord, RecordStatus, Submission, SubmissionState, UploadedInput
from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.settings import Cluster, SimulatorOptions
from dreambridge.simulator.world import Registration
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.outcomes import Accepted, SubmitOutcome
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.uploader import Uploader, UploadSource
from dreambridge.upstream.wire.identity import derive_device

CLUSTERS: dict[str, Cluster] = {"cn": "cn", "us": "us", "hk": "asia", "jp": "asia", "sg": "asia", "sandbox": "sandbox"}
QUICK: dict[str, Any] = {
    "strict": True,
    "time_scale": 0.01,
    "generation": "fixed:10",
    "tiny_items": True,
    "credit": 100_000,
}


def picture(seed: int = 0, width: int = 64, height: int = 48) -> bytes:
    """Draw a small picture; every seed has its own."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), ((seed * 37) % 256, seed % 256, 90)).save(file, "PNG")
    return file.getvalue()


def sound(seconds: float) -> bytes:
    """Record silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * round(8000 * seconds))
    return file.getvalue()


@dataclass
class Bench:
    """A site, and everything of ours that speaks to it."""

    site: str
    server: SimulatorServer
    catalog: Catalog
    transport: AiohttpTransport
    client: UpstreamClient
    uploader: Uploader
    folder: Path
    ahead: list[float]

    def pass_time(self, seconds: float) -> None:
        """Let some time pass for us; not for the site."""
        self.ahead[0] += seconds

    def session(self, name: str = "made-up-session") -> Session:
        token = Secret(name)
        web_id, user_id = derive_device(b"key", self.site, token)
        return Session(self.site, token, web_id, user_id)

    def source(
        self,
        content: bytes,
        kind: InputKind = InputKind.IMAGE,
        dimensions: Dimensions | None = None,
        seconds: float | None = None,
        extension: str = ".png",
    ) -> UploadSource:
        """Lay an input down as the gateway would."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.folder / digest
        path.write_bytes(content)
        media = MediaInput(
            digest, kind, f"{kind}/x", extension, len(content), digest, dimensions=dimensions, seconds=seconds
        )
        return UploadSource(media, path)

    async def submit(
        self,
        request: GenerationRequest | ToolRequest,
        uploads: dict[str, UploadedInput] | None = None,
        name: str = "made-up-session",
    ) -> SubmitOutcome:
        intent = Submission(
            part=0,
            count=request.parts[0],
            state=SubmissionState.INTENDED,
            submit_id=str(uuid.uuid4()),
            sends=1,
            send_before=time.time() + 10,
        )
        return await self.client.submit(self.session(name), request, intent, uploads or {})

    async def bring(
        self, request: GenerationRequest | ToolRequest, name: str = "made-up-session"
    ) -> dict[str, UploadedInput]:
        """Bring the inputs of a request to the site."""
        sources = [UploadSource(each, self.folder / each.file) for each in getattr(request, "inputs", ())]
        return await self.uploader.upload(self.session(name), sources)

    async def made(self, request: GenerationRequest | ToolRequest, name: str = "made-up-session") -> HistoryRecord:
        """Bring the inputs, submit, and follow the record to its end."""
        outcome = await self.submit(request, await self.bring(request, name), name)
        assert isinstance(outcome, Accepted), (outcome, list(self.server.world.refusals))
        submit_id = str(outcome.record.submit_id)
        async with asyncio.timeout(20):
            while True:
                found = await self.client.fetch_history(self.session(name), {submit_id: request.parts[0]})
                record = found.get(submit_id)
                if record and record.status in {RecordStatus.DONE, RecordStatus.FAILED}:
                    return record
                await asyncio.sleep(0.02)

    @property
    def refusals(self) -> list[Any]:
        """List what the site refused for being wrong, not for a scenario's sake."""
        return [each for each in self.server.world.refusals if each["contract"]]

    def calls(self, name: str) -> int:
        return int(self.server.world.stats.calls[name])


OpenBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def open_bench(tmp_path: Path) -> AsyncIterator[OpenBench]:
    """Give the maker of benches; `site` is a name of the catalogue, the rest are options of the simulator."""
    stamina.set_testing(True, attempts=4, cap=True)
    async with AsyncExitStack() as stack:

        async def opener(site: str = "us", **options: Any) -> Bench:
            server = SimulatorServer(SimulatorOptions(cluster=CLUSTERS[site], **{**QUICK, **options}))
            base = await server.start()
            server.world.register(Registration(session="made-up-session", member=True))
            stack.push_async_callback(server.stop)
            transport = AiohttpTransport(total_timeout=5)
            stack.push_async_callback(transport.aclose)
            catalog = load_catalog().with_base(site, base)
            ahead = [0.0]
            needs: dict[str, Any] = {"clock": lambda: time.time() + ahead[0], "new_id": lambda: str(uuid.uuid4())}
            client, uploader = UpstreamClient(transport, catalog, **needs), Uploader(transport, catalog, **needs)
            return Bench(site, server, catalog, transport, client, uploader, tmp_path, ahead)

        yield opener
    stamina.set_testing(False)


@pytest.fixture
def draw() -> Callable[..., bytes]:
    """Give the maker of pictures."""
    return picture


@pytest.fixture
def record_sound() -> Callable[[float], bytes]:
    """Give the maker of sounds."""
    return sound

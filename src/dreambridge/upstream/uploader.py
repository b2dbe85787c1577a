"""Brings files to a site: one plan from `wire/upload`, walked over a transport, all files of a job at once."""

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import stamina

from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.site import Site
from dreambridge.domain.account import Session
from dreambridge.domain.errors import AnswerUnreadable, SiteRefused, SiteUnreachable
from dreambridge.domain.generation import MediaInput
from dreambridge.domain.submission import UploadedInput
from dreambridge.upstream.failures import AnswerTooLargeError, MaybeSentError, NeverSentError
from dreambridge.upstream.seam import Transport
from dreambridge.upstream.wire import upload, uploaded
from dreambridge.upstream.wire.call import Answer, Call
from dreambridge.upstream.wire.envelope import open_envelope
from dreambridge.upstream.wire.identity import build_call
from dreambridge.upstream.wire.reading import read_document
from dreambridge.upstream.wire.upload import Grant, Opening, Route

T = TypeVar("T")

# An upload costs nothing: whatever went wrong on the way, it is tried again, alone.
_REPEATED: Final = (SiteUnreachable, SiteRefused, AnswerUnreadable)
_ATTEMPTS: Final = 4
_SECONDS: Final = 300.0
_FIRST_WAIT: Final = 0.2
# Held of each file at a time, and how many files are on their way at once, over all jobs.
_PIECE: Final = 1 << 18
_FILES_AT_ONCE: Final = 32
_GRANTS_KEPT: Final = 1000
# A call may take this long, and its bytes so much longer at the slowest pace (bytes per second) that is waited for.
_CALL_SECONDS: Final = 30.0
_SLOWEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class UploadSource:
    """An input and the file that holds its bytes."""

    input: MediaInput
    path: Path


@dataclass(slots=True)
class _Leave:
    """The newest grant of one session and route; `lock` keeps it asked for once."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    grant: Grant | None = None


class Uploader:
    """Bring inputs to any site for any session; keeps only the leave to upload, in memory, while it is valid.

    `clock` gives epoch seconds and `new_id` UUIDs.
    """

    def __init__(
        self, transport: Transport, catalog: Catalog, *, clock: Callable[[], float], new_id: Callable[[], str]
    ) -> None:
        self._transport = transport
        self._catalog = catalog
        self._clock = clock
        self._new_id = new_id
        self._leaves: OrderedDict[tuple[Session, Route], _Leave] = OrderedDict()
        self._places = asyncio.Semaphore(_FILES_AT_ONCE)

    async def upload(self, session: Session, sources: Sequence[UploadSource]) -> dict[str, UploadedInput]:
        """Bring inputs to a session's site over the network, all at once; gives them by `sha256`; spends nothing.

        The same bytes go once. What fails is tried again alone, a few times. Raises what the site says of the session
        (as `UpstreamClient.fetch_history`), `InputUnusable` for a file it cannot read, and `SiteUnreachable`,
        `SiteRefused` or `AnswerUnreadable` when nothing helped; `OSError` when a file cannot be read here.
        """
        wanted = {source.input.sha256: source for source in sources}
        # Before the files, so that a refused session is asked for once and not once a file.
        routes = {upload.route_of(source.input.kind) for source in wanted.values()}
        await _all(self._again(partial(self._grant, session, route)) for route in routes)
        found = await _all(self._bring(session, source) for source in wanted.values())
        return dict(zip(wanted, found, strict=True))

    async def _bring(self, session: Session, source: UploadSource) -> UploadedInput:
        async with self._places:
            crc, size = await asyncio.to_thread(_sum_up, source.path)
            return await self._again(partial(self._walk, session, source, crc, size))

    async def _walk(self, session: Session, source: UploadSource, crc: int, size: int) -> UploadedInput:
        """Take one file through the handshake: apply, bytes, commit."""
        site = self._catalog.site(session.site)
        grant = await self._grant(session, upload.route_of(source.input.kind))
        try:
            nonce = self._new_id().replace("-", "")[:10]
            call = upload.build_apply(site, grant, size, nonce=nonce, at=self._clock())
            opening = uploaded.parse_apply(await self._send(session, call), grant, site)
            with await asyncio.to_thread(source.path.open, "rb") as file:
                await self._send_bytes(session, site, opening, file, crc=crc, size=size)
            call = upload.build_commit(site, grant, opening, at=self._clock())
            return uploaded.parse_commit(await self._send(session, call), source.input)
        except SiteRefused as error:
            if error.site_code == uploaded.DEAD_GRANT:
                self._forget(session, grant)
            raise

    async def _send_bytes(
        self, session: Session, site: Site, opening: Opening, file: BinaryIO, *, crc: int, size: int
    ) -> None:
        for address in opening.addresses:
            file.seek(0)
            call = upload.build_bytes(site, opening, address, size=size, crc=crc)
            call = replace(call, body=partial(_pieces, file))
            answer = await self._send(session, call, timeout=_CALL_SECONDS + size / _SLOWEST)
            if uploaded.parse_bytes(answer, crc):
                return
        raise SiteRefused("No host of the site's storage took the bytes of an upload.", site_code="http-204")

    async def _grant(self, session: Session, route: Route) -> Grant:
        """Give leave to upload, asked for once however many files wait for it."""
        leave = self._leave(session, route)
        async with leave.lock:
            if leave.grant is None or leave.grant.valid_until <= self._clock():
                site = self._catalog.site(session.site)
                call = build_call(site, session, upload.build_token(route), at=self._clock())
                envelope = open_envelope(read_document(await self._send(session, call)), self._catalog.codes)
                leave.grant = upload.parse_token(envelope, route, site, at=self._clock())
            return leave.grant

    def _leave(self, session: Session, route: Route) -> _Leave:
        leave = self._leaves.pop((session, route), None) or _Leave()
        self._leaves[session, route] = leave  # now the one used last
        if len(self._leaves) > _GRANTS_KEPT:
            self._leaves.popitem(last=False)
        return leave

    def _forget(self, session: Session, grant: Grant) -> None:
        """Drop leave that the storage no longer takes, unless another file has had it renewed."""
        leave = self._leaves.get((session, grant.route))
        if leave is not None and leave.grant is grant:
            leave.grant = None

    async def _send(self, session: Session, call: Call, *, timeout: float = _CALL_SECONDS) -> Answer:
        try:
            return await self._transport.send(call, proxy=session.proxy, timeout=timeout)
        except AnswerTooLargeError as error:
            raise AnswerUnreadable(f"The site could not be read: {error}.") from error
        except (NeverSentError, MaybeSentError) as error:
            raise SiteUnreachable(f"The site could not be reached: {error}.") from error

    async def _again(self, step: Callable[[], Awaitable[T]]) -> T:
        async for attempt in stamina.retry_context(
            on=_REPEATED, attempts=_ATTEMPTS, timeout=_SECONDS, wait_initial=_FIRST_WAIT
        ):
            with attempt:
                return await step()
        raise AssertionError("a retry loop ends by returning or raising")


def _sum_up(path: Path) -> tuple[int, int]:
    """Compute the CRC-32 and the size of a file, piece by piece."""
    crc = size = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
    return crc, size


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece


async def _all(steps: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run some steps at once; the first that fails ends the others, and its error is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(step) for step in steps]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]

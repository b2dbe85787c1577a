"""Speak to a running gateway over HTTP, as any other client of it does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp

from dreambridge.cli.answers import (
    GatewayUnreachable,
    Reply,
    check_job,
    explain_silence,
    read_refusal,
    read_reply,
)
from dreambridge.cli.event_stream import NoEventStream, read_events

# How often a request that got no answer is sent again. Its idempotency key makes that safe for the paid one, too.
PAUSES: Final = (0.5, 1.0, 2.0)
# The gateway's streams say something every 10 seconds.
_SILENCE: Final = 25.0
# And their heads leave at once, unless something between holds streams back.
_HEAD: Final = 5.0
_CONNECT: Final = 10.0
_PIECE: Final = 1 << 18


class Gateway:
    """One gateway and one credential; every method raises `GatewayRefused` and `GatewayUnreachable`."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, language: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}

    def job_address(self, job_id: str) -> str:
        """Give the address at which a job can be asked for."""
        return f"{self._url}/v1/jobs/{job_id}"

    async def create(self, path: str, body: Mapping[str, Any], *, key: str) -> Reply:
        """Start a generation, which spends credit of the account; the same key never spends twice."""
        headers = {"Prefer": "respond-async", "Idempotency-Key": key}
        reply = await self.ask("POST", path, headers=headers, json=body)
        # Of a job that has ended already, which a key may join, the results come instead.
        joined = reply.job_id is not None and reply.document.get("object") != "job"
        return await self.job(str(reply.job_id)) if joined else check_job(reply)

    async def job(self, job_id: str, *, again: bool = True) -> Reply:
        """Ask for a job, `again` if no answer comes."""
        return check_job(await self.ask("GET", f"/v1/jobs/{quote(job_id, safe='')}", again=again))

    async def events(self, job_id: str) -> AsyncGenerator[dict[str, Any]]:
        """Give the events of a job as they happen, until the stream ends, for whatever reason."""
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT, sock_read=_SILENCE)
        address = f"{self._url}/v1/jobs/{quote(job_id, safe='')}/events"
        try:
            async with asyncio.timeout(_HEAD):
                opened = await self._session.get(address, headers=self._headers, timeout=timeout)
            async with opened as answer:
                if answer.status >= 400:
                    raise await read_refusal(answer)
                async for event in read_events(answer.content.iter_any()):
                    yield event
        except (aiohttp.ClientError, TimeoutError, NoEventStream) as error:
            raise GatewayUnreachable(f"{self._url} tells no more of the job ({explain_silence(error)})") from error

    async def models(self) -> Reply:
        """Ask for the list of models."""
        return await self.ask("GET", "/v1/models")

    async def upload(self, path: Path, name: str, tell: Callable[[int], None]) -> Reply:
        """Hand a file in as an asset; `tell` hears how many bytes have left. Raises `OSError` for the file, too."""

        async def pieces() -> AsyncIterator[bytes]:
            sent = 0
            tell(0)
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
                    sent += len(piece)
                    tell(sent)

        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(path.stat().st_size)}  # noqa: ASYNC240 - as above
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT, sock_read=120)
        target = f"/v1/assets?{urlencode({'name': name})}"
        return await self.ask("POST", target, headers=headers, timeout=timeout, pieces=pieces)

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open the bytes of an artifact; its address is all they need, so no credential goes along."""
        try:
            timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT, sock_read=120)
            async with self._session.get(url, timeout=timeout) as answer:
                if answer.status != 200:
                    raise await read_refusal(answer)
                yield answer
        except (aiohttp.ClientError, TimeoutError) as error:
            raise GatewayUnreachable(f"a file could not be downloaded ({explain_silence(error)})") from error

    async def ask(  # noqa: PLR0913 - what a request can have
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        pieces: Callable[[], AsyncIterator[bytes]] | None = None,
        timeout: aiohttp.ClientTimeout | None = None,
        again: bool = True,
    ) -> Reply:
        """Send a request with JSON or `pieces`, `again` if no answer comes, which suits all that may happen twice."""
        options: dict[str, Any] = {"headers": {**self._headers, **(headers or {})}, "json": json}
        if timeout is not None:
            options["timeout"] = timeout
        for pause in (*PAUSES, None) if again else (None,):
            if pieces is not None:
                options["data"] = pieces()
            try:
                async with self._session.request(method, self._url + path, **options) as answer:
                    if answer.status >= 400:
                        raise await read_refusal(answer)
                    return await read_reply(answer)
            except (aiohttp.ClientError, TimeoutError) as error:
                if pause is None:
                    raise GatewayUnreachable(f"{self._url} does not answer ({explain_silence(error)})") from error
            except GatewayUnreachable:
                if pause is None:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("the loop ends by returning or raising")


@asynccontextmanager
async def open_gateway(url: str, token: str, *, language: str = "en") -> AsyncIterator[Gateway]:
    """Open a gateway for the time of a command; touches nothing by itself."""
    timeout = aiohttp.ClientTimeout(total=60, connect=_CONNECT)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Gateway(session, url, token, language)

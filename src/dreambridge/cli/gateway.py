"""Speak to a running gateway over HTTP, as any other client of it does."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import typer

# How often a request that got no answer is sent again. Its idempotency key makes that safe for the paid one, too.
_PAUSES: Final = (0.5, 1.0, 2.0)
_LONGEST_PAUSE: Final = 60.0


class GatewayUnreachable(Exception):
    """Report that no answer came, after several attempts."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error object of an answer, as far as a person needs it."""

    message: str
    remedy: str | None = None
    code: str | None = None
    status: int = 0
    charged: str | None = None

    @classmethod
    def read(cls, error: Mapping[str, Any], status: int = 0) -> "Refusal":
        """Read the gateway's error object."""
        return cls(
            message=str(error.get("message") or f"HTTP {status}"),
            remedy=error.get("remedy"),
            code=error.get("code"),
            status=status,
            charged=error.get("charged"),
        )


class GatewayRefused(Exception):
    """Report an answer that is an error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON answer, and how many seconds to wait before asking again."""

    document: dict[str, Any]
    pause: float


def check_target(url: str, token: str, *, hint: str = "--token") -> None:
    """Refuse what can be no address or no credential, as wrong usage."""
    if not re.fullmatch(r"https?://[^/\s]\S*", url):
        raise typer.BadParameter("an address begins with http:// or https://", param_hint="--url")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise typer.BadParameter("a credential is printable ASCII without blanks", param_hint=hint)


class Gateway:
    """One gateway and one credential."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, language: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}

    def job_address(self, job_id: str) -> str:
        """Give the address at which a job can be asked for."""
        return f"{self._url}/v1/jobs/{job_id}"

    async def create(self, body: Mapping[str, Any], *, key: str) -> Reply:
        """Start a generation, which spends credit of the account; the same key never spends twice.

        Raises `GatewayRefused`, `GatewayUnreachable`.
        """
        headers = {"Prefer": "respond-async", "Idempotency-Key": key}
        return _a_job(await self.ask("POST", "/v1/images/generations", headers=headers, json=body))

    async def job(self, job_id: str) -> Reply:
        """Ask for a job. Raises `GatewayRefused`, `GatewayUnreachable`."""
        return _a_job(await self.ask("GET", f"/v1/jobs/{job_id}"))

    async def models(self) -> Reply:
        """Ask for the list of models. Raises `GatewayRefused`, `GatewayUnreachable`."""
        return await self.ask("GET", "/v1/models")

    @asynccontextmanager
    async def download(self, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open the bytes of an artifact; its address is all they need, so no credential goes along."""
        try:
            async with self._session.get(url, timeout=aiohttp.ClientTimeout(total=300)) as answer:
                if answer.status != 200:
                    raise GatewayRefused(await _read_refusal(answer))
                yield answer
        except (aiohttp.ClientError, TimeoutError) as error:
            raise GatewayUnreachable(f"a picture could not be downloaded: {type(error).__name__}") from error

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        again: bool = True,
    ) -> Reply:
        """Send a request, `again` if no answer comes, which suits all that may happen twice.

        Raises `GatewayRefused`, `GatewayUnreachable`.
        """
        for pause in (*_PAUSES, None) if again else (None,):
            try:
                async with self._session.request(
                    method, self._url + path, headers={**self._headers, **(headers or {})}, json=json
                ) as answer:
                    if answer.status >= 400:
                        raise GatewayRefused(await _read_refusal(answer))
                    return Reply(await _read_object(answer), _read_pause(answer))
            except (aiohttp.ClientError, TimeoutError) as error:
                if pause is None:
                    raise GatewayUnreachable(f"{self._url} does not answer ({type(error).__name__})") from error
                await asyncio.sleep(pause)
        raise AssertionError("the loop ends by returning or raising")


@asynccontextmanager
async def open_gateway(url: str, token: str, *, language: str = "en") -> AsyncIterator[Gateway]:
    """Open a gateway for the time of a command; touches nothing by itself."""
    timeout = aiohttp.ClientTimeout(total=60, connect=10)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Gateway(session, url, token, language)


def _a_job(reply: Reply) -> Reply:
    if reply.document.get("object") != "job" or not isinstance(reply.document.get("id"), str):
        raise GatewayRefused(Refusal("the answer is no job: is this address a Dreambridge gateway?"))
    return reply


async def _read_refusal(answer: aiohttp.ClientResponse) -> Refusal:
    document = await _read_object(answer, lenient=True)
    error = document.get("error")
    if not isinstance(error, dict):
        return Refusal(f"{answer.url.host} answers {answer.status} and is no gateway of ours", status=answer.status)
    return Refusal.read(error, answer.status)


async def _read_object(answer: aiohttp.ClientResponse, *, lenient: bool = False) -> dict[str, Any]:
    try:
        document = await answer.json(content_type=None)
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    if lenient:
        return {}
    raise GatewayRefused(Refusal(f"{answer.url.host} does not answer as a gateway", status=answer.status))


def _read_pause(answer: aiohttp.ClientResponse) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_PAUSE) if text.isdecimal() else 1.0

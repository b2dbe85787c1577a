"""What a gateway answers: a document, or an error that says what and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

_LONGEST_PAUSE: Final = 60.0
# What a proxy says while the gateway behind it restarts.
_AWAY: Final = frozenset({502, 503, 504})


class GatewayUnreachable(Exception):
    """Report that no answer came, after several attempts."""


def explain_silence(error: Exception) -> str:
    """Say in plain words why no answer came."""
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    return "the connection broke off" if isinstance(error, aiohttp.ClientConnectionError) else "no readable answer"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error object of an answer: what a person needs of it, and all its `fields`."""

    message: str
    remedy: str | None = None
    code: str | None = None
    status: int = 0
    charged: str | None = None
    param: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, error: Mapping[str, Any], status: int = 0) -> "Refusal":
        """Read the gateway's error object."""
        return cls(
            message=str(error.get("message") or f"HTTP {status}"),
            remedy=error.get("remedy"),
            code=error.get("code"),
            status=status,
            charged=error.get("charged"),
            param=error.get("param"),
            fields=error,
        )


class GatewayRefused(Exception):
    """Report an answer that is an error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON answer, how many seconds to wait before asking again, and the job it is about."""

    document: dict[str, Any]
    pause: float
    job_id: str | None = None


def check_job(reply: Reply) -> Reply:
    """Give an answer on if it is a job. Raises `GatewayRefused`."""
    if reply.document.get("object") != "job" or not isinstance(reply.document.get("id"), str):
        raise GatewayRefused(Refusal("the answer is no job: is this address a Dreambridge gateway?"))
    return reply


async def read_reply(answer: aiohttp.ClientResponse) -> Reply:
    """Read a good answer. Raises `GatewayRefused` for what is none of ours."""
    document = await _read_object(answer)
    if document is None:
        raise GatewayRefused(Refusal(f"{answer.url.host} does not answer as a gateway", status=answer.status))
    return Reply(document, _read_pause(answer), answer.headers.get("x-job-id"))


async def read_refusal(answer: aiohttp.ClientResponse) -> GatewayRefused | GatewayUnreachable:
    """Read an answer that is an error; one of a proxy whose gateway is away counts as none."""
    document = await _read_object(answer) or {}
    error = document.get("error")
    if isinstance(error, dict):
        return GatewayRefused(Refusal.read(error, answer.status))
    said = f"{answer.url.host} answers {answer.status} and is no gateway of ours"
    return GatewayUnreachable(said) if answer.status in _AWAY else GatewayRefused(Refusal(said, status=answer.status))


async def _read_object(answer: aiohttp.ClientResponse) -> dict[str, Any] | None:
    try:
        document = await answer.json(content_type=None)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _read_pause(answer: aiohttp.ClientResponse) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_PAUSE) if text.isdecimal() else 1.0

"""What a client says of itself: how long it waits, whether it repeats itself, which language it reads."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.datastructures import Headers

from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.remedies import Language

# Node's own fetch gives up when no response head came for 300 s; the official client for it has a longer limit of its
# own and does not announce either. Parts of a User-Agent, lower case, and seconds.
PATIENCE: Final = MappingProxyType({"openai/js": 300.0, "runtime/node": 300.0, "undici": 300.0, "node": 300.0})
_KEY: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the Prefer header asks for: an answer at once, and how many seconds to wait at most (`None`: not said)."""

    respond_async: bool = False
    wait: float | None = None

    @property
    def applied(self) -> str:
        """Give the value of Preference-Applied."""
        said = ["respond-async"] if self.respond_async else []
        return ", ".join([*said, f"wait={self.wait:g}"] if self.wait is not None else said)


def read_preferences(headers: Headers) -> Preferences:
    """Read the Prefer header (RFC 7240); what we do not know is ignored, as the standard asks."""
    respond_async, wait = False, None
    for preference in ",".join(headers.getlist("prefer")).split(","):
        name, _, value = preference.split(";")[0].partition("=")
        if name.strip().lower() == "respond-async":
            respond_async = True
        elif name.strip().lower() == "wait" and wait is None and re.fullmatch(r"\d{1,6}", value.strip(' "'), re.ASCII):
            wait = float(value.strip(' "'))
    return Preferences(respond_async, wait)


def read_patience(headers: Mapping[str, str], longest: float) -> float:
    """Tell how many seconds a client may be kept waiting: a little less than its own limit, never above `longest`."""
    announced = _seconds(headers.get("x-stainless-read-timeout", ""))
    if announced is None:
        agent = headers.get("user-agent", "").lower()
        announced = next((limit for part, limit in PATIENCE.items() if _names(agent, part)), None)
    if announced is None:
        return longest
    margin = min(10.0, max(0.5, announced / 10))
    return min(longest, max(0.0, announced - margin))


def _names(agent: str, part: str) -> bool:
    """Find a product in a User-Agent; the bare word `node` counts only as the whole of it."""
    return agent == part if part == "node" else part in agent


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def read_retry_count(headers: Mapping[str, str]) -> int:
    """Tell how often the client's library has already sent this very request; 0 when it does not say."""
    text = headers.get("x-stainless-retry-count", "")
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else 0


def read_idempotency_key(headers: Mapping[str, str]) -> str | None:
    """Read Idempotency-Key, bare or quoted, 1–255 visible characters. Raises InvalidRequest for any other value."""
    text = headers.get("idempotency-key")
    if text is None:
        return None
    key = text.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise InvalidRequest("Idempotency-Key takes 1 to 255 visible ASCII characters.", param="Idempotency-Key")
    return key


def read_language(headers: Mapping[str, str]) -> Language:
    """Choose the language of remedies by Accept-Language; English when it names none of ours."""
    best, weight = Language.EN, 0.0
    for choice in headers.get("accept-language", "")[:500].split(","):
        tag, _, rest = choice.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        quality = _seconds(rest.strip().removeprefix("q=")) if rest else 1.0
        if primary in {language.value for language in Language} and quality is not None and quality > weight:
            best, weight = Language(primary), quality
    return best

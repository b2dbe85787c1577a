"""How a gateway key stands against its limits, in OpenAI's headers and in those of the RateLimit draft. Pure.

The draft is draft-ietf-httpapi-ratelimit-headers-11. No policy names an account.
"""

import math
from dataclasses import dataclass
from typing import Final

from dreambridge.domain.key import KeyLimits

MINUTE: Final = 60
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left: jobs that may run beside those under way, requests of the minute, credits of the day.

    `None` where there is no limit. The next request is free again in `next_request` seconds, all of them in
    `all_requests`, the credits in `next_day`.
    """

    limits: KeyLimits
    running: int | None
    requests: int | None
    next_request: float
    all_requests: float
    credits: int | None
    next_day: float


def render_headers(standing: Standing) -> dict[str, str]:
    """Make the headers of an answer; none for a key without limits that are counted."""
    limits = standing.limits
    headers: dict[str, str] = {}
    policies: list[str] = []
    left: list[str] = []
    if standing.requests is not None:
        headers["x-ratelimit-limit-requests"] = str(limits.rpm)
        headers["x-ratelimit-remaining-requests"] = str(standing.requests)
        headers["x-ratelimit-reset-requests"] = render_duration(standing.all_requests)
        policies.append(f'"requests";q={limits.rpm};w={MINUTE}')
        left.append(f'"requests";r={standing.requests};t={math.ceil(standing.next_request)}')
    if standing.credits is not None:
        policies.append(f'"credits";q={limits.credits_per_day};w={DAY}')
        left.append(f'"credits";r={standing.credits};t={math.ceil(standing.next_day)}')
    if standing.running is not None:
        policies.append(f'"concurrency";q={limits.concurrency};qu="concurrent-requests"')
        left.append(f'"concurrency";r={standing.running}')
    if policies:
        headers["ratelimit-policy"] = ", ".join(policies)
        headers["ratelimit"] = ", ".join(left)
    return headers


def render_duration(seconds: float) -> str:
    """Write a time as OpenAI does: `0s`, `17s`, `1m0s`."""
    minutes, rest = divmod(math.ceil(max(0.0, seconds)), MINUTE)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"

"""The headers that tell how a key stands."""

from dataclasses import replace

import pytest

from dreambridge.domain.key import KeyLimits
from dreambridge.engine.quota import Standing, render_duration, render_headers

ALL = Standing(
    limits=KeyLimits(concurrency=3, rpm=20, credits_per_day=100),
    running=1,
    requests=7,
    next_request=12.2,
    all_requests=59.01,
    credits=40,
    next_day=3600.5,
)


def test_every_limit_is_told_in_openais_words_and_in_the_drafts() -> None:
    assert render_headers(ALL) == {
        "x-ratelimit-limit-requests": "20",
        "x-ratelimit-remaining-requests": "7",
        "x-ratelimit-reset-requests": "1m0s",
        "ratelimit-policy": '"requests";q=20;w=60, "credits";q=100;w=86400, "concurrency";q=3;qu="concurrent-requests"',
        "ratelimit": '"requests";r=7;t=13, "credits";r=40;t=3601, "concurrency";r=1',
    }


def test_a_limit_that_is_not_set_is_not_told() -> None:
    only = replace(ALL, limits=KeyLimits(credits_per_day=100), running=None, requests=None)
    assert render_headers(only) == {
        "ratelimit-policy": '"credits";q=100;w=86400',
        "ratelimit": '"credits";r=40;t=3601',
    }
    assert render_headers(replace(only, limits=KeyLimits(), credits=None)) == {}


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0s"), (0, "0s"), (0.1, "1s"), (59, "59s"), (59.5, "1m0s"), (60, "1m0s"), (125, "2m5s")]
)
def test_times_are_written_as_openai_does(seconds: float, text: str) -> None:
    assert render_duration(seconds) == text

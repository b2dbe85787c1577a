"""What clients say of themselves, and what we make of it."""

import pytest
from starlette.datastructures import Headers

from dreambridge.api.client_hints import (
    Preferences,
    read_idempotency_key,
    read_language,
    read_patience,
    read_preferences,
    read_retry_count,
)
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.remedies import Language


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 900),
        ({"x-stainless-read-timeout": "600"}, 590),
        ({"x-stainless-read-timeout": "600.0"}, 590),
        ({"x-stainless-read-timeout": "20"}, 18),
        ({"x-stainless-read-timeout": "2"}, 1.5),
        ({"x-stainless-read-timeout": "0.1"}, 0),
        ({"x-stainless-read-timeout": "36000"}, 900),
        ({"x-stainless-read-timeout": "nan"}, 900),
        ({"x-stainless-read-timeout": "-1"}, 900),
        ({"x-stainless-read-timeout": "soon"}, 900),
        ({"user-agent": "OpenAI/JS 7.55.0"}, 290),
        ({"user-agent": "node"}, 290),
        ({"user-agent": "undici"}, 290),
        ({"user-agent": "ai/7.0.173 ai-sdk/provider-utils/4 runtime/node.js/22"}, 290),
        ({"user-agent": "nodding-client/1"}, 900),
        ({"user-agent": "OpenAI/Python 3.52.0", "x-stainless-read-timeout": "100"}, 90),
    ],
)
def test_a_client_waits_a_little_less_than_its_own_limit(headers: dict[str, str], seconds: float) -> None:
    assert read_patience(Headers(headers), 900) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("values", "preferences", "applied"),
    [
        ([], Preferences(), ""),
        (["respond-async"], Preferences(respond_async=True), "respond-async"),
        (["Respond-Async, wait=10"], Preferences(respond_async=True, wait=10), "respond-async, wait=10"),
        (["wait=5", "respond-async; foo"], Preferences(respond_async=True, wait=5), "respond-async, wait=5"),
        (['wait="7"'], Preferences(wait=7), "wait=7"),
        (["wait=-1, wait=x, handling=lenient"], Preferences(), ""),
        (["wait=0"], Preferences(wait=0), "wait=0"),
    ],
)
def test_preferences_are_read_over_all_headers(values: list[str], preferences: Preferences, applied: str) -> None:
    read = read_preferences(Headers(raw=[(b"prefer", value.encode()) for value in values]))
    assert (read, read.applied) == (preferences, applied)


@pytest.mark.parametrize(
    ("sent", "key"),
    [("abc", "abc"), ('"abc"', "abc"), (" a b ", "a b"), ("k" * 255, "k" * 255), ('"', '"')],
)
def test_idempotency_keys_come_bare_or_quoted(sent: str, key: str) -> None:
    assert read_idempotency_key(Headers({"Idempotency-Key": sent})) == key


@pytest.mark.parametrize("sent", ["", '""', "k" * 256, "caf\u00e9", "a\tb"])
def test_other_idempotency_keys_are_refused_by_name(sent: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_idempotency_key(Headers({"Idempotency-Key": sent}))
    assert caught.value.param == "Idempotency-Key"


def test_no_idempotency_key_is_none() -> None:
    assert read_idempotency_key(Headers({})) is None


@pytest.mark.parametrize(("sent", "count"), [("0", 0), ("2", 2), ("-1", 0), ("x", 0), ("9" * 30, 0), ("", 0)])
def test_the_retry_count_is_a_small_number_or_nothing(sent: str, count: int) -> None:
    assert read_retry_count(Headers({"x-stainless-retry-count": sent})) == count


@pytest.mark.parametrize(
    ("sent", "language"),
    [
        ("", Language.EN),
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.ZH),
        ("en-GB, zh;q=0.5", Language.EN),
        ("de, zh;q=0.1", Language.ZH),
        ("fr", Language.EN),
        ("zh;q=0", Language.EN),
        ("zh;q=nonsense", Language.EN),
        ("en;q=0.2, ZH-Hant;q=0.3", Language.ZH),
    ],
)
def test_remedies_come_in_the_language_asked_for(sent: str, language: Language) -> None:
    assert read_language(Headers({"accept-language": sent})) is language

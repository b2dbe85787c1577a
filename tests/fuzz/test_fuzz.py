"""A short fuzzing of every operation; `make fuzz` is the long one."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.described import cases
from tests.fuzz.fuzzing import Findings, Fuzzer
from tests.fuzz.rules import Got, Sent, broken_rules
from tests.fuzz.served import served

SEED = 4
MOST = 10
# These open with the admin key only, which no made-up request carries: here they are fuzzed as strangers see them.
ADMINISTERED = ("/v1/accounts", "/v1/keys")


def reachable(labels: Iterable[str]) -> set[str]:
    return {label for label in labels if not label.partition(" ")[2].startswith(ADMINISTERED)}


def succeeded(found: Findings) -> set[str]:
    return {label for label, status in found.answers if status < 300}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> Iterator[Fuzzer]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with served(folder) as url:
        fuzzer = Fuzzer(url)
        for label in fuzzer.labels:
            fuzzer.fuzz(label, MOST, SEED)
        # Whether something exists already when it is asked for is a matter of chance, so there are more chances.
        for chance in range(1, 5):
            for label in sorted(reachable(fuzzer.labels) - succeeded(fuzzer.found)):
                fuzzer.fuzz(label, MOST, SEED + chance)
        yield fuzzer


@pytest.mark.slow
def test_no_request_breaks_a_rule(fuzzed: Fuzzer) -> None:
    found: Findings = fuzzed.found
    assert found.report() == ""
    assert found.sent > 5 * len(fuzzed.labels)
    assert {label for label, _ in found.answers} == set(fuzzed.labels)
    # What is sent gets through: each operation succeeded at least once.
    assert reachable(fuzzed.labels) - succeeded(found) == set()


@pytest.mark.slow
def test_a_rule_that_is_broken_is_noticed(fuzzed: Fuzzer) -> None:
    document: dict[str, Any] = fuzzed.document
    case = next(each for each in cases(document) if (each.method, each.path) == ("GET", "/v1/jobs"))
    head = {"x-request-id": "req_a", "content-type": "application/json"}
    page = b'{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}'
    assert broken_rules(document, Sent(case, known=True), Got(200, head, page)) == []
    for known, status, content in (
        (False, 200, page),
        (True, 401, page),
        (True, 500, b'{"error": {"code": "internal_error"}}'),
        (True, 422, b"{}"),
        (True, 200, b'{"error": {"message": "no"}}'),
        (True, 200, b"pong"),
    ):
        assert broken_rules(document, Sent(case, known), Got(status, head, content)) != [], (known, status, content)

"""What no answer may break, whatever was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.described import Case, check_answer

# What a server may answer with 5xx though nothing is wrong with it: the caller said how long to wait.
NOT_OUR_FAULT = frozenset({"still_running"})


@dataclass(frozen=True)
class Sent:
    """What a rule wants to know of a request: whether its credential is a good one."""

    case: Case
    known: bool


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """Read the body; `None` where it is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


def broken_rules(document: dict[str, Any], sent: Sent, got: Got) -> list[str]:
    """List the rules that an answer breaks."""
    error = got.json.get("error") if isinstance(got.json, dict) else None
    wrong = check_answer(document, sent.case, got.status, got.headers, got.content)
    if got.status == 422:
        wrong.append("422 is never answered")
    if got.status >= 500 and (not isinstance(error, dict) or error.get("code") not in NOT_OUR_FAULT):
        wrong.append("a server error without a cause that lies outside the request")
    if got.status < 300 and error is not None and not _tells_of_a_failed_job(got.json):
        wrong.append("a success that holds an error")
    if sent.case.secured and not sent.known and got.status != 401:
        wrong.append("taken without a credential")
    if sent.known and got.status == 401:
        wrong.append("a good credential refused")
    return wrong


def _tells_of_a_failed_job(body: Mapping[str, Any]) -> bool:
    """Tell a job, task or video whose own failure is what was asked for."""
    return body.get("status") == "failed"

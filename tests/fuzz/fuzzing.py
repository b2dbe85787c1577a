"""Send a gateway whatever its OpenAPI document allows and much that it does not, and judge every answer.

Schemathesis makes the requests; credentials, ids that exist and haste are added here.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from tests.described import Case, cases
from tests.fuzz.rules import Got, Sent, broken_rules

# Each is an account of its own in the sandbox.
TOKENS = ("sandbox-fuzz", "sandbox-fuzz-2")
# None of them looks like a session of a real site, which would be asked about it.
BROKEN = (
    None,
    "",
    "Bearer",
    "Bearer ,",
    "Basic YTpi",
    "Bearer nobody",
    "Bearer x:zz",
    "sandbox",
    "Bearer " + "a" * 9000,
)
# What stands in a path and is no id that answers tell.
REAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"asset": ("page.js", "swagger-ui.css"), "model_id": ("gpt-image-1", "JIMENG-4.5", "jimeng-video-3.0")}
)
# How many jobs are kept to be asked about; older ones are deleted, so that the disk does not fill.
KEPT = 40
# How many requests an operation gets before it is the next one's turn: many, and few where there is nothing to vary.
_ROUND = 25
_PLAIN_ROUND = 3
_TYPES = (
    "",
    "application/json",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=a",
    "text/plain",
    "image/png",
    "nonsense",
)
_ARTIFACT = re.compile(rb"(art_[a-z2-7]{26})(\.[a-z0-9]+)")
_ID = re.compile(r"\b([a-z]+)_[a-z2-7]{26}\b")
# Variables of paths whose ids begin with another word.
_CALLED = MappingProxyType({"task": "job", "response": "resp"})


@dataclass
class Findings:
    """What came out: how many requests, with which answers, and the first request that broke each rule."""

    sent: int = 0
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    broken: dict[tuple[str, str], str] = field(default_factory=dict)

    def report(self) -> str:
        """Write down every broken rule with a command that shows it."""
        return "\n\n".join(f"{label}: {rule}\n{command}" for (label, rule), command in self.broken.items())


@dataclass(frozen=True)
class Extra:
    """What is put over a request that schemathesis made, as numbers to choose by."""

    credential: int
    real: int
    hurry: bool
    example: int
    raw: tuple[bytes, str]


class Fuzzer:
    """Fuzzes one running gateway."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.document: dict[str, Any] = self.http.get(f"{url}/openapi.json", timeout=30).json()
        self.found = Findings()
        schema = schemathesis.openapi.from_dict(self.document)
        schema.config.update(base_url=url)
        schema.config.generation.update(with_security_parameters=False)
        self._operations = {operation.label: operation for operation in map(_ok, schema.get_all_operations())}
        self._cases = {f"{case.method} {case.path}": case for case in cases(self.document)}
        self._jobs: dict[str, deque[str]] = {token: deque() for token in TOKENS}
        self._names: deque[str] = deque(["art_none"], maxlen=KEPT)
        self._ids: dict[tuple[str, str], deque[str]] = {}

    @property
    def labels(self) -> list[str]:
        """Name every operation; those that delete come last, when there is something to delete."""
        return sorted(self._operations, key=lambda label: label.startswith("DELETE"))

    def run(self, total: int, start: int) -> Findings:
        """Send `total` requests in rounds over all operations; `start` decides them all."""
        for number in count(start):
            for label in self.labels:
                most = _ROUND if self._cases[label].takes_anything else _PLAIN_ROUND
                self.fuzz(label, min(most, total - self.found.sent), number)
                if self.found.sent >= total:
                    return self.found
        raise AssertionError

    def fuzz(self, label: str, most: int, start: int) -> None:
        """Send up to `most` requests to one operation; fewer where there are not so many different ones."""
        operation, limit = self._operations[label], self.found.sent + most
        for mode in _modes(operation):
            left = limit - self.found.sent if mode is GenerationMode.NEGATIVE else -(-most // len(_modes(operation)))
            if left <= 0:
                return
            extras = st.builds(
                Extra,
                st.integers(0, 99),
                st.integers(0, 9999),
                st.booleans(),
                st.integers(0, 9999),
                st.tuples(st.binary(max_size=60), st.sampled_from(_TYPES)),
            )
            send = given(made=operation.as_strategy(generation_mode=mode), extra=extras)(self._sender(label))
            quiet = settings(
                max_examples=left,
                database=None,
                deadline=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
                verbosity=Verbosity.quiet,
            )
            try:
                seed(start)(quiet(send))()
            except Unsatisfiable:
                # There is no request that this operation would have to refuse.
                continue

    def _sender(self, label: str) -> Callable[..., None]:
        case = self._cases[label]

        def send(made: Any, extra: Extra) -> None:
            known = extra.credential < 85
            token = TOKENS[extra.credential % len(TOKENS)]
            credential = f"Bearer {token}" if known else BROKEN[extra.credential % len(BROKEN)]
            self._make_real(made, extra, token)
            self._follow_example(case, made, extra)
            if extra.hurry and any(each["name"] == "Prefer" for each in case.operation["parameters"]):
                made.headers = {**(made.headers or {}), "Prefer": "respond-async"}
            headers = {} if credential is None else {"Authorization": credential}
            sending: dict[str, Any] = {}
            if "requestBody" in case.operation and extra.example % 10 == 1:
                sending["data"], headers["Content-Type"] = extra.raw
            answer = made.call(session=self.http, headers=headers, timeout=60, **sending)
            told = {name.lower(): values[0] for name, values in answer.headers.items()}
            got = Got(answer.status_code, told, answer.content)
            self.found.sent += 1
            self.found.answers[label, got.status] += 1
            for rule in broken_rules(self.document, Sent(case, known), got):
                shown = f"{made.as_curl_command(headers=headers)}\n{sending or ''}\n{got.status} {got.content[:1000]!r}"
                self.found.broken.setdefault((label, rule), shown)
            if known and got.status < 300 and case.method == "DELETE":
                self._unlearn(made.path_parameters.values())
            elif known and got.status < 300:
                self._learn(token, got)
                if job := told.get("x-job-id"):
                    self._keep(token, job)

        return send

    def _make_real(self, made: Any, extra: Extra, token: str) -> None:
        """Put what exists into most paths that name something."""
        if extra.real % 10 < 4:
            return
        for name in made.path_parameters or {}:
            kind = name.removesuffix("_id")
            known: Sequence[str] | None = REAL.get(name) or self._ids.get((token, _CALLED.get(kind, kind)))
            if name == "name":
                # What deletes a result takes its bare id, from its owner; its bytes are for whoever has the address.
                known = self._ids.get((token, "art")) if made.method == "DELETE" else self._names
            if known:
                made.path_parameters[name] = known[extra.real % len(known)]

    def _learn(self, token: str, got: Got) -> None:
        """Remember every id that an answer names, and the files of results, whoever they are for."""
        text = got.content[:100_000]
        for found in _ID.finditer(text.decode(errors="ignore")):
            ids = self._ids.setdefault((token, found[1]), deque(maxlen=KEPT))
            if found[0] not in ids:
                ids.append(found[0])
        for name, extension in _ARTIFACT.findall(text):
            self._names.extend((name.decode(), (name + extension).decode()))

    def _follow_example(self, case: Case, made: Any, extra: Extra) -> None:
        """Take a body that is surely good for half of the requests, with at most two fields of the one made."""
        content = case.operation.get("requestBody", {"content": {}})["content"].get("application/json")
        if content is None or made.media_type != "application/json" or extra.example % 2:
            return
        examples = list(content["examples"].values())
        body = dict(examples[extra.example // 2 % len(examples)]["value"])
        own = sorted(made.body.items()) if isinstance(made.body, dict) else []
        begin = extra.example % max(1, len(own))
        made.body = {**body, **dict(own[begin : begin + extra.example // 2 % 3])}

    def _unlearn(self, gone: Iterable[str]) -> None:
        for value in gone:
            for kept in (*self._ids.values(), *self._jobs.values(), self._names):
                if value in kept:
                    kept.remove(value)

    def _keep(self, token: str, job: str) -> None:
        jobs = self._jobs[token]
        if job not in jobs:
            jobs.append(job)
        while len(jobs) > KEPT:
            self._forget(token, jobs.popleft())

    def _forget(self, token: str, job: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http.post(f"{self.url}/v1/jobs/{job}/cancel", headers=headers, timeout=60)
        if self.http.delete(f"{self.url}/v1/jobs/{job}", headers=headers, timeout=60).ok:
            self._unlearn([job])


def _ok(result: Any) -> Any:
    return result.ok()


def _modes(operation: Any) -> tuple[GenerationMode, ...]:
    """Tell what can be made: text in a path is never wrong by its schema, and what takes nothing has nothing wrong."""
    takes = operation.body or operation.query or operation.headers
    return (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if takes else (GenerationMode.POSITIVE,)

"""The words an operation is described in: parameters, bodies, answers, examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

Schema: TypeAlias = type[BaseModel] | tuple[type[BaseModel], ...] | Mapping[str, Any]
"""A model, any of several models, or JSON Schema as it stands."""

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
BINARY: Final[Mapping[str, Any]] = MappingProxyType({"type": "string", "format": "binary"})
TEXT: Final[Mapping[str, Any]] = MappingProxyType({"type": "string"})
STREAM: Final[Mapping[str, Any]] = MappingProxyType({"type": "string", "description": "Server-sent events."})

# What stands under Answer.headers, by name; x-request-id is on every answer.
HEADERS: Final = MappingProxyType(
    {
        "x-request-id": "Names this request in the server's log.",
        "x-job-id": "The job behind the answer; `GET /v1/jobs/{job_id}` tells what became of it.",
        "x-dreambridge-ignored": "Fields of the request that had no effect, separated by commas.",
        "x-dreambridge-lenient": "`true` when the body was not strict JSON and was read all the same.",
        "x-dreambridge-joined": "`true` when the answer is that of a job an earlier identical request started.",
        "x-dreambridge-partial": "`true` when the site made fewer than were asked for; nothing more was spent.",
        "x-dreambridge-spare": "How many more pictures the job made than were asked for; they are on the job.",
        "x-dreambridge-references": "How many earlier pictures of the conversation went in.",
        "openai-poll-after-ms": "Milliseconds after which to look again, by how long the video is likely to take.",
        "location": "The address of the job, the asset or the account.",
        "retry-after": "Seconds after which to look again.",
        "preference-applied": "What of the Prefer header was followed.",
        "ratelimit-policy": "The limits of the gateway key, as in draft-ietf-httpapi-ratelimit-headers.",
        "ratelimit": "What is left of them, and in how many seconds there is more.",
        "x-ratelimit-limit-requests": "Jobs that the gateway key may make in a minute.",
        "x-ratelimit-remaining-requests": "How many of them are left.",
        "x-ratelimit-reset-requests": "When all of them are back, such as `17s` or `1m0s`.",
        "content-range": "Which bytes these are, and of how many.",
    }
)


# On the answers of whatever makes something, when the caller's key has such limits.
QUOTA_HEADERS: Final = tuple(name for name in HEADERS if "ratelimit" in name)


class Credential(Enum):
    """Whether an operation wants a credential: always, only for some answers, or never."""

    NEEDED = "needed"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or a header of the request; those of the path are known by their names.

    It has no example: the page of /docs would send it along with every request that is tried.
    """

    name: str
    place: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: TEXT)


@dataclass(frozen=True, slots=True)
class Content:
    """What a body of one media type looks like: its schema, and examples by what they show.

    `fields` are schemas of fields that stand beside those of the model and are read elsewhere.
    """

    schema: Schema
    examples: Mapping[str, Any] = field(default_factory=dict)
    media_type: str = JSON
    fields: Mapping[str, Any] = field(default_factory=dict)


def form_of(schema: type[BaseModel], files: Mapping[str, str], example: Mapping[str, Any]) -> Content:
    """Describe a body as a form: the fields of a schema, fields for files with what each is, and one example."""
    described = schema.model_json_schema()
    for name, description in files.items():
        described["properties"][name] = {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": description,
        }
    return Content(MappingProxyType(described), {"a form": example}, media_type=FORM)


@dataclass(frozen=True, slots=True)
class Answer:
    """One success: what it means, its body by media type, and the names of its headers."""

    description: str
    contents: tuple[Content, ...]
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `errors` are the statuses beyond those that every operation of its credential may answer."""

    tag: str
    summary: str
    description: str
    answers: Mapping[int, Answer]
    bodies: tuple[Content, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    errors: tuple[int, ...] = ()
    credential: Credential = Credential.NEEDED


IDEMPOTENCY_KEY: Final = Parameter(
    "Idempotency-Key",
    "header",
    "1–255 visible ASCII characters. For 24 hours the same key and the same request join the job they started first, "
    "and the same key with another request is refused; a failure that charged nothing frees the key.",
    MappingProxyType({"type": "string", "minLength": 1, "maxLength": 255}),
)
PREFER: Final = Parameter(
    "Prefer",
    "header",
    "`respond-async` answers 202 with the job at once; `respond-async, wait=10` waits up to 10 seconds before that.",
)
# What a generation may fail with beyond what any call with a credential may.
SPENDING_ERRORS: Final = (400, 404, 413, 429, 504)

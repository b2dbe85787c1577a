"""Operations on gateway keys, for the operator."""

from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import Field

from dreambridge.api.native.key_bodies import KeyBody, KeyChange
from dreambridge.api.openapi.operation import TEXT, Answer, Content, Operation, Parameter
from dreambridge.api.openapi.shapes import Shape
from dreambridge.domain.key import ImagesMode

_ID: Final = "key_7d3qk2mzv5xw6n4htbjr8p2s9a"


class LimitsShown(Shape):
    """What a key may do; null is no limit."""

    models: list[str] | None
    concurrency: int | None
    rpm: int | None
    credits_per_day: int | None
    images_mode: ImagesMode | None


class Key(Shape):
    """A gateway key as it is kept; what a caller sends is kept nowhere."""

    id: str
    object: Literal["key"]
    name: str
    hint: str = Field(description="The last four characters.")
    admin: bool = Field(description="Whether it may also look after accounts and keys.")
    limits: LimitsShown
    created_at: int
    revoked_at: int | None
    last_used_at: int | None = Field(description="To the minute.")


class NewKey(Key):
    """A gateway key that was just made."""

    key: str = Field(description="What callers send after `Bearer`; shown this once.")


class KeyPage(Shape):
    """Every key."""

    object: Literal["list"]
    data: list[Key]
    first_id: str | None
    last_id: str | None
    has_more: bool


class Use(Shape):
    """What was made: jobs, pictures and videos that came of them, and credits."""

    requests: int
    images: int
    videos: int
    credits: float = Field(description="As forecast until the site's ledger told the cost.")


class UseOfDay(Use):
    """What was made on a day of UTC."""

    day: str


class KeyUsage(Shape):
    """What was made with a key."""

    object: Literal["key.usage"]
    key_id: str
    first: str = Field(alias="from")
    to: str
    data: list[UseOfDay] = Field(description="Days without any use are left out.")
    total: Use


_LIMITS: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "models": ["jimeng-4.5", "gpt-image-1"],
        "concurrency": 1,
        "rpm": 2,
        "credits_per_day": 10,
        "images_mode": None,
    }
)
_KEY: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": _ID,
        "object": "key",
        "name": "open-webui",
        "hint": "…k3Zc",
        "admin": False,
        "limits": dict(_LIMITS),
        "created_at": 1795518782,
        "revoked_at": None,
        "last_used_at": 1795519000,
    }
)
_USE: Final = MappingProxyType({"requests": 3, "images": 9, "videos": 0, "credits": 12.0})
_CSV: Final = "day,requests,images,videos,credits\r\n2026-11-24,3,9,0,12\r\n"
_SHOWN: Final = Content(Key, {"a key": dict(_KEY)})
_ADMIN: Final = "Takes the admin key, or a key that was made with `admin`."

LIST: Final = Operation(
    "Keys",
    "List keys",
    f"Every key, oldest first, revoked ones among them. {_ADMIN}",
    {
        200: Answer(
            "The keys.",
            (
                Content(
                    KeyPage,
                    {
                        "one key": {
                            "object": "list",
                            "data": [dict(_KEY)],
                            "first_id": _ID,
                            "last_id": _ID,
                            "has_more": False,
                        }
                    },
                ),
            ),
        )
    },
)
CREATE: Final = Operation(
    "Keys",
    "Make a key",
    "A key stands for the accounts of the server. Its text is in this answer and nowhere else: only a digest of it is "
    f"kept. Jobs made with a key are seen with that key alone. {_ADMIN}",
    {
        201: Answer(
            "The key, with its text.",
            (Content(NewKey, {"a key": {**_KEY, "last_used_at": None, "key": "db-" + "x" * 43}}),),
            ("location",),
        )
    },
    bodies=(Content(KeyBody, {"with limits": {"name": "open-webui", "limits": dict(_LIMITS)}}),),
    errors=(400, 413),
)
RETRIEVE: Final = Operation(
    "Keys", "Look at a key", f"What is known of it. {_ADMIN}", {200: Answer("The key.", (_SHOWN,))}, errors=(404,)
)
CHANGE: Final = Operation(
    "Keys",
    "Change a key",
    "Its name, its limits or both, from its next request on; a limit that is not named stays, one of null is lifted. "
    f"{_ADMIN}",
    {200: Answer("The key.", (_SHOWN,))},
    bodies=(Content(KeyChange, {"fewer credits": {"limits": {"credits_per_day": 5}}}),),
    errors=(400, 404, 413),
)
REVOKE: Final = Operation(
    "Keys",
    "Revoke a key",
    "From now on it is refused. Its jobs go on; the key stays listed, for what was made with it. A second time changes "
    f"nothing. {_ADMIN}",
    {200: Answer("The revoked key.", (Content(Key, {"revoked": {**_KEY, "revoked_at": 1795520000}}),))},
    errors=(404,),
)
USE: Final = Operation(
    "Keys",
    "What was made with a key",
    "Jobs, pictures, videos and credits by day of UTC, as JSON, or as CSV with `Accept: text/csv` or `format=csv`. "
    f"{_ADMIN}",
    {
        200: Answer(
            "The days.",
            (
                Content(
                    KeyUsage,
                    {
                        "a day": {
                            "object": "key.usage",
                            "key_id": _ID,
                            "from": "2026-10-26",
                            "to": "2026-11-24",
                            "data": [{"day": "2026-11-24", **_USE}],
                            "total": dict(_USE),
                        }
                    },
                ),
                Content(TEXT, {"a day": _CSV}, "text/csv"),
            ),
        )
    },
    parameters=(
        Parameter("from", "query", "The first day, YYYY-MM-DD; absent is 29 days before the last."),
        Parameter("to", "query", "The last day; absent is today."),
        Parameter("format", "query", "How to answer.", MappingProxyType({"enum": ["json", "csv"], "default": "json"})),
    ),
    errors=(400, 404),
)

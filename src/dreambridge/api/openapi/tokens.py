"""Operations on sessions, in the words of the token gateway."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field, RootModel

from dreambridge.api.gateways.token import TokenCheck
from dreambridge.api.openapi.operation import Answer, Content, Credential, Operation
from dreambridge.api.openapi.shapes import Shape

_MASK: Final = "us-…k2v7qa"
_DEAD: Final[Mapping[str, Any]] = MappingProxyType(
    {"token": "us-…m4x3zb", "error": "The session is no longer signed in.", "code": "session_expired"}
)
_POINTS: Final[Mapping[str, int]] = MappingProxyType(
    {"giftCredit": 66, "purchaseCredit": 0, "vipCredit": 0, "totalCredit": 66}
)


class Live(Shape):
    """Whether a session is signed in."""

    live: bool


class Points(Shape):
    """A balance, in credits."""

    gift: int = Field(alias="giftCredit")
    purchase: int = Field(alias="purchaseCredit")
    vip: int = Field(alias="vipCredit")
    total: int = Field(alias="totalCredit")


class TokenEntry(Shape):
    """What every entry has: a name of the session that tells nothing of it, and why it failed, if it did."""

    token: str = Field(description="Site and fingerprint; the same for the same session, and never a part of it.")
    error: str = Field(default="", description="Only when it failed.")
    code: str = Field(default="", description="The stable name of the error.")


class TokenStanding(TokenEntry):
    """Where a session lives, and whether it does."""

    site: str | None = Field(description="Null when no site knows the session.")
    name: str | None = Field(description="Its account, as jobs name it.")
    live: bool | None = Field(description="Null when the site could not be asked.")


class TokenPoints(TokenEntry):
    """What a session can spend."""

    points: Points | None


class TokenReceipt(TokenEntry):
    """What came of claiming the credit of the day."""

    credits: Points | None = Field(description="The balance afterwards.")
    received: bool


class TokenStandings(RootModel[list[TokenStanding]]):
    """One entry for each session, in their order."""


class TokenBalances(RootModel[list[TokenPoints]]):
    """One entry for each session, in their order."""


class TokenReceipts(RootModel[list[TokenReceipt]]):
    """One entry for each session, in their order."""


_LIST: Final = (
    "One entry for each session of `Authorization`, in their order. What failed says so beside the others; when all of "
    "them failed, the first error is the answer."
)
CHECK: Final = Operation(
    "Tokens",
    "Is a session signed in?",
    "Takes one session, in any spelling that `Authorization` takes; wants no credential beside it. What is no session "
    "at all is not live.",
    {200: Answer("Whether it is.", (Content(Live, {"alive": {"live": True}}),), ("x-dreambridge-lenient",))},
    bodies=(Content(TokenCheck, {"the sandbox": {"token": "sandbox"}}),),
    errors=(400, 413, 429, 502, 503),
    credential=Credential.NONE,
)
LOOK: Final = Operation(
    "Tokens",
    "Look at sessions",
    f"{_LIST} Tells where each lives and whether it is signed in.",
    {
        200: Answer(
            "The sessions.",
            (
                Content(
                    TokenStandings,
                    {"one": [{"token": _MASK, "site": "us", "name": "acct_x2k4m6n7p3q5r7s2t4u6k2v7qa", "live": True}]},
                ),
            ),
        )
    },
    errors=(429,),
)
POINTS: Final = Operation(
    "Tokens",
    "Read balances",
    _LIST,
    {
        200: Answer(
            "The balances.",
            (
                Content(
                    TokenBalances,
                    {"one of two": [{"token": _MASK, "points": dict(_POINTS)}, {**_DEAD, "points": None}]},
                ),
            ),
        )
    },
    errors=(429,),
)
RECEIVE: Final = Operation(
    "Tokens",
    "Receive the credit of the day",
    f"{_LIST} Claims what the site itself gives each account once a day; a second claim is answered with "
    "`received: false` and the balance.",
    {
        200: Answer(
            "What was received.",
            (
                Content(
                    TokenReceipts,
                    {
                        "one of two": [
                            {"token": _MASK, "credits": dict(_POINTS), "received": True},
                            {**_DEAD, "credits": None, "received": False},
                        ]
                    },
                ),
            ),
        )
    },
    errors=(429,),
)

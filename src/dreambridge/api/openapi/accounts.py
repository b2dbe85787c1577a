"""Operations on accounts."""

from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.native.accounts import AccountChange, AccountNew
from dreambridge.api.openapi.account_shapes import AccountDeleted, AccountList, ServerAccount
from dreambridge.api.openapi.operation import Answer, Content, Operation, Parameter

_ID: Final = "acct_dm3vrbfzvalxfjv5b2zo4vyclo"
_EXAMPLE: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": _ID,
        "object": "account",
        "name": "us-1",
        "fingerprint": "…4vyclo",
        "site": "us",
        "proxied": False,
        "paused": False,
        "health": "ready",
        "reason": None,
        "cooling_until": None,
        "in_flight": 0,
        "credit": {"gift": 66, "purchased": 0, "vip": 0, "total": 66, "expires_at": 1795564800},
        "credit_read_at": 1795518782,
        "spent_today": None,
        "daily_credits": None,
        "session_made_at": 1795000000,
        "session_expires_at": 1800184000,
        "checked_at": 1795518782,
        "note": None,
        "notices": [],
        "created_at": 1795518782,
    }
)
_ACCOUNT: Final = Content(ServerAccount, MappingProxyType({"an account": dict(_EXAMPLE)}))
_ADMIN: Final = " For the admin key only."

CREATE: Final = Operation(
    "Accounts",
    "Add an account",
    "Keeps a session on the server, encrypted, so that gateway keys can use it; it works at once. The site is "
    "found out by read-only checks; a session that no site knows is refused with the reason. Spends nothing." + _ADMIN,
    {201: Answer("The account.", (_ACCOUNT,), ("location", "x-dreambridge-ignored", "x-dreambridge-lenient"))},
    bodies=(Content(AccountNew, {"a play account": {"session": "sandbox-studio", "name": "play"}}),),
    errors=(400, 413),
)
LIST: Final = Operation(
    "Accounts",
    "List accounts",
    "Health, credit and notices of every account of the server for the admin key; for any other credential those of "
    "its own sessions.",
    {200: Answer("All of them.", (Content(AccountList, {"one": {"object": "list", "data": [dict(_EXAMPLE)]}}),))},
)
RETRIEVE: Final = Operation(
    "Accounts",
    "Look at an account",
    "What is known of it; nothing is asked. The admin key may give its name instead of its id.",
    {200: Answer("The account.", (_ACCOUNT,))},
    errors=(404,),
)
CHANGE: Final = Operation(
    "Accounts",
    "Rename, pause or resume an account",
    "A paused account is given no new work, at once; what it has begun goes on. Jobs of it alone wait." + _ADMIN,
    {200: Answer("The account.", (_ACCOUNT,), ("x-dreambridge-ignored", "x-dreambridge-lenient"))},
    bodies=(Content(AccountChange, {"pause": {"paused": True}, "resume": {"paused": False}}),),
    errors=(400, 404, 413),
)
CHECK: Final = Operation(
    "Accounts",
    "Check an account",
    "Asks the site whether the session is signed in, and for its balance. Spends nothing." + _ADMIN,
    {200: Answer("The account, as it is now.", (_ACCOUNT,))},
    errors=(404, 429),
)
REMOVE: Final = Operation(
    "Accounts",
    "Remove an account",
    "Erases the account and its session. With open jobs it is refused unless `force` is said: then what the site was "
    "paid for is followed to its end, with the session kept until then, and what only waits fails." + _ADMIN,
    {
        200: Answer(
            "It is gone.",
            (
                Content(
                    AccountDeleted,
                    {"deleted": {"id": _ID, "object": "account.deleted", "deleted": True, "name": "us-1"}},
                ),
            ),
        )
    },
    parameters=(Parameter("force", "query", "Also with open jobs.", {"enum": ["true", "false"], "default": "false"}),),
    errors=(400, 404),
)

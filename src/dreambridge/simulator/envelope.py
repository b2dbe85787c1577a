"""How the site wraps its answers, good and bad."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

_CHINA_TIME = 8 * 3600

# What the site says with each code; other codes are answered with a plain "error".
_WORDS: Mapping[int, str] = {
    -6: "risk not pass",
    1: "request too frequently",
    1000: "invalid parameter",
    1002: "common error",
    1006: "积分不足",
    1014: "system busy",
    1015: "login error",
    1018: "account punished",
    1019: "shark not pass",
    1021: "commercial risk not pass",
    1057: "request too frequently",
    1310: "exceed parallel limit",
    2002: "generate error",
    2003: "risk not pass",
    2008: "get history failed",
    2035: "security not pass",
    2038: "text security block",
    2061: "model offline",
    3018: "permission denied",
    3020: "get file failed",
    4003: "no permission",
    4010: "compliance not confirmed",
    4013: "web risk reject",
    5000: "积分不足",
    121101: "daily limit reached",
}
_CREDIT_KEY = "web_dre_m10n_generate_popup_credit_ininsufficient_title"  # the site's own spelling
_CREDIT_WORDS: Mapping[str, str] = {"zh": "积分不足", "en": "Not enough credits, or no benefit for this model"}


class Refusal(Exception):
    """Carry a business error to the border: HTTP 200 with a `ret` that is not zero.

    `detail` says in our words what was wrong; it goes to the list of refusals, never to the client. `contract` tells a
    request that the site's own page would not send from one that is well formed and comes at a bad moment.
    """

    def __init__(self, ret: int, detail: str = "", *, contract: bool = True) -> None:
        super().__init__(ret, detail)
        self.ret = ret
        self.detail = detail
        self.contract = contract

    @property
    def words(self) -> str:
        """Return the site's `errmsg`."""
        return _WORDS.get(self.ret, "error")


def dump(value: Any) -> str:
    """Write JSON as the sites do, compact, with real characters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def log_id(now: float) -> str:
    """Return a log id: China time to the second, then 20 hex digits."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(now + _CHINA_TIME)) + secrets.token_hex(10).upper()


def mweb(data: str, now: float) -> str:
    """Wrap JSON text that succeeded."""
    return f'{{"ret":"0","errmsg":"success","systime":"{int(now)}","logid":"{log_id(now)}","data":{data}}}'


def mweb_refused(refusal: Refusal, now: float, data: str = "{}") -> str:
    """Wrap a business error."""
    words = dump(refusal.words)
    return f'{{"ret":"{refusal.ret}","errmsg":{words},"systime":"{int(now)}","logid":"{log_id(now)}","data":{data}}}'


def generate_refused_data(ret: int, language: str) -> str:
    """Return the `data` of a refused submission; its three texts are often empty (contract/samples/generate)."""
    no_credit = ret in {1006, 5000}
    # A missing permission was once seen with another code inside: 1017.
    code = "1017" if ret == 3018 else str(ret) if no_credit else ""
    return dump(
        {
            "aigc_data": None,
            "fail_code": code,
            "fail_starling_key": _CREDIT_KEY if no_credit else "",
            "fail_starling_message": _CREDIT_WORDS[language] if no_credit else "",
        }
    )


def commerce_b(payload: str, now: float, refusal: Refusal | None = None) -> str:
    """Wrap in the second commerce shape: payload as a string, other names, a signature."""
    ret, words = (refusal.ret, refusal.words) if refusal else (0, "success")
    sign = base64.b64encode(hashlib.sha256(payload.encode()).digest()).decode()
    return dump(
        {
            "ret": str(ret),
            "errmsg": words,
            "svr_time": int(now),
            "log_id": log_id(now),
            "response": payload,
            "sign": sign,
        }
    )


def passport_dead() -> str:
    """Return what the passport says to a dead session."""
    return dump(
        {
            "data": {"captcha": "", "desc_url": "", "description": "会话过期，请重新登录", "error_code": 13},
            "message": "error",
        }
    )

"""The `Sign` header of the sites' web API."""

import hashlib

_BEFORE = "9e2c"
_AFTER = "11ac"
# The site signs the last seven characters of the path, not the path.
_TAIL = 7


def build_sign(path: str, *, pf: str, appvr: str, device_time: int, tdid: str = "") -> str:
    """Compute the lower-case hex `Sign` of a URL path (without query) at `device_time`, in epoch seconds."""
    text = "|".join((_BEFORE, path[-_TAIL:], pf, appvr, str(device_time), tdid, _AFTER))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

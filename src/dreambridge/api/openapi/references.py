"""How bodies carry pictures of the caller's."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_ONE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "description": "An address, a data URL, base64, the id of an asset or artifact, or an object with one of these "
        "as `url`, `image_url`, `file_id` or `b64_json`.",
        "anyOf": [{"type": "string"}, {"type": "object"}],
    }
)
_SEVERAL: Final[Mapping[str, Any]] = MappingProxyType({"anyOf": [dict(_ONE), {"type": "array", "items": dict(_ONE)}]})


def picture_fields(*names: str) -> dict[str, Any]:
    """Describe fields of JSON that take one picture or several."""
    return {name: dict(_SEVERAL) for name in names}

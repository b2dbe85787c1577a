"""Operations on assets."""

from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.openapi.asset_shapes import Asset, AssetDeleted, AssetPage
from dreambridge.api.openapi.images import DOT
from dreambridge.api.openapi.operation import BINARY, FORM, TEXT, Answer, Content, Operation, Parameter

_ID: Final = "asset_4mhxkmvh2zzv6ibz5fcbkqdm5v"
_EXAMPLE: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": _ID,
        "object": "asset",
        "kind": "image",
        "media_type": "image/png",
        "bytes": 314634,
        "sha256": "9def2d79510231929c3fbb1d93f8f86b40db7d4a8bd686531e71c78752d1d0bf",
        "size": "2560x1440",
        "width": 2560,
        "height": 1440,
        "seconds": None,
        "name": "lighthouse.png",
        "created_at": 1795518782,
        "url": f"http://127.0.0.1:8000/v1/assets/{_ID}/content",
    }
)
_ASSET: Final = Content(Asset, MappingProxyType({"a picture": dict(_EXAMPLE)}))
_NAME: Final = MappingProxyType({"type": "string", "description": "What the file is called; no path, 255 characters."})
_SOURCE: Final = "An http(s) address, a data URL, base64, or the id or address of a result of yours."
_NAMED: Final = MappingProxyType(
    {
        "type": "object",
        "properties": {
            "url": {"type": "string", "description": _SOURCE},
            "data": {"type": "string", "description": "The same, by the name that fits base64."},
            "name": dict(_NAME),
        },
    }
)
_FORM: Final = MappingProxyType(
    {"type": "object", "properties": {"file": dict(BINARY), "name": dict(_NAME)}, "required": ["file"]}
)
_FILES: Final = tuple(
    Content(BINARY, MappingProxyType({"the file": f"the bytes of {name}"}), media_type)
    for media_type, name in (("image/*", "fox.png"), ("video/*", "fox.mp4"), ("audio/*", "fox.mp3"))
)
_KEPT: Final = ("image/png", "image/jpeg", "image/webp", "video/mp4", "video/quicktime", "audio/wav", "audio/mpeg")
_BYTES: Final = tuple(Content(BINARY, media_type=media_type) for media_type in _KEPT)

CREATE: Final = Operation(
    "Assets",
    "Hand a file in",
    "Keeps one picture (20 MB), video or sound (100 MB) to be used by its id wherever a picture, video or sound may "
    "be sent: a file of a form, the body itself, or JSON that holds or names it. What it is, its content says; "
    "pictures are turned upright, and formats the sites refuse are converted. It stays until it is deleted, used or "
    "not, and spends nothing.",
    {201: Answer("The asset.", (_ASSET,), ("location", "x-dreambridge-ignored", "x-dreambridge-lenient"))},
    bodies=(
        Content(_FORM, {"a form": {"file": "fox.png", "name": "fox.png"}}, FORM),
        Content(_NAMED, {"a data URL": {"url": DOT, "name": "dot.png"}, "base64": {"data": DOT.partition(",")[2]}}),
        *_FILES,
    ),
    parameters=(Parameter("name", "query", "What the file is called, where the body is the file itself.", TEXT),),
    errors=(400, 413, 429),
)
LIST: Final = Operation(
    "Assets",
    "List assets",
    "The caller's assets, a page at a time.",
    {
        200: Answer(
            "A page.",
            (
                Content(
                    AssetPage,
                    {
                        "one asset": {
                            "object": "list",
                            "data": [dict(_EXAMPLE)],
                            "first_id": _ID,
                            "last_id": _ID,
                            "has_more": False,
                        }
                    },
                ),
            ),
        )
    },
    parameters=(
        Parameter(
            "limit", "query", "Assets on a page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
        ),
        Parameter("after", "query", "The id of the asset before the page: `last_id` of the one before."),
        Parameter("order", "query", "By time of making.", {"enum": ["desc", "asc"], "default": "desc"}),
    ),
    errors=(400,),
)
RETRIEVE: Final = Operation(
    "Assets", "Look at an asset", "What is known of it.", {200: Answer("The asset.", (_ASSET,))}, errors=(404,)
)
CONTENT: Final = Operation(
    "Assets",
    "Fetch an asset's bytes",
    "The file as it is kept, for its owner.",
    {200: Answer("The bytes.", _BYTES), 206: Answer("A part of the bytes.", _BYTES, ("content-range",))},
    parameters=(Parameter("Range", "header", "One range of bytes, such as `bytes=0-99`."),),
    errors=(404, 416),
)
DELETE: Final = Operation(
    "Assets",
    "Delete an asset",
    "Its id stops working. The file is erased once no job that was given it and no other asset needs it; jobs and "
    "their results stay as they are.",
    {
        200: Answer(
            "It is gone.",
            (Content(AssetDeleted, {"deleted": {"id": _ID, "object": "asset.deleted", "deleted": True}}),),
        )
    },
    errors=(404,),
)

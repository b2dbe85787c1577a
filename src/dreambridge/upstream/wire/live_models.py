"""The sites' own lists of models, as one account sees them now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.domain.generation import Dimensions, InputKind, Kind, VideoMode
from dreambridge.domain.live_model import LiveModel
from dreambridge.upstream.wire.envelope import Envelope
from dreambridge.upstream.wire.identity import Service, SiteRequest
from dreambridge.upstream.wire.reading import Document, as_dict, as_int, as_list, as_text, first_text, objects

IMAGE_MODELS: Final = SiteRequest(Service.MWEB, "/mweb/v1/get_common_config")
VIDEO_MODELS: Final = SiteRequest(
    Service.MWEB, "/mweb/v1/video_generate/get_common_config", {"scene": "video_generate", "params": {}}
)
_EDIT: Final = "byte_edit"
_MODES: Final[Mapping[str, VideoMode]] = MappingProxyType(
    {
        "prompt": VideoMode.TEXT,
        "first_frame": VideoMode.FIRST_FRAME,
        "end_frame": VideoMode.FIRST_LAST_FRAMES,
        "multi_frame": VideoMode.MULTI_FRAME,
        "multi_frames": VideoMode.MULTI_FRAME,
        "unified_edit": VideoMode.OMNI_REFERENCE,
    }
)
_MATERIALS: Final[Mapping[int, InputKind]] = MappingProxyType(
    {1: InputKind.IMAGE, 2: InputKind.VIDEO, 3: InputKind.AUDIO}
)


def parse_image_models(envelope: Envelope, codes: Mapping[str, int]) -> tuple[LiveModel, ...]:
    """Read the list of image models; `codes` gives the number of each ratio. Raises `AnswerUnreadable` without one."""
    ratios = {code: name for name, code in codes.items()}
    return tuple(_parse_image(row, ratios) for row in _rows(envelope))


def parse_video_models(envelope: Envelope) -> tuple[LiveModel, ...]:
    """Read the list of video models; raises `AnswerUnreadable` without one."""
    return tuple(_parse_video(row) for row in _rows(envelope))


def _rows(envelope: Envelope) -> list[Document]:
    rows = as_dict(envelope.data).get("model_list")
    if not isinstance(rows, list):
        raise AnswerUnreadable("The site's answer holds no list of models.", log_id=envelope.log_id)
    return [row for row in objects(rows) if as_text(row.get("model_req_key"))]


def _parse_image(row: Document, ratios: Mapping[int, str]) -> LiveModel:
    sizes: dict[str, dict[str, Dimensions]] = {}
    for tier, told in as_dict(row.get("resolution_map")).items():
        found = sizes.setdefault(tier, {})
        for each in objects(as_dict(told).get("image_ratio_sizes")):
            ratio = ratios.get(as_int(each.get("ratio_type")) or 0)
            width, height = as_int(each.get("width")) or 0, as_int(each.get("height")) or 0
            if ratio and width > 0 and height > 0:
                found[ratio] = Dimensions(width, height)
    features = _texts(row.get("feats"))
    limits = [
        as_int(each.get("max_image_num"))
        for each in objects(row.get("input_image_limit"))
        if as_text(each.get("ability_name")) == _EDIT
    ]
    takes = next((limit for limit in limits if limit is not None), None)
    most = takes if _EDIT in features or takes is None else 0
    return LiveModel(
        key=as_text(row.get("model_req_key")),
        title=as_text(row.get("model_name")),
        kind=Kind.IMAGE,
        resolutions=tuple(sizes),
        default_resolution=as_text(row.get("default_resolution_type")) or None,
        ratios=tuple(dict.fromkeys(ratio for each in sizes.values() for ratio in each)),
        sizes=sizes,
        counts=_wholes(row.get("generate_count_options")),
        default_count=as_int(row.get("default_generate_count")),
        max_inputs=most,
        inputs={InputKind.IMAGE: most} if most else {},
        benefits=_benefits(row.get("commercial_config")),
        features=features,
        is_new=row.get("is_new_model") is True,
        status=as_int(row.get("model_status")),
    )


def _parse_video(row: Document) -> LiveModel:
    options = {as_text(each.get("key")): each for each in objects(row.get("options"))}
    fps = _numbers(options, "fps")
    media = _words(options, "input_media_type")
    inputs, total = _materials(as_dict(options.get("unified_edit")))
    resolutions = _words(options, "resolution")
    return LiveModel(
        key=as_text(row.get("model_req_key")),
        title=as_text(row.get("model_name")),
        kind=Kind.VIDEO,
        resolutions=resolutions,
        default_resolution=_default(options, "resolution", resolutions),
        ratios=_words(options, "video_aspect_ratio"),
        seconds=_seconds(options, fps),
        fps=fps,
        modes=tuple(dict.fromkeys(mode for word in media if (mode := _MODES.get(word)))),
        max_inputs=total,
        inputs=inputs,
        benefits=_benefits(row.get("commercial_config")),
        features=media,
        is_new=row.get("is_new_model") is True,
        status=as_int(row.get("model_status")),
    )


def _seconds(options: Mapping[str, Document], fps: tuple[int, ...]) -> tuple[int, ...]:
    """Read the lengths: as numbers of pictures, or in milliseconds."""
    milliseconds = _numbers(options, "duration_ms")
    if milliseconds:
        return tuple(dict.fromkeys(number // 1000 for number in milliseconds))
    rate = fps[0] if fps and fps[0] > 0 else 0
    return tuple(dict.fromkeys(number // rate for number in _numbers(options, "frames"))) if rate else ()


def _materials(option: Document) -> tuple[dict[InputKind, int], int | None]:
    config = as_dict(option.get("unified_edit_config"))
    found: dict[InputKind, int] = {}
    for each in objects(config.get("supported_materials")):
        kind = _MATERIALS.get(as_int(each.get("material_type")) or 0)
        most = as_int(as_dict(each.get("limit")).get("max_count"))
        if kind and most:
            found[kind] = most
    return found, as_int(as_dict(config.get("limit")).get("max_count")) or as_int(config.get("max_count"))


def _benefits(config: object) -> dict[str, str]:
    commercial = as_dict(config)
    found = {}
    usual = first_text(commercial.get("benefit_type"), as_dict(commercial.get("default")).get("benefit_type"))
    if usual:
        found[""] = usual
    for each in objects(commercial.get("resolution_price_configs")):
        name = as_text(as_dict(each.get("price")).get("benefit_type"))
        if name:
            found[as_text(each.get("resolution")).casefold()] = name
    return found


def _choices(options: Mapping[str, Document], key: str) -> Document:
    return as_dict(as_dict(options.get(key)).get("enum_val"))


def _words(options: Mapping[str, Document], key: str) -> tuple[str, ...]:
    return _texts(_choices(options, key).get("string_value"))


def _numbers(options: Mapping[str, Document], key: str) -> tuple[int, ...]:
    return _wholes(_choices(options, key).get("int_value"))


def _default(options: Mapping[str, Document], key: str, words: tuple[str, ...]) -> str | None:
    place = as_int(_choices(options, key).get("default_val_idx"))
    return words[place] if place is not None and 0 <= place < len(words) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in map(as_text, as_list(value)) if text))


def _wholes(value: object) -> tuple[int, ...]:
    return tuple(number for number in map(as_int, as_list(value)) if number is not None)

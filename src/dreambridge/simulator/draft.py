"""Reads a submitted draft the way the site does: every node checked, the main component dispatched."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.market import Market, Model, Size
from dreambridge.simulator.record import Wish

TEXT_TO_IMAGE = 1

# Parts of drafts that were accepted without `type` and `id` of their own.
_BARE = frozenset({"meta_list", "material_ref"})
_SERIES = re.compile(r"(\d{1,2})\s*张")
_SERIES_LIMIT = 15


def read_wish(body: dict[str, Any], market: Market, *, strict: bool) -> Wish:
    """Return what a submission asks for.

    Raises `Refusal`: 1000 for a parameter, 1002 for a malformed draft, 2061 for a model that is not sold here.
    """
    submit_id = body.get("submit_id")
    if not isinstance(submit_id, str) or not submit_id:
        raise Refusal(1000, "submit_id is missing")
    text = body.get("draft_content")
    if not isinstance(text, str):
        raise Refusal(1002, "draft_content must be a string that holds JSON")
    main = _main_component(read_draft(text))
    kind = main.get("generate_type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Refusal(1002, f"generate_type {kind!r} is not known")
    return reader(body, main, market, strict)


def read_draft(text: str) -> dict[str, Any]:
    """Return the draft; raise `Refusal` 1002 when it is no JSON, or a node lacks `type` or a unique `id`."""
    try:
        draft = json.loads(text)
    except ValueError as error:
        raise Refusal(1002, f"draft_content is not JSON: {error}") from error
    if not isinstance(draft, dict):
        raise Refusal(1002, "the draft must be an object")
    seen: set[str] = set()
    _check_node(draft, "draft", seen)
    return draft


def _check_node(node: dict[str, Any], place: str, seen: set[str]) -> None:
    if not isinstance(node.get("type"), str):
        raise Refusal(1002, f"{place} has no type")
    node_id = node.get("id")
    if not isinstance(node_id, str) or not node_id:
        raise Refusal(1002, f"{place} has no id")
    if node_id in seen:
        raise Refusal(1002, f"{place} repeats the id of another node")
    seen.add(node_id)
    for name, value in node.items():
        if name in _BARE:
            continue
        if isinstance(value, dict):
            _check_node(value, f"{place}.{name}", seen)
        elif isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, dict):
                    _check_node(entry, f"{place}.{name}[{index}]", seen)


def _main_component(draft: dict[str, Any]) -> dict[str, Any]:
    components = draft.get("component_list")
    if isinstance(components, list):
        for component in components:
            if isinstance(component, dict) and component["id"] == draft.get("main_component_id"):
                return component
    raise Refusal(1002, "main_component_id names no component")


def _text_to_image(body: dict[str, Any], main: dict[str, Any], market: Market, strict: bool) -> Wish:
    abilities = _object(main, "abilities")
    generate = _object(abilities, "generate")
    core = _object(generate, "core_param")
    info = _object(core, "large_image_info")
    resolution = str(info.get("resolution_type") or "1k")
    model = _model(body, core, market, resolution, strict)
    if strict and resolution not in model.resolutions:
        raise Refusal(1000, f"{model.key} has no {resolution}")
    prompt = core.get("prompt")
    if not isinstance(prompt, str) or (strict and not prompt.strip()):
        raise Refusal(1000, "the prompt is missing")
    seed = core.get("seed", 0)
    return Wish(
        submit_id=body["submit_id"],
        kind=TEXT_TO_IMAGE,
        model=model.key,
        prompt=prompt,
        negative=str(core.get("negative_prompt", "")),
        seed=seed if isinstance(seed, int) else 0,
        ratio=core["image_ratio"] if isinstance(core.get("image_ratio"), int) else market.ratios["1:1"],
        resolution=resolution,
        size=_size(info, market, model, resolution, strict),
        count=_count(body, model, prompt, abilities.get("gen_option") or generate.get("gen_option")),
        draft=body["draft_content"],
    )


_Reader = Callable[[dict[str, Any], dict[str, Any], Market, bool], Wish]
_READERS: Mapping[str, _Reader] = {"generate": _text_to_image}


def _model(body: dict[str, Any], core: dict[str, Any], market: Market, resolution: str, strict: bool) -> Model:
    extend = body.get("extend")
    root = extend.get("root_model") if isinstance(extend, dict) else None
    for key in (root, core.get("model")):
        if not isinstance(key, str) or not key:
            raise Refusal(1000, "the model key is missing")
        if key not in market.models:
            raise Refusal(2061, f"{key} is not sold on {market.cluster}")
    if strict and root != core["model"]:
        raise Refusal(1000, f"root_model {root} and model {core['model']} differ")
    model = market.model(core["model"], resolution)
    if model is None:
        raise Refusal(2061, f"{core['model']} is not sold on {market.cluster}")
    return model


def _size(info: dict[str, Any], market: Market, model: Model, resolution: str, strict: bool) -> Size:
    width, height = info.get("width"), info.get("height")
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        raise Refusal(1000, "width and height must be positive whole numbers")
    if market.knows_size(model, resolution, (width, height)):
        return width, height
    if strict:
        raise Refusal(1000, f"{model.key} has no {width}x{height} at {resolution}")
    return market.nearest_size(resolution, (width, height))


def _count(body: dict[str, Any], model: Model, prompt: str, option: Any) -> int:
    wanted = option.get("gen_count") if isinstance(option, dict) else None
    if wanted is None:
        telemetry = body.get("metrics_extra")
        if model.series and isinstance(telemetry, str) and "ImageMultiGenerate" in telemetry:
            # The model decides on a series from the prompt; the telemetry only marks that one may come.
            told = _SERIES.search(prompt)
            return min(_SERIES_LIMIT, max(1, int(told[1]))) if told else model.default
        return model.default
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 1 <= wanted <= model.most:
        raise Refusal(1000, f"gen_count {wanted!r} is not within 1 to {model.most}")
    return max(wanted, model.least)


def _object(node: dict[str, Any], name: str) -> dict[str, Any]:
    value = node.get(name)
    if not isinstance(value, dict):
        raise Refusal(1002, f"{name} is missing")
    return value

"""Reads a submitted draft the way the site does: every node checked, the main component dispatched."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from dreambridge.simulator.belongings import Belongings
from dreambridge.simulator.cinema import Cinema, load_cinema
from dreambridge.simulator.drafts.edits import image_edit
from dreambridge.simulator.drafts.images import text_to_image
from dreambridge.simulator.drafts.sheet import Sheet
from dreambridge.simulator.drafts.videos import video
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.market import Market
from dreambridge.simulator.record import Wish

# Parts of drafts that were accepted, or are only known, without `type` and `id` of their own.
_BARE = frozenset(
    {
        "meta_list",
        "material_ref",
        "v2v_opt",
        "insert_frame",
        "super_resolution",
        "video_ref_params",
        "subject_data",
        "idip_meta_list",
    }
)
_READERS: Mapping[str, Callable[[Sheet], Wish]] = {
    "generate": text_to_image,
    "blend": image_edit,
    "gen_video": video,
}
# The schema that a draft is held against in strict mode, by the generate_type of its main component.
_SCHEMAS: Mapping[str, str] = {"generate": "draft", "blend": "draft_edit", "gen_video": "draft_video"}


def read_wish(
    body: dict[str, Any],
    market: Market,
    *,
    strict: bool,
    cinema: Cinema | None = None,
    belongings: Belongings | None = None,
) -> Wish:
    """Return what a submission asks for; `belongings` are what it may refer to (nothing unless told).

    Raises `Refusal`: 1000 for a parameter, 1002 for a malformed draft, 2061 for a model that is not sold here.
    """
    submit_id = body.get("submit_id")
    if not isinstance(submit_id, str) or not submit_id:
        raise Refusal(1000, "submit_id is missing")
    text = body.get("draft_content")
    if not isinstance(text, str):
        raise Refusal(1002, "draft_content must be a string that holds JSON")
    draft = read_draft(text)
    main = _main_component(draft)
    kind = main.get("generate_type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Refusal(1002, f"generate_type {kind!r} is not known")
    halls = cinema or load_cinema(market.cluster)
    return reader(Sheet(body, draft, main, market, halls, belongings or Belongings(), strict))


def schema_of(draft: dict[str, Any]) -> str:
    """Return the name of the schema that a draft is held against; raise `Refusal` 1002 without a main component."""
    return _SCHEMAS.get(str(_main_component(draft).get("generate_type")), "draft")


def read_draft(text: str) -> dict[str, Any]:
    """Return the draft; raise `Refusal` 1002 when it is no JSON, or a node lacks `type` or a unique `id`."""
    try:
        draft = json.loads(text)
    except ValueError as error:
        raise Refusal(1002, f"draft_content is not JSON: {error}") from error
    if not isinstance(draft, dict):
        raise Refusal(1002, "the draft must be an object")
    _check_node(draft, "draft", set())
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

"""Image to image (`blend` with `byte_edit`), and the enlarging of a picture (`normal_hd`)."""

from typing import Any

from dreambridge.simulator.drafts.images import image_count
from dreambridge.simulator.drafts.sheet import Sheet, part, parts
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.market import Size
from dreambridge.simulator.record import Wish

IMAGE_EDIT = 12
# The number of the tool in `postedit_param`; that the record shows it as well is our guess.
IMAGE_HD = 13

_LONGEST = 4096


def image_edit(sheet: Sheet) -> Wish:
    """Read `blend`: pictures to be changed by a prompt, or one to be enlarged."""
    blend = part(sheet.ability, "blend")
    abilities = parts(blend, "ability_list")
    names = {ability.get("name") for ability in abilities}
    if names == {"normal_hd"}:
        return _enlarge(sheet, blend, abilities[0])
    if names != {"byte_edit"}:
        raise Refusal(1002, f"abilities {sorted(map(str, names))} are not played here")
    return _edit(sheet, blend, abilities)


def _edit(sheet: Sheet, blend: dict[str, Any], abilities: list[dict[str, Any]]) -> Wish:
    core = part(blend, "core_param")
    info = part(core, "large_image_info")
    resolution = str(info.get("resolution_type") or "1k")
    model = sheet.image_model(core, resolution)
    uris = [uri for ability in abilities for uri in _pictures(sheet, ability)]
    if not 1 <= len(uris) <= model.inputs:
        raise Refusal(1000, f"{len(uris)} pictures, {model.key} takes 1 to {model.inputs}")
    prompt = core.get("prompt")
    if not isinstance(prompt, str):
        raise Refusal(1000, "the prompt is missing")
    marks = (len(prompt) - len(prompt.lstrip("#"))) // 2
    sheet.insist(marks in {0, 1, len(uris)}, f"{marks} marks before the prompt for {len(uris)} pictures")
    sheet.insist(bool(prompt.strip("# \n")), "the prompt is empty")
    _check_placeholders(sheet, blend, len(abilities), len(uris))
    option = sheet.ability.get("gen_option") or blend.get("gen_option")
    count, series = image_count(sheet, model, prompt, option)
    seed = core.get("seed", 0)
    return Wish(
        submit_id=sheet.body["submit_id"],
        kind=IMAGE_EDIT,
        model=model.key,
        prompt=prompt.lstrip("#"),
        negative=str(core.get("negative_prompt", "")),
        seed=seed if isinstance(seed, int) else 0,
        ratio=core["image_ratio"] if isinstance(core.get("image_ratio"), int) else sheet.market.ratios["1:1"],
        resolution=resolution,
        size=sheet.image_size(info, model, resolution),
        count=count,
        draft=sheet.body["draft_content"],
        inputs=tuple(uris),
        series=series,
    )


def _pictures(sheet: Sheet, ability: dict[str, Any]) -> list[str]:
    nodes = parts(ability, "image_list")
    uris = [sheet.picture(node)[0] for node in nodes]
    listed = ability.get("image_uri_list")
    if not isinstance(listed, list) or not listed:
        raise Refusal(1000, "image_uri_list is missing")
    if listed != uris:
        raise Refusal(1000, "image_uri_list and image_list name different pictures")
    return uris


def _check_placeholders(sheet: Sheet, blend: dict[str, Any], abilities: int, pictures: int) -> None:
    places = blend.get("prompt_placeholder_info_list", [])
    indexes = [one.get("ability_index") for one in places if isinstance(one, dict)]
    sheet.insist(len(indexes) in {abilities, pictures}, f"{len(indexes)} placeholders for {pictures} pictures")
    known = all(isinstance(index, int) and 0 <= index < abilities for index in indexes)
    sheet.insist(known, "a placeholder names no ability")


def _enlarge(sheet: Sheet, blend: dict[str, Any], ability: dict[str, Any]) -> Wish:
    """Read `normal_hd`. The source is named by its uri, or by item and record in `postedit_param`."""
    tool = blend.get("postedit_param")
    tool = tool if isinstance(tool, dict) else {}
    sheet.insist(tool.get("generate_type") == IMAGE_HD, f"postedit_param.generate_type must be {IMAGE_HD}")
    uri, size = _source(sheet, ability, tool)
    made = sheet.belongings.item(uri)
    core = blend.get("core_param")
    core = core if isinstance(core, dict) else {}
    return Wish(
        submit_id=sheet.body["submit_id"],
        kind=IMAGE_HD,
        model=made[0].wish.model if made else sheet.root_model,
        prompt=str(core.get("prompt") or (made[0].wish.prompt if made else "")).lstrip("#"),
        negative="",
        seed=made[0].wish.seed + made[1] if made else 0,
        ratio=made[0].wish.ratio if made else 0,
        resolution="hd",
        size=_doubled(size),
        count=1,
        draft=sheet.body["draft_content"],
        inputs=() if made else (uri,),
    )


def _source(sheet: Sheet, ability: dict[str, Any], tool: dict[str, Any]) -> tuple[str, Size]:
    nodes = ability.get("image_list")
    if isinstance(nodes, list) and nodes and isinstance(nodes[0], dict):
        return sheet.picture(nodes[0])
    if isinstance(origin := ability.get("origin_image"), dict):
        return sheet.picture(origin)
    for node in (tool, ability):
        record = sheet.belongings.record(str(node.get("origin_history_id", "")))
        if record is not None and record.wish.clip is None:
            index = record.item_index(sheet.market.bucket, str(node.get("item_id", "")))
            if index is not None:
                return record.item_uri(sheet.market.bucket, index), record.wish.size
    raise Refusal(1000, "no picture of this account to enlarge")


def _doubled(size: Size) -> Size:
    grow = min(2.0, _LONGEST / max(size)) if max(size) < _LONGEST else 1.0
    return round(size[0] * grow), round(size[1] * grow)

"""Video: from text, frames, many frames, references; and what is made of a finished video."""

from typing import Any

from dreambridge.simulator.cinema import FPS, VideoModel, framed_size, video_size
from dreambridge.simulator.drafts.followups import followup
from dreambridge.simulator.drafts.references import Material, read_frames, read_mode, read_multi_frame, read_omni
from dreambridge.simulator.drafts.sheet import Sheet, part, parts
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.record import Clip, Wish

VIDEO = 10

_MOST_AT_ONCE = 4
_MOST_SECONDS = 180


def video(sheet: Sheet) -> Wish:
    """Read `gen_video`."""
    node = part(sheet.ability, "gen_video")
    params = part(node, "text_to_video_params")
    inputs = parts(params, "video_gen_inputs")
    if "v2v_opt" in inputs[0]:
        return followup(sheet, node, params, inputs[0])
    if len(inputs) > _MOST_AT_ONCE:
        raise Refusal(1000, f"{len(inputs)} videos at once, at most {_MOST_AT_ONCE}")
    model = _model(sheet, params)
    first = inputs[0]
    mode = read_mode(first)
    if mode not in model.modes:
        raise Refusal(1000, f"{model.key} makes no video from {mode}")
    material = _material(sheet, model, mode, first)
    seconds = _seconds(sheet, model, first, material)
    resolution = str(first.get("resolution") or model.resolutions[0])
    sheet.insist(resolution in model.resolutions, f"{model.key} has no {resolution}")
    _check_benefit(sheet, model, (mode, resolution, seconds), material)
    ratio = str(params.get("video_aspect_ratio") or "16:9")
    if ratio not in model.ratios:
        raise Refusal(1000, f"{model.key} has no {ratio}")
    size = framed_size(resolution, material.frame) if material.frame else video_size(resolution, ratio)
    seed = params.get("seed", 0)
    return Wish(
        submit_id=sheet.body["submit_id"],
        kind=VIDEO,
        model=model.key,
        prompt=_prompt(sheet, model, mode, first, material),
        negative="",
        seed=seed if isinstance(seed, int) else 0,
        ratio=0,
        resolution=resolution,
        size=size,
        count=len(inputs),
        draft=sheet.body["draft_content"],
        inputs=material.names,
        clip=Clip(mode=mode, seconds=seconds, fps=FPS, ratio=ratio, shots=material.shots),
        model_name=model.name,
        credits=model.price_of(seconds, len(inputs)),
    )


def _model(sheet: Sheet, params: dict[str, Any]) -> VideoModel:
    key = params.get("model_req_key")
    for told in (sheet.root_model, key):
        if not isinstance(told, str) or not told:
            raise Refusal(1000, "the model key is missing")
        if told not in sheet.cinema.models:
            raise Refusal(2061, f"{told} is not sold on {sheet.market.cluster}")
    sheet.insist(sheet.root_model == key, f"root_model {sheet.root_model} and model_req_key {key} differ")
    model = sheet.cinema.models[str(key)]
    draft_mode = model.key.endswith("_draft")
    features = sheet.draft.get("min_features", [])
    if draft_mode:
        sheet.insist("AIGC_Video_Seedance25ResultAction" in features, "min_features lacks the draft mode")
    return model


def _material(sheet: Sheet, model: VideoModel, mode: str, first: dict[str, Any]) -> Material:
    if mode == "omni_reference":
        return read_omni(sheet, model, part(first, "unified_edit_input"))
    if mode == "multi_frame":
        return read_multi_frame(sheet, first)
    return read_frames(sheet, first)


def _seconds(sheet: Sheet, model: VideoModel, first: dict[str, Any], material: Material) -> float:
    told = first.get("duration_ms")
    if isinstance(told, bool) or not isinstance(told, int) or not 0 < told <= _MOST_SECONDS * 1000:
        raise Refusal(1000, f"duration_ms {told!r} is not within 1 to {_MOST_SECONDS * 1000}")
    sheet.insist(first.get("fps") == FPS, f"fps must be {FPS}")
    if material.shots:
        sheet.insist(round(sum(material.shots) * 1000) == told, "duration_ms is not the sum of the frames")
    else:
        allowed = {*model.seconds, *model.long_seconds}
        sheet.insist(told % 1000 == 0 and told // 1000 in allowed, f"{model.key} makes no {told / 1000} s")
    return told / 1000


def _check_benefit(sheet: Sheet, model: VideoModel, asked: tuple[str, str, float], material: Material) -> None:
    """Hold the billing block against the model: it is needed, and must be of this model (strict: of this clip)."""
    extend = part(sheet.body, "extend")
    told = extend.get("m_video_commerce_info")
    if not isinstance(told, dict):
        raise Refusal(1000, "m_video_commerce_info is missing")
    benefit = told.get("benefit_type")
    if benefit not in model.known():
        raise Refusal(1000, f"{benefit} is no benefit of {model.key}")
    mode, resolution, seconds = asked
    fitting = model.fitting(mode, resolution, seconds, with_video=material.video_seconds > 0)
    sheet.insist(benefit in fitting, f"{benefit} does not fit; {', '.join(sorted(fitting))} would")
    sheet.insist(extend.get("m_video_commerce_info_list") == [told], "the list of billing blocks differs")
    amount = told.get("amount", seconds)
    most = seconds + material.video_seconds + 1
    sheet.insist(
        isinstance(amount, int | float) and seconds <= amount <= most,
        f"amount {amount} is not within {seconds} to {most}",
    )


def _prompt(sheet: Sheet, model: VideoModel, mode: str, first: dict[str, Any], material: Material) -> str:
    prompt = first.get("prompt", "")
    if not isinstance(prompt, str):
        raise Refusal(1000, "the prompt must be a string")
    if mode == "text" and not prompt.strip():
        raise Refusal(1000, "the prompt is missing")
    whole = material.prompt or prompt
    sheet.insist(
        len(whole) <= model.prompt, f"the prompt has {len(whole)} characters, at most {model.prompt} are taken"
    )
    return whole

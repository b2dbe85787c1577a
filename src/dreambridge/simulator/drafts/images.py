"""Text to image."""

import re
from typing import Any

from dreambridge.simulator.drafts.sheet import Sheet, part
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.market import Model
from dreambridge.simulator.record import Wish

TEXT_TO_IMAGE = 1

_SERIES = re.compile(r"(\d{1,2})\s*张")
_SERIES_LIMIT = 15


def text_to_image(sheet: Sheet) -> Wish:
    """Read `generate`."""
    abilities = sheet.ability
    generate = part(abilities, "generate")
    core = part(generate, "core_param")
    info = part(core, "large_image_info")
    resolution = str(info.get("resolution_type") or "1k")
    model = sheet.image_model(core, resolution)
    prompt = core.get("prompt")
    if not isinstance(prompt, str) or (sheet.strict and not prompt.strip()):
        raise Refusal(1000, "the prompt is missing")
    option = abilities.get("gen_option") or generate.get("gen_option")
    count, series = image_count(sheet, model, prompt, option)
    seed = core.get("seed", 0)
    return Wish(
        submit_id=sheet.body["submit_id"],
        kind=TEXT_TO_IMAGE,
        model=model.key,
        prompt=prompt,
        negative=str(core.get("negative_prompt", "")),
        seed=seed if isinstance(seed, int) else 0,
        ratio=core["image_ratio"] if isinstance(core.get("image_ratio"), int) else sheet.market.ratios["1:1"],
        resolution=resolution,
        size=sheet.image_size(info, model, resolution),
        count=count,
        draft=sheet.body["draft_content"],
        series=series,
    )


def image_count(sheet: Sheet, model: Model, prompt: str, option: Any) -> tuple[int, bool]:
    """Return how many pictures come, and whether they come as a series, one after the other."""
    wanted = option.get("gen_count") if isinstance(option, dict) else None
    telemetry = sheet.body.get("metrics_extra")
    # The model decides on a series from the prompt; the telemetry only marks that one may come.
    series = model.series and isinstance(telemetry, str) and "ImageMultiGenerate" in telemetry
    if wanted is None:
        told = _SERIES.search(prompt) if series else None
        return (min(_SERIES_LIMIT, max(1, int(told[1]))) if told else model.default), series
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 1 <= wanted <= model.most:
        raise Refusal(1000, f"gen_count {wanted!r} is not within 1 to {model.most}")
    return max(wanted, model.least), series

"""The live lists of models, as the pages read them. Scenarios let a new model appear and a known one leave."""

from collections.abc import Mapping
from typing import Any

from dreambridge.simulator.calls import Call, Data
from dreambridge.simulator.cinema import FPS, VideoModel
from dreambridge.simulator.envelope import Refusal, dump
from dreambridge.simulator.market import Market, Model

_SCENES = ("video_generate", "lip_sync_image_generate_video", "lip_sync_video_generate_video")
_SOURCE: Mapping[str, str] = {"model_source": "by Dreambridge simulator"}


async def image_config(call: Call) -> Data:
    """Answer the image models of this cluster; needs no login."""
    market = call.world.market
    rows = [
        _image_row(models[0], market)
        for models in market.models.values()
        if not models[0].retired and _shown(call, coming=models[0].coming, leaving=models[0].leaving)
    ]
    return dump({"model_list": rows})


async def video_config(call: Call) -> Data:
    """Answer the video models of this cluster; needs no login. Lip-sync scenes list none: they are not played here."""
    scene = call.body.get("scene")
    if scene not in _SCENES:
        raise Refusal(1000, f"scene {scene!r} is not known")
    rows = [
        _video_row(model)
        for model in call.world.cinema.models.values()
        if scene == _SCENES[0] and not model.retired and _shown(call, coming=model.coming, leaving=model.leaving)
    ]
    return dump(
        {
            "model_list": rows,
            "video_duration_display_range": {"min_duration_ms": 4000, "max_duration_ms": 15000},
            "max_batch_gen_count": 4,
        }
    )


async def audio_config(call: Call) -> Data:
    """Answer the sound models: known by their keys only, and only from the Chinese site."""
    listed = call.world.market.language == "zh"
    song = {"model_req_key": "seed_music_1.0", "model_name": "Seed Music 1.0", "extra": dict(_SOURCE)}
    speech = {"model_req_key": "tts_model_v3", "model_name": "Seed TTS", "extra": dict(_SOURCE)}
    return dump({"song": {"model_list": [song] * listed}, "tts": {"model_list": [speech] * listed}})


def _shown(call: Call, *, coming: bool, leaving: bool) -> bool:
    scenario = call.world.scenario_of(call.account)
    shape = scenario.shape if scenario else frozenset()
    return not (coming and "new_model" not in shape) and not (leaving and "model_leaves" in shape)


def _image_row(model: Model, market: Market) -> dict[str, Any]:
    table = {
        name: {
            "resolution_name": name.upper(),
            "image_ratio_sizes": [
                {"ratio_type": market.ratios[ratio], "width": width, "height": height}
                for ratio, (width, height) in market.sizes[name].items()
            ],
        }
        for name in model.resolutions
    }
    return {
        "model_req_key": model.key,
        "model_name": model.name,
        "model_tip": "",
        "is_new_model": model.coming,
        "feats": ["t2i", *(["byte_edit"] if model.inputs else [])],
        "generate_count_options": list(range(model.least, model.most + 1)),
        "default_generate_count": model.default,
        "resolution_map": table,
        "default_resolution_type": "2k" if "2k" in model.resolutions else model.resolutions[0],
        "input_image_limit": [{"max_image_num": model.inputs, "ability_name": "byte_edit"}],
        "commercial_config": {"benefit_type": "image_basic", "amount": model.price["*"]},
        "extra": dict(_SOURCE),
    }


def _video_row(model: VideoModel) -> dict[str, Any]:
    seconds = [*model.seconds]
    lengths = (
        _option("duration_ms", "int_value", [one * 1000 for one in seconds])
        if model.third_party
        else _option("frames", "int_value", [one * FPS for one in seconds])
    )
    ratio = model.ratios.index("16:9") if "16:9" in model.ratios else 0
    options = [
        _option("resolution", "string_value", list(model.resolutions)),
        lengths,
        _option("fps", "int_value", [FPS]),
        _option("video_aspect_ratio", "string_value", list(model.ratios), ratio),
        _option("input_media_type", "string_value", _media_types(model)),
    ]
    if model.omni is not None:
        limits = ((1, model.omni.images), (2, model.omni.videos), (3, model.omni.audios))
        materials = [{"material_type": kind, "limit": {"max_count": most}} for kind, most in limits]
        options.append({"key": "unified_edit", "unified_edit_config": {"supported_materials": materials}})
    prices = [
        {"resolution": one, "price": {"benefit_type": model.benefits[0].replace("{resolution}", one)}}
        for one in model.resolutions
    ]
    return {
        "model_req_key": model.key,
        "model_name": model.name,
        "model_status": 0,
        "options": options,
        "commercial_config": {"default": prices[0]["price"], "resolution_price_configs": prices},
        "extra": dict(_SOURCE),
    }


def _media_types(model: VideoModel) -> list[str]:
    names = {
        "omni_reference": "unified_edit",
        "text": "prompt",
        "first_frame": "first_frame",
        "first_last_frames": "end_frame",
        "multi_frame": "multi_frame",
    }
    return [told for mode, told in names.items() if mode in model.modes]


def _option(key: str, kind: str, values: list[Any], default: int = 0) -> dict[str, Any]:
    return {"key": key, "enum_val": {kind: values, "default_val_idx": default}}

"""Turns a plan into records, as submissions of the page would."""

import hashlib
import json
import uuid

from dreambridge.simulator.account import Account
from dreambridge.simulator.agent.plan import Plan
from dreambridge.simulator.cinema import FPS, framed_size, video_size
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.market import Model
from dreambridge.simulator.record import Clip, Record, Wish
from dreambridge.simulator.scenarios import Scenario
from dreambridge.simulator.world import World

_IMAGE_MODEL = "high_aes_general_v40l"
_VIDEO_MODEL = "dreamina_ic_generate_video_model_vgfm_3.0_fast"


def submit(world: World, account: Account, plan: Plan, scenario: Scenario, resolution: str = "") -> Record:
    """Accept what a plan asks for; raise `Refusal` as a submission would be refused."""
    fault = world.fault(scenario, "generate", f"{account.session}:agent:generate")
    if fault is not None and fault.kind == "ret":
        raise Refusal(int(fault.value))
    wish = _video(world, account, plan) if plan.video else _pictures(world, plan, resolution or plan.resolution)
    return world.accept(wish, account, scenario)


def _pictures(world: World, plan: Plan, resolution: str) -> Wish:
    market = world.market
    key = plan.model if plan.model in market.models else _IMAGE_MODEL
    model = market.model(key, resolution)
    if model is None:
        raise Refusal(2061, f"{key} is not sold here")
    size_name = resolution if resolution in model.resolutions else _usual(model)
    ratio = plan.ratio if plan.ratio in market.ratios else "1:1"
    return Wish(
        submit_id=str(uuid.uuid4()),
        kind=12 if plan.inputs else 1,
        model=model.key,
        prompt=plan.prompt,
        negative="",
        seed=_seed(plan.prompt),
        ratio=market.ratios[ratio],
        resolution=size_name,
        size=next(iter(model.sizes)) if model.sizes else market.sizes[size_name][ratio],
        count=min(model.most, max(model.least, plan.number)) if plan.number else model.default,
        draft=json.dumps({"type": "draft", "aigc_mode": "creation_agent_v30"}),
        inputs=plan.inputs[: model.inputs],
    )


def _usual(model: Model) -> str:
    return "2k" if "2k" in model.resolutions else model.resolutions[0]


def _video(world: World, account: Account, plan: Plan) -> Wish:
    model = world.cinema.models[_VIDEO_MODEL]
    seconds = min(model.seconds, key=lambda own: abs(own - plan.seconds))
    ratio = plan.ratio if plan.ratio in model.ratios else "16:9"
    frame = world.belongings(account).picture_size(plan.inputs[0]) if plan.inputs else None
    resolution = model.resolutions[0]
    return Wish(
        submit_id=str(uuid.uuid4()),
        kind=10,
        model=model.key,
        prompt=plan.prompt,
        negative="",
        seed=_seed(plan.prompt),
        ratio=0,
        resolution=resolution,
        size=framed_size(resolution, frame) if frame else video_size(resolution, ratio),
        count=1,
        draft=json.dumps({"type": "draft", "aigc_mode": "creation_agent_v30"}),
        inputs=plan.inputs[:1],
        clip=Clip(mode="first_frame" if frame else "text", seconds=float(seconds), fps=FPS, ratio=ratio),
        model_name=model.name,
        credits=model.price_of(seconds, 1),
    )


def _seed(prompt: str) -> int:
    digest = hashlib.md5(prompt.encode("utf-8", "backslashreplace"), usedforsecurity=False).hexdigest()
    return 2_500_000_000 + int(digest[:7], 16) % 100_000_000

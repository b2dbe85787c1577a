import io
import json
import uuid
import wave
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import av
import pytest
from PIL import Image

from dreambridge.simulator.clips import ClipOrder, draw_clip
from dreambridge.simulator.contract import Contract
from dreambridge.simulator.draft import read_wish
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.pictures import PictureOrder
from dreambridge.simulator.server import SimulatorServer

Ask = Callable[..., Awaitable[Any]]
Move = Callable[[float], None]


def node(kind: str = "", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": str(uuid.uuid4()), **fields}


def image_node(uri: str) -> dict[str, Any]:
    facts = {"source_from": "upload", "platform_type": 1, "name": "", "width": 0, "height": 0, "format": ""}
    return node("image", image_uri=uri, uri=uri, **facts)


def document(component: dict[str, Any], **changes: Any) -> dict[str, Any]:
    facts = {"min_version": "3.0.2", "min_features": [], "is_from_tsn": True, "version": "3.3.9"} | changes
    return node("draft", main_component_id=component["id"], component_list=[component], **facts)


def submission(model: str, draft: dict[str, Any], **extend: Any) -> dict[str, Any]:
    return {
        "extend": {"root_model": model, **extend},
        "submit_id": str(uuid.uuid4()),
        "metrics_extra": "{}",
        "draft_content": json.dumps(draft),
        "http_common_info": {"aid": 513695},
    }


@pytest.fixture
def edit() -> Callable[..., dict[str, Any]]:
    """Make the body of an image-to-image submission; `together` puts all pictures into one ability."""

    def make(
        uris: list[str], *, model: str = "high_aes_general_v40l", prompt: str | None = None, together: bool = False
    ) -> dict[str, Any]:
        groups = [uris] if together else [[uri] for uri in uris]
        core = node(
            model=model,
            prompt="##" * len(uris) + "put the hat on the cat" if prompt is None else prompt,
            sample_strength=0.5,
            image_ratio=1,
            large_image_info=node(min_version="3.0.2", width=2048, height=2048, resolution_type="2k"),
            intelligent_ratio=False,
        )
        abilities = [
            node(name="byte_edit", image_uri_list=group, image_list=[image_node(uri) for uri in group], strength=0.5)
            for group in groups
        ]
        blend = node(
            min_version="3.2.9",
            min_features=[],
            core_param=core,
            ability_list=abilities,
            prompt_placeholder_info_list=[node(ability_index=index) for index in range(len(groups))],
            postedit_param=node(generate_type=0),
        )
        component = node(
            "image_base_component",
            min_version="3.0.2",
            generate_type="blend",
            abilities=node(blend=blend, gen_option=node(generate_all=False)),
        )
        return submission(model, document(component, min_version="3.2.9"))

    return make


@pytest.fixture
def film() -> Callable[..., dict[str, Any]]:
    """Make the body of a video submission; `first` changes the input, `draft` the document, `info` the billing."""

    def make(
        *,
        model: str = "dreamina_seedance_40",
        benefit: str = "dreamina_seedance_20_fast",
        ratio: str = "16:9",
        draft: dict[str, Any] | None = None,
        info: dict[str, Any] | None = None,
        **first: Any,
    ) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "prompt": "waves at dusk",
            "video_mode": 2,
            "fps": 24,
            "duration_ms": 5000,
            "resolution": "720p",
        }
        one = node(min_version="3.0.5", **facts | {"idip_meta_list": []} | first)
        params = node(
            video_gen_inputs=[one], video_aspect_ratio=ratio, seed=2_512_345_678, model_req_key=model, priority=0
        )
        component = node(
            "video_base_component",
            min_version="1.0.0",
            generate_type="gen_video",
            process_type=1,
            abilities=node(gen_video=node(text_to_video_params=params, video_task_extra="{}")),
        )
        bill = {"benefit_type": benefit, "resource_id": "generate_video", "resource_id_type": "str"}
        bill |= {"resource_sub_type": "aigc"} | (info or {})
        lists = {"m_video_commerce_info": bill, "m_video_commerce_info_list": [bill]}
        return submission(model, document(component, **({"min_version": "3.0.5"} | (draft or {}))), **lists)

    return make


@pytest.fixture
def picture_node() -> Callable[[str], dict[str, Any]]:
    """Make the node of an uploaded picture."""
    return image_node


@pytest.fixture
def square() -> Callable[..., bytes]:
    """Make a picture of one colour."""

    def make(colour: str, width: int = 320, height: int = 180) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(file, "PNG")
        return file.getvalue()

    return make


@pytest.fixture
def moving() -> Callable[..., bytes]:
    """Make a video."""

    def make(seconds: float = 2.0) -> bytes:
        return draw_clip(ClipOrder(320, 180, seconds, 24, PictureOrder(320, 180, "png", prompt="x")))

    return make


@pytest.fixture
def sound() -> Callable[..., bytes]:
    """Make a sound."""

    def make(seconds: float = 1.0) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(bytes(round(16000 * seconds)))
        return file.getvalue()

    return make


@pytest.fixture
def told() -> Callable[[SimulatorServer, dict[str, Any]], str]:
    """Say what strict rules find wrong with a submission, its headers aside; empty when they take it."""

    def complaint(site: SimulatorServer, body: dict[str, Any]) -> str:
        contract = Contract()
        schema = "draft_edit" if "image_base_component" in body["draft_content"] else "draft_video"
        if words := contract.complaint(schema, json.loads(body["draft_content"])):
            return words
        if words := contract.complaint("generate", body):
            return words
        account = site.world.accounts.get("alice")
        belongings = site.world.belongings(account) if account else None
        try:
            read_wish(body, site.world.market, strict=True, cinema=site.world.cinema, belongings=belongings)
        except Refusal as refusal:
            return refusal.detail
        return ""

    return complaint


@pytest.fixture
def probe() -> Callable[[bytes], tuple[str, int, int, int, float]]:
    """Read codec, width, height, frames and seconds of a video."""

    def read(content: bytes) -> tuple[str, int, int, int, float]:
        with av.open(io.BytesIO(content), "r") as container:
            stream = container.streams.video[0]
            frames = sum(1 for _ in container.decode(stream))
            assert stream.duration is not None
            assert stream.time_base is not None
            name = stream.codec_context.name
            return name, stream.width, stream.height, frames, float(stream.duration * stream.time_base)

    return read


@pytest.fixture
def fetch(web: aiohttp.ClientSession) -> Callable[[str], Awaitable[bytes]]:
    """Get a file that is there."""

    async def get(url: str) -> bytes:
        async with web.get(url) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read()

    return get


@pytest.fixture
def made(ask: Ask, move: Move) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Submit a video that is accepted, wait for its end and return its record."""

    async def make(site: SimulatorServer, body: dict[str, Any], session: str = "alice") -> dict[str, Any]:
        answer = await ask(site, "generate", body, session=session)
        assert answer["ret"] == "0", (answer, list(site.world.refusals))
        move(200)
        record: dict[str, Any] = (await ask(site, "history", {"submit_ids": [body["submit_id"]]}, session=session))[
            "data"
        ][body["submit_id"]]
        return record

    return make

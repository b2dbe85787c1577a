"""LiteLLM, unmodified: the order as JSON in, what its user would get as JSON out."""

import io
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import litellm
import openai

_ENDED = {"completed", "failed"}


def _place(order: dict[str, Any]) -> dict[str, Any]:
    return {"api_base": f"{order['url']}/v1", "api_key": order["token"], "num_retries": 0, "max_retries": 0}


def _image(order: dict[str, Any]) -> Any:
    return litellm.image_generation(**order["body"], **_place(order)).model_dump()


def _edit(order: dict[str, Any]) -> Any:
    image = io.BytesIO(bytes.fromhex(order["file"]))
    return litellm.image_edit(image=image, **order["body"], **_place(order)).model_dump()


def _chat(order: dict[str, Any]) -> Any:
    return litellm.completion(**order["body"], **_place(order)).model_dump()


def _video(order: dict[str, Any]) -> Any:
    place = {"api_base": f"{order['url']}/v1", "api_key": order["token"]}
    video = litellm.video_generation(**order["body"], **place)
    for _ in range(300):
        if video.status in _ENDED:
            break
        time.sleep(0.1)
        video = litellm.video_status(video_id=video.id, **place)
    content = litellm.video_content(video_id=video.id, **place)
    return {"video": video.model_dump(), "head": content[:12].hex()}


ACTIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "image": _image,
    "edit": _edit,
    "chat": _chat,
    "video": _video,
}


def main() -> None:
    order = json.loads(sys.argv[1])
    try:
        result = ACTIONS[order["action"]](order)
    except openai.APIError as failed:
        status = getattr(failed, "status_code", None)
        result = {"failure": {"class": type(failed).__name__, "status": status, "message": str(failed)}}
    sys.stdout.write("\n" + json.dumps(result, default=str) + "\n")


if __name__ == "__main__":
    main()

"""How clients read the answer of an image call."""

import base64
import io
from collections.abc import Mapping
from typing import Any

from PIL import Image
from tests.clients.readings.reading import Reading
from tests.clients.replay import Answer


def check_picture(answer: Answer, content: bytes) -> None:
    """See that bytes are a picture, of the size the exchange asks for."""
    with Image.open(io.BytesIO(content)) as opened:
        opened.load()
        if answer.exchange.size is not None:
            assert f"{opened.width}x{opened.height}" == answer.exchange.size


def decode(answer: Answer, text: Any) -> None:
    """Read base64 strictly: standard alphabet, padding, no prefix."""
    assert isinstance(text, str)
    check_picture(answer, base64.b64decode(text, validate=True))


def _items(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, (answer.status, answer.content[:300])
    items: list[dict[str, Any]] = answer.json["data"]
    assert len(items) == answer.exchange.pictures
    return items


async def url_first(answer: Answer) -> None:
    """Take `url` where there is one, else `b64_json`; fetch addresses with the key and without."""
    for item in _items(answer):
        if item.get("url"):
            check_picture(answer, await answer.media(item["url"], "image"))
            check_picture(answer, await answer.media(item["url"], "image", bearer=answer.exchange.token))
        else:
            decode(answer, item["b64_json"])


async def base64_first(answer: Answer) -> None:
    """Take `b64_json` of the first entry where there is one, else its `url`."""
    item = _items(answer)[0]
    if item.get("b64_json"):
        decode(answer, item["b64_json"])
    else:
        check_picture(answer, await answer.media(item["url"], "image"))


async def base64_only(answer: Answer) -> None:
    """Take `b64_json` of each entry and nothing else."""
    for item in _items(answer):
        decode(answer, item["b64_json"])


async def base64_alone(answer: Answer) -> None:
    """Take `b64_json`, and show the picture twice, or refuse it, where an address lies beside it."""
    for item in _items(answer):
        decode(answer, item["b64_json"])
        assert "url" not in item


async def url_only(answer: Answer) -> None:
    """Take `url` of each entry and nothing else."""
    for item in _items(answer):
        check_picture(answer, await answer.media(item["url"], "image"))


async def both_lists(answer: Answer) -> None:
    """Collect addresses and base64 as two lists and show both."""
    items = _items(answer)
    urls = [item["url"] for item in items if item.get("url")]
    texts = [item["b64_json"] for item in items if item.get("b64_json")]
    assert len(urls) + len(texts) == answer.exchange.pictures
    for url in urls:
        check_picture(answer, await answer.media(url, "image"))
    for text in texts:
        decode(answer, text)


async def go_image_response(answer: Answer) -> None:
    """Decode into Go's types: whole `created`, text or nothing in each entry, a whole usage or none."""
    content = answer.json
    assert type(content["created"]) is int
    for item in _items(answer):
        assert all(isinstance(item.get(name, ""), str) for name in ("url", "b64_json", "revised_prompt"))
    if usage := content.get("usage"):
        assert all(type(usage[name]) is int for name in ("input_tokens", "output_tokens", "total_tokens"))


READINGS: Mapping[str, Reading] = {
    "picture: url, then b64_json": url_first,
    "picture: b64_json of the first, then url": base64_first,
    "picture: b64_json only": base64_only,
    "picture: b64_json without url": base64_alone,
    "picture: url only": url_only,
    "picture: both lists": both_lists,
    "picture: Go types": go_image_response,
}

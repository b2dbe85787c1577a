import base64
import json
from typing import Any

import pytest

from dreambridge.domain.generation import Dimensions, Kind
from dreambridge.upstream.wire.items import parse_item, parse_items

ORIGIN = {
    "vid": "v028",
    "fps": 24,
    "width": 1280,
    "height": 720,
    "duration": 5042,
    "video_url": "https://v3-artist.example.com/origin",
    "cover_url": "https://cover.example.com/2",
    "format": "mp4",
}


def model(**urls: str) -> str:
    rows = {
        name: {"definition": definition, "main_url": base64.b64encode(url.encode()).decode()}
        for name, (definition, url) in ((key, value.split("|")) for key, value in urls.items())
    }
    return json.dumps({"video_list": rows})


def film(common: dict[str, Any] | None = None, **video: Any) -> dict[str, Any]:
    return {"common_attr": {"id": "7599", "cover_url": "https://cover.example.com/1"} | (common or {}), "video": video}


@pytest.mark.parametrize(
    ("item", "url"),
    [
        (film({"transcoded_video": {"origin": ORIGIN}}, transcoded_video={"origin": {"video_url": "https://b"}}), None),
        (film(transcoded_video={"origin": ORIGIN, "720p": {"video_url": "https://small"}}), None),
        (film(origin_video={"video_url": "https://a"}, play_url="https://play"), "https://a"),
        (
            film(video_model=model(video_1="720p|https://small", video_2="origin|https://o"), url="https://u"),
            "https://o",
        ),
        (film(play_url="https://play", download_url="https://download", url="https://u"), "https://play"),
        (film(download_url="https://download", url="https://u"), "https://download"),
        (film(url="https://u", transcoded_video={"720p": {"video_url": "https://small"}}), "https://u"),
        (film(transcoded_video={"360p": {"video_url": "https://s"}, "720p": {"video_url": "https://l"}}), "https://l"),
        (film(video_model=model(video_2="480p|https://4", video_10="720p|https://7")), "https://7"),
        (film(video_model={"video_list": 1}, transcoded_video=None, url="https://u"), "https://u"),
        (film(video_model="{broken", url="https://u"), "https://u"),
    ],
)
def test_the_best_address_of_a_video_is_found_wherever_it_stands(item: dict[str, Any], url: str | None) -> None:
    found = parse_item(item)
    assert found is not None
    assert found.kind is Kind.VIDEO
    assert found.url == (url or ORIGIN["video_url"])


def test_a_video_tells_its_size_length_and_picture() -> None:
    found = parse_item(film(duration=6, duration_ms=5042, transcoded_video={"origin": ORIGIN}))
    assert found is not None
    assert (found.item_id, found.vid, found.fps, found.seconds) == ("7599", "v028", 24, 5.042)
    assert (found.dimensions, found.format) == (Dimensions(1280, 720), "mp4")
    assert found.cover_url == "https://cover.example.com/2"
    bare = parse_item(film(duration=6, url="https://u", video_id="v029", cover_url="https://cover.example.com/3"))
    assert bare is not None
    assert (bare.vid, bare.seconds, bare.cover_url) == ("v029", 6, "https://cover.example.com/3")


@pytest.mark.parametrize(
    "item", [film(cover_url="https://c"), film(video_model=model(video_1="origin|ftp://x")), film(play_url="")]
)
def test_the_picture_of_a_video_is_never_taken_for_the_video(item: dict[str, Any]) -> None:
    assert parse_item(item, is_video=True) is None
    assert list(parse_items({"generate_type": 10, "item_list": [{"common_attr": item["common_attr"]}]})) == []


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ({"audio": {"origin_audio": {"url": "https://a"}, "duration": 3}}, "https://a"),
        ({"audio": {"x": 1}, "common_attr": {"file": {"file_url": "https://f"}}}, "https://f"),
        ({"audio": {"x": 1}, "common_attr": {"item_urls": ["", "https://i"]}}, "https://i"),
    ],
)
def test_a_sound_is_found_in_its_three_places(item: dict[str, Any], url: str) -> None:
    found = parse_item(item)
    assert found is not None
    assert (found.kind, found.url) == (Kind.AUDIO, url)


def test_a_picture_has_its_storage_address_beside_its_signed_one() -> None:
    large = {"image_uri": "tos-x/1", "image_url": "https://i", "width": 8, "height": 6, "format": "png"}
    found = parse_item({"common_attr": {"id": "1"}, "image": {"large_images": [large]}})
    assert found is not None
    assert (found.kind, found.uri, found.dimensions) == (Kind.IMAGE, "tos-x/1", Dimensions(8, 6))

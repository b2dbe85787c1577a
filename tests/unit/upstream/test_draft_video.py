import json
from itertools import count
from typing import Any

import pytest

from dreambridge.catalog import Catalog, plan_video
from dreambridge.domain.generation import Dimensions, Frame, InputKind, MediaInput, VideoMode, VideoWish
from dreambridge.domain.submission import UploadedInput
from dreambridge.upstream.wire.document import Ink, Paper
from dreambridge.upstream.wire.drafting import Desk, Sending, build_paper
from dreambridge.upstream.wire.submit import build_submit_request

SHOTS = tuple(
    MediaInput(digit * 64, InputKind.IMAGE, "image/png", ".png", 10, digit, Dimensions(1280, 720)) for digit in "abc"
)
FILM = MediaInput("d" * 64, InputKind.VIDEO, "video/mp4", ".mp4", 10, "d", Dimensions(640, 360), 2.5)
SOUND = MediaInput("e" * 64, InputKind.AUDIO, "audio/wav", ".wav", 10, "e", None, 3.0)
UPLOADS = {
    **{each.sha256: UploadedInput(each.sha256, uri=f"tos-x/{each.file}", dimensions=each.dimensions) for each in SHOTS},
    FILM.sha256: UploadedInput(FILM.sha256, vid="v0d", dimensions=FILM.dimensions, seconds=2.504),
    SOUND.sha256: UploadedInput(SOUND.sha256, vid="v0e"),
}


def paper_of(catalog: Catalog, wish: VideoWish, site: str = "cn") -> Paper:
    ink = Ink((f"id-{number}" for number in count()), 1768098785.233)
    desk = Desk(ink, catalog, catalog.site(site), UPLOADS)
    return build_paper(desk, plan_video(catalog, wish, site), Sending("sid", 1, 2512345678))


def params_of(paper: Paper) -> dict[str, Any]:
    component: dict[str, Any] = paper.document["component_list"][0]  # type: ignore[index]
    return dict(component["abilities"]["gen_video"]["text_to_video_params"])


def shot_of(paper: Paper) -> dict[str, Any]:
    (shot,) = params_of(paper)["video_gen_inputs"]
    return dict(shot)


def test_a_video_from_words_carries_no_picture(catalog: Catalog) -> None:
    paper = paper_of(catalog, VideoWish("waves", model="jimeng-video-3.0", seconds=10, ratio="9:16", seed=7))
    shot, params = shot_of(paper), params_of(paper)
    assert (shot["prompt"], shot["duration_ms"], shot["fps"], shot["video_mode"]) == ("waves", 10_000, 24, 2)
    assert not {"first_frame_image", "end_frame_image", "unified_edit_input", "multi_frames"} & set(shot)
    assert (params["video_aspect_ratio"], params["model_req_key"]) == ("9:16", paper.model_key)
    assert (paper.document["min_version"], paper.document["min_features"]) == ("3.0.5", [])
    assert paper.metrics["functionMode"] == "first_last_frames"
    assert paper.metrics["isDefaultSeed"] == 0


def test_the_bill_goes_with_the_call_as_object_and_as_list(catalog: Catalog) -> None:
    paper = paper_of(catalog, VideoWish("waves", model="jimeng-video-3.0"))
    body: dict[str, Any] = dict(build_submit_request(paper, submit_id="sid", aid=1).body)
    bill = body["extend"]["m_video_commerce_info"]
    assert body["extend"]["m_video_commerce_info_list"] == [bill]
    assert (bill["benefit_type"], bill["amount"]) == ("basic_video_operation_vgfm_v_three", 5)
    component = json.loads(body["draft_content"])["component_list"][0]
    assert component["abilities"]["gen_video"]["video_task_extra"] == body["metrics_extra"]


def test_first_and_last_frames_stand_in_their_places(catalog: Catalog) -> None:
    one = shot_of(paper_of(catalog, VideoWish("", model="jimeng-video-3.0", inputs=SHOTS[:1])))
    assert one["first_frame_image"]["image_uri"] == one["first_frame_image"]["uri"] == "tos-x/a"
    assert (one["first_frame_image"]["width"], one["first_frame_image"]["height"]) == (1280, 720)
    assert "end_frame_image" not in one
    two = shot_of(paper_of(catalog, VideoWish("x", model="jimeng-video-3.0", inputs=SHOTS[:2])))
    assert (two["end_frame_image"]["uri"], two["ending_control"]) == ("tos-x/b", "1.0")


def test_key_frames_have_lengths_and_words_of_their_own(catalog: Catalog) -> None:
    frames = (Frame(2, 2, "the door opens"), Frame(0, 3, "it rains"), Frame(1, 1))
    paper = paper_of(catalog, VideoWish("usual", model="jimeng-video-3.0", inputs=SHOTS, frames=frames))
    shot = shot_of(paper)
    assert (shot["prompt"], shot["duration_ms"]) == ("", 6000)
    assert [(each["idx"], each["duration_ms"], each["prompt"]) for each in shot["multi_frames"]] == [
        (0, 2000, "the door opens"),
        (1, 3000, "it rains"),
        (2, 1000, "usual"),
    ]
    assert [each["media_info"]["image_info"]["uri"] for each in shot["multi_frames"]] == [
        "tos-x/c",
        "tos-x/a",
        "tos-x/b",
    ]
    assert paper.document["min_features"] == ["AIGC_GenerateType_VideoMultiFrame"]
    assert paper.metrics["functionMode"] == "multi_frame"


def test_references_are_materials_and_the_prompt_points_at_them(catalog: Catalog) -> None:
    wish = VideoWish(
        "show @1 moving like @video1 to @audio1",
        model="seedance-2.0",
        mode=VideoMode.OMNI_REFERENCE,
        inputs=(SHOTS[0], FILM, SOUND),
    )
    paper = paper_of(catalog, wish)
    shot = shot_of(paper)
    unified = shot["unified_edit_input"]
    assert shot["prompt"] == ""
    picture, film, sound = unified["material_list"]
    assert (picture["material_type"], picture["image_info"]["uri"]) == ("image", "tos-x/a")
    assert (film["video_info"]["vid"], film["video_info"]["duration"], film["video_info"]["width"]) == (
        "v0d",
        2504,
        640,
    )
    assert (sound["audio_info"]["vid"], sound["audio_info"]["duration"]) == ("v0e", 3000)
    told = [(each["meta_type"], each.get("material_ref", {}).get("material_idx")) for each in unified["meta_list"]]
    assert [each for each in told if each[0] != "text"] == [("image", 0), ("video", 1), ("audio", 2)]
    assert "".join(each["text"] for each in unified["meta_list"]) == "show  moving like  to "
    assert (paper.document["version"], paper.document["min_features"]) == ("3.3.9", ["AIGC_Video_UnifiedEdit"])
    assert paper.bill is not None
    # Five seconds of result and 2.5 of reference.
    assert paper.bill["amount"] == 8
    assert paper.bill["benefit_type"] == "dreamina_video_seedance_20_pro_with_video"
    (scene,) = json.loads(str(paper.metrics["sceneOptions"]))
    assert scene["materialTypes"] == [1, 2, 3]


def test_a_preview_says_that_it_is_one(catalog: Catalog) -> None:
    paper = paper_of(catalog, VideoWish("waves", model="seedance-2.5-draft"))
    assert paper.document["is_draft_mode"] is True
    assert paper.document["min_version"] == "3.3.28"
    assert "AIGC_Video_Seedance25ResultAction" in paper.document["min_features"]  # type: ignore[operator]
    assert paper.metrics["videoStage"] == "draft"


@pytest.mark.parametrize("inputs", [(SHOTS[0],), (FILM,)])
def test_an_input_that_was_not_brought_stops_the_paper(catalog: Catalog, inputs: tuple[MediaInput, ...]) -> None:
    request = plan_video(
        catalog, VideoWish("@1", model="seedance-2.0", mode=VideoMode.OMNI_REFERENCE, inputs=inputs), "cn"
    )
    desk = Desk(Ink(iter([str(n) for n in range(99)]), 0.0), catalog, catalog.site("cn"), {})
    with pytest.raises(ValueError, match="not brought"):
        build_paper(desk, request, Sending("sid", 1, 1))

"""What a video is made from is checked before anything is uploaded: the refusal names field and limit."""

from dataclasses import replace
from typing import Any

import pytest

from dreambridge.catalog import load_catalog, plan_video
from dreambridge.domain.errors import InputUnusable, InvalidRequest, RequestError
from dreambridge.domain.generation import (
    Dimensions,
    Frame,
    InputKind,
    MediaInput,
    Segment,
    VideoMode,
    VideoRequest,
    VideoWish,
)

CATALOG = load_catalog()
PICTURE = MediaInput("0" * 64, InputKind.IMAGE, "image/png", "png", 2_000_000, "0.png", Dimensions(1280, 720))
VIDEO = MediaInput("1" * 64, InputKind.VIDEO, "video/mp4", "mp4", 9_000_000, "1.mp4", Dimensions(1280, 720), 5.0)
SOUND = MediaInput("2" * 64, InputKind.AUDIO, "audio/mpeg", ".MP3", 90_000, "2.mp3", None, 4.0)
OLDER = "jimeng-video-seedance-2.0"
NEWER = "jimeng-video-seedance-2.5"
FRAMED = "jimeng-video-3.0"


def plan(model: str, *inputs: MediaInput, **fields: Any) -> VideoRequest:
    return plan_video(CATALOG, VideoWish(**{"prompt": "a dance", "model": model, "inputs": inputs} | fields), "cn")


def omni(model: str, *inputs: MediaInput, **fields: Any) -> VideoRequest:
    return plan(model, *inputs, **{"mode": VideoMode.OMNI_REFERENCE} | fields)


@pytest.mark.parametrize(
    "inputs",
    [
        (PICTURE,) * 9 + (VIDEO,) * 3,
        (PICTURE, SOUND, SOUND, SOUND),
        (VIDEO, VIDEO, VIDEO),
        (PICTURE,),
        (replace(VIDEO, seconds=15.0),),
        (replace(VIDEO, seconds=None, dimensions=None),),
    ],
)
def test_references_within_the_limits_are_taken_in_order(inputs: tuple[MediaInput, ...]) -> None:
    request = omni(OLDER, *inputs)
    assert request.inputs == inputs
    assert request.segments == (*(Segment(input=index) for index in range(len(inputs))), Segment(text="a dance"))


@pytest.mark.parametrize(
    ("model", "inputs", "error", "param", "words"),
    [
        (OLDER, (), InvalidRequest, "images", "at least one"),
        (OLDER, (PICTURE,) * 10, InvalidRequest, "images", "at most 9 pictures as references; 10"),
        (OLDER, (PICTURE, *(VIDEO,) * 4), InvalidRequest, "videos", "at most 3 videos as references; 4"),
        (OLDER, (PICTURE, *(SOUND,) * 4), InvalidRequest, "audios", "at most 3 sounds as references; 4"),
        (OLDER, (*(PICTURE,) * 9, *(VIDEO,) * 3, SOUND), InvalidRequest, "audios", "at most 12 inputs in all; 13"),
        (OLDER, (replace(VIDEO, seconds=16.0),), InputUnusable, "videos", "last 16.00 s together;"),
        (OLDER, (VIDEO, VIDEO, replace(VIDEO, seconds=5.1)), InputUnusable, "videos", "takes at most 15 s"),
        (OLDER, (SOUND,), InvalidRequest, "audios", "alone"),
        (OLDER, (SOUND, SOUND), InvalidRequest, "audios", "alone"),
        ("minimax-h3", (PICTURE,) * 13, InvalidRequest, "images", "at most 12 inputs"),
        ("happyhorse-1.1", (PICTURE,) * 10, InvalidRequest, "images", "at most 9 inputs"),
        ("wan-3.0", (PICTURE,) * 21, InvalidRequest, "images", "at most 20 inputs"),
        (NEWER, (PICTURE,) * 31, InvalidRequest, "images", "at most 30 pictures"),
        (NEWER, (replace(PICTURE, dimensions=Dimensions(299, 400)),), InputUnusable, "images", "from 300 to 6000"),
        (NEWER, (replace(PICTURE, dimensions=Dimensions(6001, 4000)),), InputUnusable, "images", "from 300 to 6000"),
        (NEWER, (replace(PICTURE, dimensions=Dimensions(3000, 1000)),), InputUnusable, "images", "0.4 to 2.5 times"),
        (NEWER, (replace(PICTURE, bytes=30_000_001),), InputUnusable, "images", "at most 30000000"),
        (NEWER, (replace(VIDEO, seconds=1.5),), InputUnusable, "videos", "1.8 to 30.2 s"),
        (NEWER, (replace(VIDEO, seconds=31.0),), InputUnusable, "videos", "1.8 to 30.2 s"),
        (NEWER, (replace(VIDEO, seconds=16.0),) * 2, InputUnusable, "videos", "32.00 s together"),
        (NEWER, (replace(VIDEO, extension="webm"),), InputUnusable, "videos", "is webm; allowed: mp4, mov"),
        (NEWER, (PICTURE, replace(SOUND, bytes=16_000_000)), InputUnusable, "audios", "at most 15000000"),
        (NEWER, (PICTURE, replace(SOUND, extension="ogg")), InputUnusable, "audios", "wav, mp3"),
        (NEWER, (PICTURE, replace(SOUND, seconds=20.0), replace(SOUND, seconds=11.0)), InputUnusable, "audios", "30.2"),
    ],
)
def test_references_outside_a_limit_are_refused_with_it(
    model: str, inputs: tuple[MediaInput, ...], error: type[RequestError], param: str, words: str
) -> None:
    with pytest.raises(error) as caught:
        omni(model, *inputs)
    assert (type(caught.value), caught.value.param) == (error, param)
    assert words in caught.value.message


def test_a_refusal_names_the_callers_own_field() -> None:
    names = ("image_file_1", "video_file_1", "video_file_2")
    with pytest.raises(InputUnusable) as caught:
        omni(OLDER, PICTURE, VIDEO, replace(VIDEO, seconds=12.0), input_names=names)
    assert (caught.value.param, caught.value.specific_code) == ("video_file_2", "invalid_video")
    with pytest.raises(InvalidRequest) as alone:
        omni(OLDER, SOUND, input_names=("audio_file_1",))
    assert alone.value.param == "audio_file_1"


def test_a_prompt_is_cut_at_marks_of_its_inputs() -> None:
    request = omni(OLDER, PICTURE, VIDEO, prompt="show @image_file_1 moving like @video_file_1")
    assert request.prompt == "show @image_file_1 moving like @video_file_1"
    assert request.segments == (
        Segment(text="show "),
        Segment(input=0),
        Segment(text=" moving like "),
        Segment(input=1),
    )


def test_frames_make_a_multi_frame_video_as_long_as_they_are_together() -> None:
    frames = (Frame(0, 2, "the door opens"), Frame(1, 6), Frame(0, 1))
    request = plan(FRAMED, PICTURE, replace(PICTURE, sha256="9" * 64), frames=frames, seconds=9)
    assert (request.mode, request.seconds, request.segments) == (VideoMode.MULTI_FRAME, 9, ())
    assert [frame.prompt for frame in request.frames] == ["the door opens", "a dance", "a dance"]
    assert request.ignored == ()


def test_a_prompt_that_no_frame_needs_is_named_as_ignored() -> None:
    frames = (Frame(0, 1, "one"), Frame(0, 1, "two"))
    assert plan(FRAMED, PICTURE, frames=frames).ignored == ("prompt",)
    assert plan(FRAMED, PICTURE, frames=frames, prompt="").ignored == ()
    assert plan(FRAMED, PICTURE, frames=(Frame(0, 1), Frame(0, 1)), prompt="").frames[0].prompt == ""


def test_the_first_frames_shape_is_the_videos() -> None:
    tall = replace(PICTURE, sha256="9" * 64, dimensions=Dimensions(720, 1280))
    request = plan(FRAMED, PICTURE, tall, frames=(Frame(1, 2), Frame(0, 2)))
    assert (request.ratio, request.native) == ("9:16", Dimensions(720, 1280))


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"frames": ()}, "frames", "0 entries; jimeng-video-3.0 on cn takes 2 to 10"),
        ({"frames": (Frame(0, 3),)}, "frames", "1 entries"),
        ({"frames": (Frame(0, 1),) * 11}, "frames", "11 entries"),
        ({"frames": (Frame(0, 0), Frame(0, 3))}, "frames", "Frame 1 lasts 0 s; allowed: 1 to 6"),
        ({"frames": (Frame(0, 3), Frame(0, 7))}, "frames", "Frame 2 lasts 7 s; allowed: 1 to 6"),
        ({"frames": (Frame(0, 3), Frame(1, 3))}, "frames", "Frame 2 has no picture"),
        ({"frames": (Frame(0, 3), Frame(-1, 3))}, "frames", "Frame 2 has no picture"),
        ({"frames": (Frame(0, 3), Frame(0, 3)), "inputs": (PICTURE, PICTURE)}, "images", "Picture 2 belongs to no"),
        ({"frames": (Frame(0, 3), Frame(0, 3)), "inputs": (VIDEO,)}, "videos", "pictures only"),
        ({"frames": (Frame(0, 3), Frame(0, 3)), "seconds": 5}, "duration", "6 s together"),
        ({"frames": (Frame(0, 3, "x" * 32_001), Frame(0, 3))}, "frames", "at most 32000"),
    ],
)
def test_key_frames_outside_a_limit_are_refused_with_it(fields: dict[str, Any], param: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        plan(FRAMED, PICTURE, **{"mode": VideoMode.MULTI_FRAME} | fields)
    assert caught.value.param == param
    assert words in caught.value.message


def test_frames_too_short_together_are_refused() -> None:
    tables = CATALOG.models[FRAMED].video
    assert tables
    assert tables.multi_frame
    longer = replace(tables, multi_frame=replace(tables.multi_frame, least_seconds=4))
    spec = replace(CATALOG.models[FRAMED], video=longer)
    catalog = replace(CATALOG, models={**CATALOG.models, FRAMED: spec}, answers={FRAMED: spec})
    wish = VideoWish("x", model=FRAMED, inputs=(PICTURE,), frames=(Frame(0, 1), Frame(0, 2)))
    with pytest.raises(InvalidRequest, match="3 s together; allowed: at least 4") as caught:
        plan_video(catalog, wish, "cn")
    assert caught.value.param == "frames"


def test_frames_go_with_no_other_mode() -> None:
    with pytest.raises(InvalidRequest, match="multi_frame, not with first_frame") as caught:
        plan(FRAMED, PICTURE, mode=VideoMode.FIRST_FRAME, frames=(Frame(0, 2), Frame(0, 2)))
    assert caught.value.param == "frames"

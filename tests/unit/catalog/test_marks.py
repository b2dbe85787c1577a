"""Marks in a prompt become references; every other character stays where it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.catalog.marks import cut_prompt, find_marks, list_marks
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import InputKind, Segment

IMAGE, VIDEO, AUDIO = InputKind.IMAGE, InputKind.VIDEO, InputKind.AUDIO
MIXED = (IMAGE, VIDEO, IMAGE, AUDIO)


def said(segments: tuple[Segment, ...]) -> list[str | int]:
    return [each.text if each.input is None else each.input for each in segments]


@pytest.mark.parametrize(
    ("prompt", "cut"),
    [
        ("@1 walks like @2 to @4", [2, 0, " walks like ", 1, " to ", 3]),
        ("@图1在跑，@图2在看", [1, 3, 0, "在跑，", 2, "在看"]),
        ("让@图片2动起来", [0, 1, 3, "让", 2, "动起来"]),
        ("@image1 and @Image2.", [1, 3, 0, " and ", 2, "."]),
        ("@image_file_2 as in @video_file_1", [0, 3, 2, " as in ", 1]),
        ("[Image 1] meets [image2] at [Video 1] with [音频1]", [0, " meets ", 2, " at ", 1, " with ", 3]),
        ("@视频1@音频1", [0, 2, 1, 3]),
        ("@1@2@3@4", [0, 1, 2, 3]),
        ("@1 and @1", [1, 2, 3, 0, " and ", 0]),
        ("(@1), then!", [1, 2, 3, "(", 0, "), then!"]),
        ("no mark at all", [0, 1, 2, 3, "no mark at all"]),
        ("", [0, 1, 2, 3]),
    ],
)
def test_a_prompt_is_cut_at_its_marks_and_unmarked_inputs_come_first(prompt: str, cut: list[str | int]) -> None:
    assert said(cut_prompt(prompt, MIXED)) == cut


@pytest.mark.parametrize(
    "text",
    [
        "write to fox@1.com",
        "bob@image1",
        "fox+tail@2",
        "@1st prize",
        "@2024 in Rome",
        "@1.5x speed",
        "@163.com",
        "@image1.png",
        "@@1",
        "@home @bob @images @",
        "@ 1",
        "[Image] [1] [Imagery 1] [Image one] [Image 1",
        "50%@1",
    ],
)
def test_what_only_looks_like_a_mark_stays_text(text: str) -> None:
    assert said(cut_prompt(text, (IMAGE,))) == [0, text]


@pytest.mark.parametrize(
    ("prompt", "named"),
    [
        ("@9 dances", "@9"),
        ("then @image4", "@image4"),
        ("[Video 2]", r"\[Video 2\]"),
        ("@图0", "@图0"),
        ("@0", "@0"),
        ("@01", "@01"),
    ],
)
def test_a_mark_of_an_input_that_is_not_there_is_refused_with_those_that_are(prompt: str, named: str) -> None:
    with pytest.raises(InvalidRequest, match=rf"{named} that is not there\. Marks that are: @1 or @") as caught:
        cut_prompt(prompt, (IMAGE, IMAGE, IMAGE))
    assert caught.value.param == "prompt"
    assert "@3 or @image_file_3" in caught.value.message


def test_the_callers_own_names_are_marks_and_their_numbers_count() -> None:
    names = ("image_file_2", "image_file_7", "dance.mp4")
    kinds = (IMAGE, IMAGE, VIDEO)
    cut = cut_prompt("@image_file_7 next to @IMAGE_FILE_2 as in @dance.mp4", kinds, names)
    assert said(cut) == [1, " next to ", 0, " as in ", 2]
    with pytest.raises(InvalidRequest, match="@image_file_1 that is not there"):
        cut_prompt("@image_file_1", kinds, names)
    assert said(cut_prompt("@image1", kinds, names)) == [1, 2, 0]


def test_a_name_that_several_inputs_share_is_no_mark() -> None:
    assert "images" not in list_marks((IMAGE, IMAGE), ("images", "images"))
    assert list_marks((IMAGE,), ("@pose",))["pose"] == 0


INNOCENT = st.text(st.characters(exclude_characters="@["), max_size=60)
MARKS = st.sampled_from(["@1", "@图2", "@image3", "@image_file_1", "[Image 2]", "@3"])


@given(text=INNOCENT)
def test_text_without_marks_is_never_altered(text: str) -> None:
    assert said(cut_prompt(text, (IMAGE, VIDEO))) == [0, 1, *([text] if text else [])]


@given(text=st.text(alphabet="@[]1230 aZ._图image", max_size=30))
def test_only_the_marks_are_missing_from_the_text_of_the_segments(text: str) -> None:
    kinds = (IMAGE, IMAGE, IMAGE)
    try:
        marks = list(find_marks(text, list_marks(kinds)))
    except InvalidRequest:
        return
    position, left = 0, ""
    for mark in marks:
        assert mark.start >= position
        left += text[position : mark.start]
        position = mark.end
    assert "".join(each.text for each in cut_prompt(text, kinds)) == left + text[position:]


@given(parts=st.lists(st.tuples(INNOCENT.map(lambda text: f" {text} "), MARKS), max_size=6), tail=INNOCENT)
def test_putting_the_marks_back_between_the_segments_gives_the_prompt(parts: list[tuple[str, str]], tail: str) -> None:
    prompt = "".join(text + mark for text, mark in parts) + f" {tail}"
    cut = cut_prompt(prompt, (IMAGE, IMAGE, IMAGE))
    first_text = next(index for index, each in enumerate(cut) if each.input is None)
    marks = iter(mark for _, mark in parts)
    assert "".join(each.text if each.input is None else next(marks) for each in cut[first_text:]) == prompt

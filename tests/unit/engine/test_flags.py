"""Inline flags: read wherever they stand, and nothing else of the prompt touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.domain.errors import InvalidRequest
from dreambridge.engine.flags import Flags, read_flags


@pytest.mark.parametrize(
    ("prompt", "flags"),
    [
        ("a fox -re 4k -ra 16:9", Flags("a fox", ratio="16:9", resolution="4k")),
        ("-ra 9:16 a fox", Flags("a fox", ratio="9:16")),
        ("a fox -ra 16:9 in the rain", Flags("a fox in the rain", ratio="16:9")),
        ("a fox --ar 3:2 --RE 2K --d 5", Flags("a fox", ratio="3:2", resolution="2k", duration=5)),
        ("a fox -RA=21:9", Flags("a fox", ratio="21:9")),
        ("a fox -re 1.5k.", Flags("a fox.", resolution="1.5k")),
        ("一只狐狸-ra 16：9，夕阳", Flags("一只狐狸，夕阳", ratio="16:9")),
        ("一只狐狸\u3000-ra\u30003:4", Flags("一只狐狸", ratio="3:4")),
        ("a fox -ra 1:1 -ra 4:3", Flags("a fox", ratio="4:3")),
        ("a fox\n-d 10s\nrunning", Flags("a fox\nrunning", duration=10)),
        ("-ra 16:9", Flags("", ratio="16:9")),
        ("a fox -re 8k", Flags("a fox", resolution="8k")),
        ("waves -re 1080P -d 5", Flags("waves", resolution="1080p", duration=5)),
    ],
)
def test_flags_are_read_anywhere_in_any_case(prompt: str, flags: Flags) -> None:
    assert read_flags(prompt) == flags


@pytest.mark.parametrize(
    "prompt",
    [
        "  a fox  ",
        "a bas-re 2k lief",
        "x-ra 16:9",
        "a -d 3d render",
        "mid-century -re invented -ra ther",
        "--dark 5",
        "ratio 16:9, 4k",
        "-ra",
        "a -d",
        "---ra 16:9",
    ],
)
def test_text_that_only_resembles_a_flag_is_left_as_it_is(prompt: str) -> None:
    assert read_flags(prompt) == Flags(prompt)


@pytest.mark.parametrize("prompt", ["a fox -ra 16-9", "a fox -ra 16", "a fox -re 2048", "a fox --ar 1:2:3"])
def test_a_flag_with_a_misshapen_number_is_refused_by_name(prompt: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_flags(prompt)
    assert caught.value.param == "prompt"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="-")))
def test_a_prompt_without_a_dash_comes_back_untouched(prompt: str) -> None:
    assert read_flags(prompt) == Flags(prompt)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="-")))
def test_the_rest_of_a_prompt_survives_its_flag(prompt: str) -> None:
    assert read_flags(f"{prompt} -ra 16:9") == Flags(prompt.strip(), ratio="16:9")


def test_a_long_run_of_spaces_is_read_at_once() -> None:
    assert read_flags(" " * 200_000 + "x").ratio is None

"""Documents in columns: whole, and readable across versions."""

import json
from dataclasses import dataclass, field
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.domain.generation import Dimensions, ImageRequest, OutputFormat
from dreambridge.domain.secret import Secret
from dreambridge.store.documents import Reader, dump

IMAGE_REQUEST = Reader(ImageRequest)
DIMENSIONS = st.builds(Dimensions, st.integers(), st.integers())
# Text of every kind, NUL and lone surrogates included: people paste what they have.
TEXT = st.text(st.characters(exclude_categories=()))


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    sizes: tuple[Dimensions, ...] = ()
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    inner: Inner = field(default_factory=Inner)
    colours: tuple[Colour, ...] = (Colour.RED,)


@given(
    st.builds(
        ImageRequest,
        prompt=TEXT,
        negative_prompt=TEXT,
        parts=st.lists(st.integers()).map(tuple),
        native=DIMENSIONS,
        exact=st.none() | DIMENSIONS,
        output_format=st.none() | st.sampled_from(OutputFormat),
        sample_strength=st.floats(0, 1),
        ignored=st.lists(TEXT).map(tuple),
    )
)
def test_request_survives_being_written_and_read(request: ImageRequest) -> None:
    document = dump(request)
    assert document.isascii()
    assert "\x00" not in document
    assert IMAGE_REQUEST.load(document) == request


def test_unknown_keys_are_ignored_and_absent_ones_take_defaults() -> None:
    document = json.dumps({"name": "n", "later": 1, "inner": {"colour": "red", "later": {"deep": 2}}})
    assert Reader(Outer).load(document) == Outer("n", Inner((), Colour.RED), (Colour.RED,))


def test_nested_values_get_their_types_back() -> None:
    outer = Outer("n", Inner((Dimensions(1, 2), Dimensions(3, 4)), Colour.RED), ())
    assert Reader(Outer).load(dump(outer)) == outer


def test_value_without_default_must_be_there() -> None:
    with pytest.raises(TypeError):
        Reader(Outer).load("{}")


def test_secret_is_never_written() -> None:
    with pytest.raises(TypeError) as caught:
        dump({"token": Secret("hush")})
    assert "hush" not in str(caught.value)

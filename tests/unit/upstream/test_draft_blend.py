import json
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from dreambridge.catalog import Catalog
from dreambridge.domain.generation import Dimensions, ImageRequest, InputKind, MediaInput
from dreambridge.domain.submission import UploadedInput
from dreambridge.upstream.wire.document import Ink, Paper
from dreambridge.upstream.wire.drafting import Desk, Sending, build_paper

PICTURES = tuple(
    MediaInput(digit * 64, InputKind.IMAGE, "image/png", ".png", 10, digit, Dimensions(4, 3)) for digit in "abc"
)
UPLOADS = {
    each.sha256: UploadedInput(each.sha256, uri=f"tos-x/{each.file}", dimensions=each.dimensions) for each in PICTURES
}


def paper_of(catalog: Catalog, request: ImageRequest, uploads: dict[str, UploadedInput] | None = None) -> Paper:
    ink = Ink((f"id-{number}" for number in count()), 1768098785.233)
    desk = Desk(ink, catalog, catalog.site("us"), UPLOADS if uploads is None else uploads)
    return build_paper(desk, request, Sending("sid", 3, 2512345678))


def abilities_of(paper: Paper) -> dict[str, Any]:
    component: dict[str, Any] = paper.document["component_list"][0]  # type: ignore[index]
    assert component["generate_type"] == "blend"
    return dict(component["abilities"])


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_every_input_is_an_ability_a_mark_and_a_placeholder(catalog: Catalog, fox: ImageRequest, inputs: int) -> None:
    paper = paper_of(catalog, replace(fox, inputs=PICTURES[:inputs], strength=0.7, negative_prompt="blur", seed=7))
    blend = abilities_of(paper)["blend"]
    assert blend["core_param"]["prompt"] == "##" * inputs + fox.prompt
    assert [each["name"] for each in blend["ability_list"]] == ["byte_edit"] * inputs
    assert [each["strength"] for each in blend["ability_list"]] == [0.7] * inputs
    uris = [f"tos-x/{digit}" for digit in "abc"[:inputs]]
    assert [each["image_uri_list"] for each in blend["ability_list"]] == [[uri] for uri in uris]
    pictures = [each["image_list"][0] for each in blend["ability_list"]]
    assert [(each["uri"], each["image_uri"], each["width"], each["height"]) for each in pictures] == [
        (uri, uri, 4, 3) for uri in uris
    ]
    assert [each["ability_index"] for each in blend["prompt_placeholder_info_list"]] == list(range(inputs))
    assert blend["postedit_param"]["generate_type"] == 0
    assert not {"seed", "negative_prompt"} & set(blend["core_param"])


@pytest.mark.parametrize(("inputs", "version"), [(1, None), (2, "3.2.9")])
def test_the_blend_names_its_version_from_two_inputs_up(
    catalog: Catalog, fox: ImageRequest, inputs: int, version: str | None
) -> None:
    paper = paper_of(catalog, replace(fox, inputs=PICTURES[:inputs]))
    assert abilities_of(paper)["blend"].get("min_version") == version
    assert paper.document["min_version"] == "3.2.9"


def test_the_count_and_the_telemetry_go_with_the_inputs(catalog: Catalog, fox: ImageRequest) -> None:
    paper = paper_of(catalog, replace(fox, inputs=PICTURES[:2], strength=0.6))
    assert abilities_of(paper)["gen_option"]["gen_count"] == 3
    (scene,) = json.loads(str(paper.metrics["sceneOptions"]))
    assert [(each["abilityName"], each["strength"]) for each in scene["abilityList"]] == [("byte_edit", 0.6)] * 2
    assert len({each["source"]["imageUrl"] for each in scene["abilityList"]}) == 2


def test_an_input_that_was_not_brought_stops_the_paper(catalog: Catalog, fox: ImageRequest) -> None:
    with pytest.raises(ValueError, match="not brought"):
        paper_of(catalog, replace(fox, inputs=PICTURES[:1]), {})
    with pytest.raises(ValueError, match="not brought"):
        paper_of(
            catalog, replace(fox, inputs=PICTURES[:1]), {PICTURES[0].sha256: UploadedInput(PICTURES[0].sha256, vid="v")}
        )

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from dreambridge.catalog import Catalog
from dreambridge.domain.errors import UnsupportedOption
from dreambridge.domain.generation import Dimensions, ImageRequest
from dreambridge.upstream.wire.document import Ink, Paper
from dreambridge.upstream.wire.drafting import Desk, Sending, build_paper
from dreambridge.upstream.wire.submit import build_submit_request, derive_seed

AT = 1768098785.233


def paper_of(catalog: Catalog, request: ImageRequest, site: str = "us", pictures: int = 4) -> Paper:
    ink = Ink((f"id-{number}" for number in count()), AT)
    return build_paper(Desk(ink, catalog, catalog.site(site), {}), request, Sending("sid", pictures, 2512345678))


def draft_of(catalog: Catalog, request: ImageRequest, site: str = "us", pictures: int = 4) -> dict[str, Any]:
    return paper_of(catalog, request, site, pictures).document


def core_of(draft: dict[str, Any]) -> dict[str, Any]:
    core: dict[str, Any] = draft["component_list"][0]["abilities"]["generate"]["core_param"]
    return core


def nodes(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


def test_every_node_has_a_type_and_an_id_of_its_own(catalog: Catalog, fox: ImageRequest) -> None:
    draft = draft_of(catalog, fox)
    found = list(nodes(draft))
    assert len(found) == 8
    assert all(isinstance(node["type"], str) for node in found)
    assert len({node["id"] for node in found}) == len(found)
    assert draft["main_component_id"] == draft["component_list"][0]["id"]


def test_the_wish_reaches_the_draft(catalog: Catalog, fox: ImageRequest) -> None:
    draft = draft_of(catalog, replace(fox, negative_prompt="blur", sample_strength=0.7), pictures=3)
    core = core_of(draft)
    assert core["model"] == "high_aes_general_v40l"
    assert core["prompt"] == "a red fox, 雪"
    assert core["negative_prompt"] == "blur"
    assert core["sample_strength"] == 0.7
    assert core["seed"] == 2512345678
    assert core["image_ratio"] == 3
    assert core["intelligent_ratio"] is False
    assert (core["large_image_info"]["width"], core["large_image_info"]["height"]) == (2560, 1440)
    assert core["large_image_info"]["resolution_type"] == "2k"
    assert draft["component_list"][0]["abilities"]["gen_option"]["gen_count"] == 3
    assert draft["component_list"][0]["metadata"]["created_time_in_ms"] == "1768098785233"


def test_the_ratio_is_left_out_when_the_site_shall_choose_it(catalog: Catalog, fox: ImageRequest) -> None:
    core = core_of(draft_of(catalog, replace(fox, intelligent_ratio=True)))
    assert core["intelligent_ratio"] is True
    assert "image_ratio" not in core


def test_what_a_site_forces_on_a_model_is_written_into_the_draft(catalog: Catalog, fox: ImageRequest) -> None:
    banana = replace(fox, model="nanobanana", ratio="1:1", resolution="1k", native=Dimensions(1024, 1024))
    core = core_of(draft_of(catalog, banana, "us"))
    forced = catalog.models["nanobanana"].forced_on(catalog.site("us"))
    assert forced is not None
    assert core["large_image_info"]["resolution_type"] == forced.resolution
    assert (core["large_image_info"]["width"], core["large_image_info"]["height"]) == (1024, 1024)


def test_a_model_has_the_sites_own_key_and_a_missing_one_is_refused(catalog: Catalog, fox: ImageRequest) -> None:
    old = replace(fox, model="jimeng-3.1")
    assert core_of(draft_of(catalog, old, "cn"))["model"] != core_of(draft_of(catalog, old, "us"))["model"]
    with pytest.raises(UnsupportedOption, match="nanobanana"):
        draft_of(catalog, replace(fox, model="nanobanana"), "cn")


def test_the_paid_body_carries_draft_and_telemetry_as_text(catalog: Catalog, fox: ImageRequest) -> None:
    paper = paper_of(catalog, fox, pictures=3)
    request = build_submit_request(paper, submit_id="sid", aid=513641)
    body: dict[str, Any] = dict(request.body)
    assert body["extend"] == {"root_model": "high_aes_general_v40l", "workspace_id": 0}
    assert body["submit_id"] == "sid"
    assert body["http_common_info"] == {"aid": 513641}
    assert json.loads(body["draft_content"]) == paper.document
    metrics = json.loads(body["metrics_extra"])
    assert metrics["generateId"] == "sid"
    (scene,) = json.loads(metrics["sceneOptions"])
    assert (scene["modelReqKey"], scene["resolutionType"], scene["benefitCount"]) == ("high_aes_general_v40l", "2k", 3)
    assert scene["scene"] == "ImageBasicGenerate"


def test_a_series_is_a_matter_of_telemetry_and_the_model_counts(catalog: Catalog, fox: ImageRequest) -> None:
    series = paper_of(catalog, replace(fox, series=True, count=6, parts=(6,)), pictures=6)
    assert "gen_count" not in series.document["component_list"][0]["abilities"]["gen_option"]  # type: ignore[index]
    (scene,) = json.loads(str(series.metrics["sceneOptions"]))
    assert scene["scene"] == "ImageMultiGenerate"
    assert "benefitCount" not in scene
    empty = ("templateId", "templateSource", "lastRequestId", "originRequestId")
    assert [series.metrics[name] for name in empty] == ["", "", "", ""]


def test_a_submission_without_a_seed_has_one_that_a_second_send_repeats() -> None:
    seeds = [derive_seed("one"), derive_seed("one"), derive_seed("two")]
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(1 <= seed < 2**32 for seed in seeds)

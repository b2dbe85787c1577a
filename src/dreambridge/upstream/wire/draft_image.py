"""A wish for pictures as the sites' own document: a tree in which every node has a type and an id."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dreambridge.catalog.geometry import Geometry
from dreambridge.catalog.model import ModelSpec
from dreambridge.catalog.site import Site
from dreambridge.domain.errors import UnsupportedOption
from dreambridge.domain.generation import Dimensions, ImageRequest

_MIN_VERSION: Final = "3.0.2"
_PLATFORM_WEB: Final = 3


@dataclass(frozen=True, slots=True)
class DraftPlan:
    """What a draft says of a request on one site: model key, sizes and versions already looked up.

    `ratio_code` is the site's number, advisory beside `native`; `version` the one the draft claims.
    """

    request: ImageRequest
    model_key: str
    ratio_code: int
    resolution: str
    native: Dimensions
    version: str


def plan_draft(request: ImageRequest, spec: ModelSpec, site: Site, geometry: Geometry) -> DraftPlan:
    """Look up what a site calls the parts of a request; raise `UnsupportedOption` when it lacks the model."""
    key = spec.key_on(site)
    if key is None:
        raise UnsupportedOption(f"{request.model} is not offered on {site.name}.", param="model")
    forced = spec.forced_on(site)
    return DraftPlan(
        request=request,
        model_key=key,
        ratio_code=geometry.codes[(forced and forced.ratio) or request.ratio],
        resolution=forced.resolution if forced else request.resolution,
        native=(forced and forced.native) or request.native,
        version=spec.draft_version or site.draft_version,
    )


def build_draft(plan: DraftPlan, *, count: int, seed: int, ids: Iterator[str], at: float) -> dict[str, object]:
    """Build the document of one text-to-image submission of `count` pictures.

    `seed` is 1 … 2³²-1; `ids` gives a new UUID for every node; `at` is an epoch second.
    """
    component_id = next(ids)
    component: dict[str, object] = {
        "type": "image_base_component",
        "id": component_id,
        "min_version": _MIN_VERSION,
        "aigc_mode": "workbench",
        "metadata": _node(
            ids,
            created_platform=_PLATFORM_WEB,
            created_platform_version="",
            created_time_in_ms=str(int(at * 1000)),
            created_did="",
        ),
        "generate_type": "generate",
        "abilities": _node(
            ids,
            generate=_node(ids, core_param=_build_core(plan, seed, ids)),
            # Where the sites' own page puts it; the count in it is the only one that counts.
            gen_option=_node(ids, generate_all=False, gen_count=count),
        ),
    }
    return {
        "type": "draft",
        "id": next(ids),
        "min_version": _MIN_VERSION,
        "min_features": [],
        "is_from_tsn": True,
        "version": plan.version,
        "main_component_id": component_id,
        "component_list": [component],
    }


def _build_core(plan: DraftPlan, seed: int, ids: Iterator[str]) -> dict[str, object]:
    request = plan.request
    core = _node(
        ids,
        model=plan.model_key,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        seed=seed,
        sample_strength=request.sample_strength,
        large_image_info=_node(
            ids,
            min_version=_MIN_VERSION,
            width=plan.native.width,
            height=plan.native.height,
            resolution_type=plan.resolution,
        ),
        intelligent_ratio=request.intelligent_ratio,
    )
    if not request.intelligent_ratio:
        core["image_ratio"] = plan.ratio_code
    return core


def _node(ids: Iterator[str], **fields: object) -> dict[str, object]:
    return {"type": "", "id": next(ids), **fields}

"""A wish for pictures as the sites' own document, from words alone."""

from dataclasses import dataclass
from typing import Final

from dreambridge.catalog.geometry import Geometry
from dreambridge.catalog.model import ModelSpec
from dreambridge.catalog.site import Site
from dreambridge.domain.errors import UnsupportedOption
from dreambridge.domain.generation import Dimensions, ImageRequest
from dreambridge.upstream.wire.document import Head, Ink, Node, build_component, build_document

MIN_VERSION: Final = "3.0.2"
COMPONENT: Final = "image_base_component"


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


def require_key(model: str, spec: ModelSpec, site: Site) -> str:
    """Give the site's own name of a model; raise `UnsupportedOption` when it lacks the model."""
    key = spec.key_on(site)
    if key is None:
        raise UnsupportedOption(f"{model} is not offered on {site.name}.", param="model")
    return key


def plan_draft(request: ImageRequest, spec: ModelSpec, site: Site, geometry: Geometry) -> DraftPlan:
    """Look up what a site calls the parts of a request; raise `UnsupportedOption` when it lacks the model."""
    key = require_key(request.model, spec, site)
    forced = spec.forced_on(site)
    return DraftPlan(
        request=request,
        model_key=key,
        ratio_code=geometry.codes[(forced and forced.ratio) or request.ratio],
        resolution=forced.resolution if forced else request.resolution,
        native=(forced and forced.native) or request.native,
        version=spec.draft_version or site.draft_version,
    )


def build_draft(ink: Ink, plan: DraftPlan, *, count: int, seed: int) -> Node:
    """Build the document of one text-to-image submission of `count` pictures; `seed` is 1 … 2³²-1."""
    request = plan.request
    core = build_core(ink, plan, negative_prompt=request.negative_prompt, seed=seed, prompt=request.prompt)
    abilities = ink.node(generate=ink.node(core_param=core), gen_option=build_option(ink, plan, count))
    component = build_component(ink, COMPONENT, "generate", abilities, min_version=MIN_VERSION)
    return build_document(ink, Head(plan.version, MIN_VERSION), component)


def build_option(ink: Ink, plan: DraftPlan, count: int) -> Node:
    """Build the node that says how many pictures, put where the sites' own page puts it; only this count counts.

    Of a series the model itself decides how many pictures there are.
    """
    if plan.request.series:
        return ink.node(generate_all=False)
    return ink.node(generate_all=False, gen_count=count)


def build_core(ink: Ink, plan: DraftPlan, /, **said: object) -> Node:
    """Build the node that holds what is asked; `said` are the fields in which kinds of drafts differ."""
    request = plan.request
    core = ink.node(
        model=plan.model_key,
        **said,
        sample_strength=request.sample_strength,
        large_image_info=ink.node(
            min_version=MIN_VERSION,
            width=plan.native.width,
            height=plan.native.height,
            resolution_type=plan.resolution,
        ),
        intelligent_ratio=request.intelligent_ratio,
    )
    if not request.intelligent_ratio:
        core["image_ratio"] = plan.ratio_code
    return core

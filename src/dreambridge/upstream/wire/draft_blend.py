"""A wish for pictures made from pictures: `blend`, with one `byte_edit` for each input."""

from collections.abc import Mapping
from typing import Final

from dreambridge.domain.generation import MediaInput
from dreambridge.domain.submission import UploadedInput
from dreambridge.upstream.wire.document import (
    Head,
    Ink,
    Node,
    build_component,
    build_document,
    build_picture,
    find_upload,
)
from dreambridge.upstream.wire.draft_image import COMPONENT, MIN_VERSION, DraftPlan, build_core, build_option

ABILITY: Final = "byte_edit"
_BLEND_VERSION: Final = "3.2.9"
# Stands before the prompt once for every input.
_MARK: Final = "##"


def build_blend(ink: Ink, plan: DraftPlan, uploads: Mapping[str, UploadedInput], *, count: int) -> Node:
    """Build the document of one submission of `count` pictures made from the request's inputs.

    Neither seed nor negative prompt belong here. Raises `ValueError` for an input that was not brought.
    """
    request = plan.request
    abilities = [_build_ability(ink, each, uploads, request.strength) for each in request.inputs]
    blend = ink.node(
        core_param=build_core(ink, plan, prompt=_MARK * len(abilities) + request.prompt),
        ability_list=abilities,
        prompt_placeholder_info_list=[ink.node(ability_index=index) for index in range(len(abilities))],
        postedit_param=ink.node(generate_type=0),
        **_versions(len(abilities)),
    )
    whole = ink.node(blend=blend, gen_option=build_option(ink, plan, count))
    component = build_component(ink, COMPONENT, "blend", whole, min_version=MIN_VERSION)
    return build_document(ink, Head(plan.version, _BLEND_VERSION), component)


def _versions(inputs: int) -> Node:
    # The sites' page names them from two pictures up.
    return {"min_version": _BLEND_VERSION, "min_features": []} if inputs > 1 else {}


def _build_ability(ink: Ink, media: MediaInput, uploads: Mapping[str, UploadedInput], strength: float) -> Node:
    upload, uri = find_upload(uploads, media)
    return ink.node(
        name=ABILITY,
        image_uri_list=[uri],
        image_list=[build_picture(ink, uri, upload.dimensions)],
        strength=strength,
    )

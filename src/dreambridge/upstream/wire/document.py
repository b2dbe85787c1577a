"""What all of the sites' documents have in common: a tree in which every node has a type and an id."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dreambridge.domain.generation import Dimensions, InputKind, MediaInput
from dreambridge.domain.submission import UploadedInput

Node = dict[str, object]

_PLATFORM_WEB: Final = 3
_PLATFORM_UPLOAD: Final = 1


@dataclass(frozen=True, slots=True)
class Ink:
    """What a document is written with: a new UUID for every node from `ids`, and the epoch second it is written at."""

    ids: Iterator[str]
    at: float

    def node(self, kind: str = "", /, **fields: object) -> Node:
        """Build one node."""
        return {"type": kind, "id": next(self.ids), **fields}


@dataclass(frozen=True, slots=True)
class Head:
    """What a reader of a document must know: the versions it speaks and the features it uses."""

    version: str
    min_version: str
    min_features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A document and what goes beside it in the paid call: model key, telemetry, and the bill of a video."""

    model_key: str
    document: Node = field(repr=False)
    metrics: Node = field(repr=False)
    bill: Node | None = field(default=None, repr=False)


def build_document(ink: Ink, head: Head, component: Node, /, **more: object) -> Node:
    """Build the document around its one component."""
    return ink.node(
        "draft",
        min_version=head.min_version,
        min_features=list(head.min_features),
        is_from_tsn=True,
        version=head.version,
        main_component_id=component["id"],
        component_list=[component],
        **more,
    )


def build_component(ink: Ink, kind: str, generate_type: str, abilities: Node, /, **more: object) -> Node:
    """Build the component that says what is made."""
    return ink.node(
        kind,
        aigc_mode="workbench",
        metadata=ink.node(
            created_platform=_PLATFORM_WEB,
            created_platform_version="",
            created_time_in_ms=str(int(ink.at * 1000)),
            created_did="",
        ),
        generate_type=generate_type,
        abilities=abilities,
        **more,
    )


def build_picture(ink: Ink, uri: str, size: Dimensions | None, /, **more: object) -> Node:
    """Build the node that names a picture on the site; a size of 0 × 0 is as good as none to it."""
    return ink.node(
        "image",
        source_from="upload",
        platform_type=_PLATFORM_UPLOAD,
        name="",
        image_uri=uri,
        width=size.width if size else 0,
        height=size.height if size else 0,
        format="",
        uri=uri,
        **more,
    )


def find_upload(uploads: Mapping[str, UploadedInput], media: MediaInput) -> tuple[UploadedInput, str]:
    """Give an input as it lies on the site, and its name there; raise `ValueError` when it was never brought."""
    upload = uploads.get(media.sha256)
    name = upload and (upload.uri if media.kind is InputKind.IMAGE else upload.vid)
    if upload is None or not name:
        raise ValueError(f"the input {media.sha256[:12]} was not brought to the site")
    return upload, name

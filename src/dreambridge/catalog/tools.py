"""Tools that work on something already made: larger pictures, smoother or larger videos, as rows of `models.toml`."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from dreambridge.catalog.rows import Row
from dreambridge.catalog.video_rows import MAX_PRICE, read_version
from dreambridge.domain.generation import Kind

# No limit is published; of no tool more frames a second, or a longer side, is asked than this.
MOST_FPS: Final = 60
MOST_SIDE: Final = 4096


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool.

    `kind` is what it takes and makes. `ability` names it in a draft; pictures have a `generate_type`, videos a `scene`,
    a `process_type`, `min_version`, `min_features` and a `benefit`. `price` is credits for one use, `None` when
    unknown. `groups` are the groups of sites where it was seen. `experimental` means that its request was seen in part
    only. `seen` is the day the row was last known to be true.
    """

    name: str
    kind: Kind
    title: str
    ability: str
    generate_type: int | None
    scene: str | None
    process_type: int | None
    min_version: str | None
    min_features: tuple[str, ...]
    benefit: str | None
    price: float | None
    groups: tuple[str, ...]
    experimental: bool
    seen: date


def read_tool(row: Row, groups: tuple[str, ...]) -> ToolSpec:
    """Read one `[[tool]]`; raise `CatalogError` when it cannot be used."""
    kind = Kind(row.text("kind", (Kind.IMAGE, Kind.VIDEO)))
    is_image = kind is Kind.IMAGE
    free = row.flag("free", default=False)
    tool = ToolSpec(
        name=row.text("name"),
        kind=kind,
        title=row.text("title"),
        ability=row.text("ability"),
        generate_type=row.whole("generate_type", 0, 1000) if is_image else None,
        scene=None if is_image else row.text("scene"),
        process_type=None if is_image else row.whole("process_type", 0, 1000),
        min_version=read_version(row, "min_version"),
        min_features=row.texts_or_none("min_features"),
        benefit=row.text_or_none("benefit") if is_image else row.text("benefit"),
        price=0.0 if free else row.amount("price", MAX_PRICE) if "price" in row else None,
        groups=row.texts("groups", groups),
        experimental=row.flag("experimental"),
        seen=row.day("seen"),
    )
    row.close()
    return tool

"""Check what is to be done with something made before: a tool the site has, a target it can come to."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.tools import MOST_FPS, MOST_SIDE, ToolSpec
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.followup import MadeItem, ToolRequest, ToolWish
from dreambridge.domain.generation import Kind

# What each ability is told; one that is not here decides by itself.
_TARGETS: Final[Mapping[str, str]] = MappingProxyType({"insert_frame": "fps", "super_resolution": "size"})
_NOUNS: Final[Mapping[Kind, str]] = MappingProxyType({Kind.IMAGE: "pictures", Kind.VIDEO: "videos"})


def require_tool(catalog: Catalog, wish: ToolWish, site: str, kind: Kind) -> ToolSpec:
    """Find the tool of a wish for a result of `kind` that lies on `site`; touches no network, spends nothing.

    Raises `InvalidRequest` for a target that the tool needs or does not take, `UnsupportedOption` for a tool that the
    site lacks or that works on something else.
    """
    groups = set(catalog.site(site).model_keys)
    here = {name: tool for name, tool in catalog.tools.items() if groups & set(tool.groups)}
    tool = here.get(wish.tool.strip().casefold())
    if tool is None:
        raise UnsupportedOption(
            f"The site {site} has no tool {wish.tool.strip()[:100]!r}. Tools there: {', '.join(here) or 'none'}.",
            param="tool",
        )
    if tool.kind is not kind:
        raise UnsupportedOption(f"{tool.title} works on {_NOUNS[tool.kind]}; this is none.", param="artifact_id")
    for name, value in (("fps", wish.fps), ("size", wish.dimensions)):
        needed = _TARGETS.get(tool.ability) == name
        if needed and value is None:
            raise InvalidRequest(f"{tool.title} needs {name}.", param=name, code="missing_required_parameter")
        if value is not None and not needed:
            raise InvalidRequest(f"{tool.title} takes no {name}.", param=name)
    return tool


def plan_tool(tool: ToolSpec, wish: ToolWish, made: MadeItem) -> ToolRequest:
    """Turn a wish for a tool of `require_tool` into a request; touches no network, spends nothing.

    Raises `InvalidRequest` for a target out of reach, `UnsupportedOption` when too little is known of the result.
    """
    if made.kind is not tool.kind or (made.vid or made.uri) is None:
        raise UnsupportedOption(f"The site gives no name of the file that {tool.title} needs.", param="artifact_id")
    if wish.fps is not None:
        _check_fps(wish.fps, made)
    if wish.dimensions is not None:
        old, new = made.dimensions, wish.dimensions
        larger = old.width < new.width <= MOST_SIDE and old.height < new.height <= MOST_SIDE
        if not larger or new.width % 2 or new.height % 2:
            raise InvalidRequest(
                f"size is {new}; allowed: larger than {old} on both sides, at most {MOST_SIDE} pixels, even numbers.",
                param="size",
            )
    return ToolRequest(tool.name, made, fps=wish.fps, dimensions=wish.dimensions, source=wish.artifact_id)


def _check_fps(fps: int, made: MadeItem) -> None:
    if not made.fps or not made.seconds:
        raise UnsupportedOption(
            "The site does not say how many frames a second this video has, or how long it is.", param="artifact_id"
        )
    old = round(made.fps)
    if not old < fps <= MOST_FPS:
        raise InvalidRequest(f"fps is {fps}; allowed: above {old}, at most {MOST_FPS}.", param="fps")

"""What a shell is offered after Tab: what commands do, and values from the catalogue of this package."""

import re
from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

import typer

if TYPE_CHECKING:
    from dreambridge.catalog import Catalog, ModelSpec

Offers: TypeAlias = list[tuple[str, str]]


def read_sentence(command: str) -> str:
    """Read what a command does from the first line of its module, without loading that."""
    module = f"dreambridge.cli.{command}"
    loader = getattr(find_spec(module), "loader", None)
    source = loader.get_source(module) if loader is not None else None
    found = re.match(r'"""`[^`]+`: (.*\.)', source or "")
    return found[1] if found else ""


def offer_models(context: typer.Context) -> Offers:
    """Offer the models that make what the command makes."""
    kind = "video" if context.info_name == "video" else "image"
    catalog = _load()
    listed = catalog.listed(tuple(catalog.sites))
    wanted = (each for each in listed if each.alias_of is None and each.spec.kind.value.startswith(kind))
    return [(each.id, _describe(each.spec, each.sites)) for each in wanted]


def offer_ratios() -> list[str]:
    """Offer the shapes of pictures and videos."""
    return list(_load().geometry.ratios)


def offer_resolutions() -> list[str]:
    """Offer the resolutions of pictures."""
    return list(_load().geometry.tiers)


def offer_video_resolutions() -> list[str]:
    """Offer the resolutions of videos."""
    return list(_load().geometry.video_tiers)


def offer_sites() -> Offers:
    """Offer the sites."""
    return [(name, site.title_en) for name, site in _load().sites.items()]


def offer_formats() -> list[str]:
    """Offer what pictures can be saved as."""
    return ["png", "jpeg", "webp"]


def offer_log_levels() -> list[str]:
    """Offer how much the gateway logs."""
    return ["debug", "info", "warning", "error"]


def offer_clusters() -> list[str]:
    """Offer the sites that can be simulated."""
    return ["cn", "us", "asia", "hk", "jp", "sg", "sandbox"]


def offer_scenarios() -> Offers:
    """Offer the mishaps that a simulated site can play."""
    from dreambridge.simulator.scenarios import load_scenarios  # noqa: PLC0415 - only a shell needs it

    return [(name, row.en) for name, row in load_scenarios().rows.items()]


def _load() -> "Catalog":
    # Imported here: only a shell needs it, and only for values.
    from dreambridge.catalog import load_catalog  # noqa: PLC0415

    return load_catalog()


def _describe(spec: "ModelSpec", sites: Iterable[str]) -> str:
    return f"{spec.title or spec.name} on {', '.join(sites)}"

"""The catalogue as a whole: which name means which model on which site."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from dreambridge.catalog.codes import Codes
from dreambridge.catalog.geometry import Geometry
from dreambridge.catalog.model import Alias, ModelSpec
from dreambridge.catalog.rows import CatalogError, check_base_url
from dreambridge.catalog.site import Site
from dreambridge.catalog.tools import ToolSpec
from dreambridge.catalog.video import ModeSpec
from dreambridge.domain.errors import UnknownModel, UnsupportedOption
from dreambridge.domain.generation import VideoMode

# How LobeHub writes the name of a picture model that is to be used as a chat.
_CHAT_SUFFIX: Final = ":image"


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One name in a list of models: what it means, whose other name it is, and the sites where it means that."""

    id: str
    spec: ModelSpec
    alias_of: str | None
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that varies between sites and models.

    `aliases` and `answers` (every name of every model) are keyed by case-folded name. `modes` says how each mode of
    video is written into a draft; `tools` work on what was made before. `overridden_sites` are those for which the
    operator's own file has a table.
    """

    sites: Mapping[str, Site]
    models: Mapping[str, ModelSpec]
    aliases: Mapping[str, Alias]
    geometry: Geometry
    codes: Codes
    overridden_sites: tuple[str, ...]
    answers: Mapping[str, ModelSpec]
    modes: Mapping[VideoMode, ModeSpec]
    tools: Mapping[str, ToolSpec]

    def site(self, name: str) -> Site:
        """Give a site by name; raise `KeyError` when there is none."""
        return self.sites[name]

    def with_base(self, site: str, base_url: str) -> "Catalog":
        """Point every host of one site at a base URL; raise `CatalogError` when a site's hosts may not be there."""
        if problem := check_base_url(base_url):
            raise CatalogError(f"base URL of {site}: {problem}")
        base = base_url.rstrip("/")
        moved = replace(
            self.sites[site],
            mweb=base,
            commerce=base,
            passport=base,
            imagex=base,
            vod=base,
            origin=base,
            referer=f"{base}/",
        )
        return replace(self, sites=MappingProxyType({**self.sites, site: moved}))

    def sites_of(self, model: ModelSpec) -> tuple[str, ...]:
        """List the sites that have a model, in the order of the sites file; those it has gone from as well."""
        return tuple(name for name, site in self.sites.items() if model.key_on(site))

    def able(self, site: str, can: Callable[[ModelSpec], object]) -> str:
        """Name the listed models of a site of which `can` holds, for a sentence; `none` when there are none."""
        names = [entry.id for entry in self.listed((site,)) if not entry.alias_of and can(entry.spec)]
        return ", ".join(names) or "none"

    def alias(self, name: str) -> Alias | None:
        """Find the alias row of a name that clients have built in."""
        return self.aliases.get(_fold(name))

    def resolve(self, name: str, site: str) -> ModelSpec:
        """Find the model that a name means on a site, whatever its case, and with LobeHub's `:image` behind it or not.

        A name that the site itself lists wins over an alias row of that name. Retired models and those that are not
        offered are found too: `status` and `offered` say so. Raises `UnknownModel` when nothing answers to the name
        anywhere, `UnsupportedOption` when another site has it.
        """
        wanted = _fold(name)
        own, alias = self.answers.get(wanted), self.aliases.get(wanted)
        meant = [each for each in (own, self.models[alias.target] if alias else None) if each]
        for spec in meant:
            if spec.key_on(self.sites[site]):
                return spec
        if not meant:
            raise UnknownModel(self._unknown(name, site), param="model")
        elsewhere = ", ".join(dict.fromkeys(there for spec in meant for there in self.sites_of(spec)))
        raise UnsupportedOption(
            f"The site {site} does not have the model {name.strip()!r}. Sites that have it: {elsewhere}.",
            param="model",
        )

    def _unknown(self, name: str, site: str) -> str:
        here = {entry.id.casefold(): entry.id for entry in self.listed((site,))}
        near = get_close_matches(name.strip().casefold(), here, n=3, cutoff=0.3)
        hint = f" The nearest names here: {', '.join(here[each] for each in near)}." if near else ""
        return f"No model is named {name.strip()[:100]!r}.{hint} GET /v1/models lists them all."

    def listed(self, sites: Collection[str]) -> tuple[ListedModel, ...]:
        """List every name that means a model on at least one of the sites, models first, then built-in names.

        A name is listed once; where a site's own model and an alias row share it, the site's own model counts.
        """
        found: dict[str, ListedModel] = {}
        for spec in self.models.values():
            there = self._there(spec, sites)
            if there and spec.listed:
                found[spec.name.casefold()] = ListedModel(spec.name, spec, None, there)
                for other in spec.aliases:
                    found[other.casefold()] = ListedModel(other, spec, spec.name, there)
        for key, alias in self.aliases.items():
            spec = self.models[alias.target]
            there = self._there(spec, sites)
            if there and spec.listed and key not in found:
                found[key] = ListedModel(alias.name, spec, spec.name, there)
        return tuple(found.values())

    def _there(self, spec: ModelSpec, sites: Collection[str]) -> tuple[str, ...]:
        return tuple(name for name in self.sites_of(spec) if name in sites and name not in spec.gone_from)


def _fold(name: str) -> str:
    return name.strip().casefold().removesuffix(_CHAT_SUFFIX)

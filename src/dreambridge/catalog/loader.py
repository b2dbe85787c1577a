"""Read the catalogue once and check that its four files agree; a bad row stops the start."""

from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.codes import read_codes
from dreambridge.catalog.files import FILES, Table, by_name, load_ours, load_overrides, merge
from dreambridge.catalog.geometry import Geometry, read_geometry
from dreambridge.catalog.model import Alias, ModelSpec, read_alias, read_model
from dreambridge.catalog.rows import CatalogError, Row
from dreambridge.catalog.site import Site, read_site
from dreambridge.domain.generation import Kind


def load_catalog(override_dir: Path | None = None) -> Catalog:
    """Load our catalogue, with the files of `override_dir` laid over it; raise `CatalogError` for any bad row.

    Reads the disk, touches no network.
    """
    ours = load_ours()
    theirs = load_overrides(override_dir) if override_dir else {}
    tables = {name: merge(name, ours[name], theirs.get(name, {})) for name in FILES}
    return build_catalog(tables, overridden_sites=tuple(theirs.get("sites.toml", {})))


def build_catalog(tables: dict[str, Table], *, overridden_sites: tuple[str, ...] = ()) -> Catalog:
    """Build a catalogue from the four parsed files; raise `CatalogError` for a bad row or a dangling reference."""
    geometry = read_geometry(Row("geometry.toml", "geometry", tables["geometry.toml"]))
    sites = _read_sites(tables["sites.toml"])
    models, aliases = _read_models(tables["models.toml"], geometry, sites)
    return Catalog(
        sites=MappingProxyType(sites),
        models=MappingProxyType(models),
        aliases=MappingProxyType(aliases),
        geometry=geometry,
        codes=read_codes(Row("codes.toml", "codes", tables["codes.toml"])),
        overridden_sites=overridden_sites,
        answers=MappingProxyType(_index_names(models.values())),
    )


def _read_sites(table: Table) -> dict[str, Site]:
    root = Row("sites.toml", "sites", table)
    return {name: read_site(root.child(name), name) for name in root.names()}


def _read_models(
    table: Table, geometry: Geometry, sites: dict[str, Site]
) -> tuple[dict[str, ModelSpec], dict[str, Alias]]:
    file = "models.toml"
    Row(file, "models", table).names(("model", "alias"))
    groups = tuple(dict.fromkeys(group for site in sites.values() for group in site.model_keys))
    models: dict[str, ModelSpec] = {}
    for name, fields in by_name(file, "model", table.get("model", [])).items():
        row = Row(file, f'model "{name}"', fields)
        models[name] = read_model(row, geometry.tiers, geometry.ratios, groups)
        _check_sizes(row, models[name], geometry)
    _check_keys(models.values())
    aliases: dict[str, Alias] = {}
    for name, fields in by_name(file, "alias", table.get("alias", [])).items():
        row = Row(file, f'alias "{name}"', fields)
        alias = read_alias(row)
        if alias.target not in models:
            raise row.fault("target", f"{alias.target!r} is not a model; allowed: the name of a [[model]] row")
        if name.casefold() in aliases:
            raise row.fault("name", f"{name!r} is used twice; allowed: a name of its own")
        aliases[name.casefold()] = alias
    return models, aliases


def _check_sizes(row: Row, spec: ModelSpec, geometry: Geometry) -> None:
    """Refuse an image model that offers a ratio at a resolution for which there is no size."""
    if spec.kind is not Kind.IMAGE:
        return
    tiers = {*spec.resolutions, *(rule.resolution for rule in spec.forced.values() if rule.native is None)}
    for ratio in spec.ratios:
        for tier in sorted(tiers - geometry.sizes[ratio].keys()):
            known = ", ".join(geometry.sizes[ratio])
            raise row.fault("ratios", f"{ratio} has no size at {tier} in geometry.toml; allowed there: {known}")


def _check_keys(models: Iterable[ModelSpec]) -> None:
    owners: dict[tuple[str, str], str] = {}
    for spec in models:
        for group, key in spec.keys.items():
            owner = owners.setdefault((group, key), spec.name)
            if owner != spec.name:
                raise CatalogError(
                    f'models.toml: model "{spec.name}": field "keys": {group} = "{key}" already belongs to '
                    f'"{owner}"; allowed: a key of its own'
                )


def _index_names(models: Iterable[ModelSpec]) -> dict[str, ModelSpec]:
    answers: dict[str, ModelSpec] = {}
    for spec in models:
        for name in spec.names:
            other = answers.setdefault(name.casefold(), spec)
            if other is not spec:
                raise CatalogError(
                    f'models.toml: model "{spec.name}": field "aliases": {name!r} already belongs to '
                    f'"{other.name}"; allowed: names that no other model has'
                )
    return answers

"""Read the catalogue once and check that its four files agree; a bad row stops the start."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from dreambridge.catalog.agreement import check_alias, check_keys, check_sizes, check_video
from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.codes import read_codes
from dreambridge.catalog.files import FILES, Table, by_name, load_ours, load_overrides, merge
from dreambridge.catalog.geometry import Geometry, read_geometry
from dreambridge.catalog.model import Alias, ModelSpec
from dreambridge.catalog.model_rows import read_alias, read_model
from dreambridge.catalog.rows import CatalogError, Row
from dreambridge.catalog.site import Site, read_site
from dreambridge.catalog.tools import read_tool
from dreambridge.catalog.video import ModeSpec
from dreambridge.catalog.video_rows import read_mode
from dreambridge.domain.generation import VideoMode

_MODELS: Final = "models.toml"


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
    groups = tuple(dict.fromkeys(group for site in sites.values() for group in site.model_keys))
    table = tables[_MODELS]
    Row(_MODELS, "models", table).names(("model", "alias", "mode", "tool"))
    modes = _read_modes(table)
    models = _read_models(table, geometry, groups, modes)
    return Catalog(
        sites=MappingProxyType(sites),
        models=MappingProxyType(models),
        aliases=MappingProxyType(_read_aliases(table, models)),
        geometry=geometry,
        codes=read_codes(Row("codes.toml", "codes", tables["codes.toml"])),
        overridden_sites=overridden_sites,
        answers=MappingProxyType(_index_names(models.values())),
        modes=MappingProxyType(modes),
        tools=MappingProxyType({name: read_tool(row, groups) for name, row in _rows(table, "tool")}),
    )


def _rows(table: Table, kind: str) -> Iterator[tuple[str, Row]]:
    for name, fields in by_name(_MODELS, kind, table.get(kind, [])).items():
        yield name, Row(_MODELS, f'{kind} "{name}"', fields)


def _read_sites(table: Table) -> dict[str, Site]:
    root = Row("sites.toml", "sites", table)
    return {name: read_site(root.child(name), name) for name in root.names()}


def _read_modes(table: Table) -> dict[VideoMode, ModeSpec]:
    root = Row(_MODELS, "mode", table.get("mode", {}))
    modes = {VideoMode(name): read_mode(root.child(name)) for name in root.names(tuple(VideoMode))}
    root.close()
    return modes


def _read_models(
    table: Table, geometry: Geometry, groups: tuple[str, ...], modes: Mapping[VideoMode, ModeSpec]
) -> dict[str, ModelSpec]:
    models: dict[str, ModelSpec] = {}
    for name, row in _rows(table, "model"):
        models[name] = read_model(row, geometry, groups)
        check_sizes(row, models[name], geometry)
        check_video(row, models[name], modes)
    check_keys(models.values())
    return models


def _read_aliases(table: Table, models: Mapping[str, ModelSpec]) -> dict[str, Alias]:
    aliases: dict[str, Alias] = {}
    for name, row in _rows(table, "alias"):
        alias = read_alias(row)
        check_alias(row, alias, models)
        if name.casefold() in aliases:
            raise row.fault("name", f"{name!r} is used twice; allowed: a name of its own")
        aliases[name.casefold()] = alias
    return aliases


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

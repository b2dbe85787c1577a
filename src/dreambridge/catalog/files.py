"""Read the four catalogue files, and lay an operator's own rows over ours."""

import os
import stat
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from dreambridge.catalog.rows import CatalogError

FILES = ("sites.toml", "models.toml", "geometry.toml", "codes.toml")
NAMED_LISTS = ("model", "alias", "tool")
"""Lists of tables whose rows are told apart by their `name`."""
REPLACED = ("alias",)
"""Of these an override's row takes the place of ours; of the others it is laid over ours, field by field."""

Table = dict[str, Any]


def load_ours() -> dict[str, Table]:
    """Read the files that come with the package."""
    folder = resources.files("dreambridge.catalog") / "data"
    return {name: _parse(name, (folder / name).read_bytes()) for name in FILES}


def load_overrides(folder: Path) -> dict[str, Table]:
    """Read an operator's files; raise `CatalogError` for a missing folder, a stray name or a file others may write."""
    if not folder.is_dir():
        raise CatalogError(f"{folder}: is not a folder; allowed: a folder that holds any of {', '.join(FILES)}")
    found = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    for path in found:
        if path.name not in FILES:
            raise CatalogError(f"{path}: is not a catalogue file; allowed: {', '.join(FILES)}")
    return {path.name: _parse(str(path), _read_guarded(path)) for path in found}


def _read_guarded(path: Path) -> bytes:
    # These files name the hosts that sessions are sent to: who may write them may read every session.
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise CatalogError(
                f"{path}: others than its owner may write it (mode {stat.S_IMODE(mode):04o}); allowed: chmod go-w"
            )
        return file.read()


def _parse(name: str, content: bytes) -> Table:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{name}: cannot be read as TOML: {error}") from error


def merge(file: str, ours: Table, theirs: Mapping[str, object]) -> Table:
    """Lay `theirs` over `ours`: tables field by field, lists of named rows by name, anything else replaced."""
    merged = dict(ours)
    for key, value in theirs.items():
        mine = merged.get(key)
        if key in NAMED_LISTS and isinstance(value, list):
            merged[key] = _merge_rows(file, key, by_name(file, key, mine or []), by_name(file, key, value))
        elif isinstance(mine, dict) and isinstance(value, dict):
            merged[key] = merge(file, mine, value)
        else:
            merged[key] = value
    return merged


def _merge_rows(file: str, key: str, ours: dict[str, Table], theirs: dict[str, Table]) -> list[Table]:
    merged = dict(ours)
    for name, row in theirs.items():
        merged[name] = row if key in REPLACED else merge(file, merged.get(name, {}), row)
    return list(merged.values())


def by_name(file: str, kind: str, rows: object) -> dict[str, Table]:
    """Index a list of named rows; raise `CatalogError` for a row without a name, or a name twice."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CatalogError(f"{file}: {kind}: is not a list of tables; allowed: [[{kind}]] rows")
    found: dict[str, Table] = {}
    for number, row in enumerate(rows, 1):
        name = row.get("name")
        if not isinstance(name, str) or not name.strip():
            raise CatalogError(f'{file}: {kind} {number}: field "name": is missing; allowed: a non-empty string')
        if name in found:
            raise CatalogError(f'{file}: {kind} "{name}": field "name": is used twice; allowed: a name of its own')
        found[name] = row
    return found

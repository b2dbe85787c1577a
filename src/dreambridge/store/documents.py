"""Dataclasses as JSON text, readable by later versions of themselves.

Keys that a class does not know are ignored and absent ones take its defaults, so that a field may come or go without
a migration. Text is kept in ASCII: PostgreSQL takes no NUL and neither database a lone surrogate, JSON's escapes both.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def dump(value: object) -> str:
    """Write a dataclass, or anything made of JSON's types and dataclasses, as text."""
    return json.dumps(value, default=_as_mapping, separators=(",", ":"))


class Reader(Generic[T]):
    """Read one dataclass, with what it contains, from a mapping or from text; build it once, at import."""

    def __init__(self, cls: type[T]) -> None:
        self._cls = cls
        hints = get_type_hints(cls)
        # Any: a field's type is only known to the class it was read from.
        names = [field.name for field in fields(cls)]  # type: ignore[arg-type] # the callers pass dataclasses
        self._converters = [(name, _converter(hints[name])) for name in names]

    def read(self, values: Mapping[Any, Any]) -> T:
        """Make the dataclass; raises `TypeError` when a value without default is absent, `ValueError` on a bad one."""
        found = {}
        for name, convert in self._converters:
            if name in values:
                value = values[name]
                found[name] = value if convert is None or value is None else convert(value)
        return self._cls(**found)

    def load(self, text: str) -> T:
        """Make the dataclass from the text that `dump` wrote."""
        return self.read(json.loads(text))


def _same(value: Any) -> Any:
    return value


def _as_mapping(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return dict(value)
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no place in a document")
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    if get_origin(hint) is UnionType:
        # Only "or None" occurs among our nouns, and None never reaches a converter.
        return _converter(next(part for part in get_args(hint) if part is not type(None)))
    if get_origin(hint) is Mapping:
        key, value = (_converter(part) or _same for part in get_args(hint))
        return lambda values: {key(name): value(each) for name, each in values.items()}
    if get_origin(hint) is tuple:
        inner = _converter(get_args(hint)[0])
        return tuple if inner is None else lambda values: tuple(map(inner, values))
    if is_dataclass(hint):
        return Reader(hint).read  # type: ignore[arg-type] # a dataclass is a type here, never an instance
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    return None

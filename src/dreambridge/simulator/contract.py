"""What the observed requests allow: JSON Schemas in `dreambridge/contract/schemas`, compiled when first needed."""

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


class Contract:
    """Find what a request says that no observed request says."""

    def __init__(self) -> None:
        self._validators: dict[str, Validator] = {}

    def complaint(self, schema: str, value: Any) -> str | None:
        """Return the first thing the named schema does not allow, with its place; None when all is allowed."""
        error = next(self._validator(schema).iter_errors(value), None)
        return None if error is None else f"{schema} {error.json_path}: {error.message[:300]}"

    def _validator(self, schema: str) -> "Validator":
        if schema not in self._validators:
            # Imported here: only strict mode needs it, and it takes longer to load than the rest of the simulator.
            from jsonschema import Draft202012Validator  # noqa: PLC0415

            self._validators[schema] = Draft202012Validator(_read(schema))
        return self._validators[schema]


def _read(schema: str) -> Any:
    file = resources.files("dreambridge") / "contract" / "schemas" / f"{schema}.json"
    return json.loads(file.read_text(encoding="utf-8"))

"""Read the OpenAPI document of a gateway, and hold real answers against it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

METHODS = ("get", "post", "put", "patch", "delete")


class Case(NamedTuple):
    """One operation of the document."""

    method: str
    path: str
    operation: dict[str, Any]

    @property
    def secured(self) -> bool:
        """Tell whether it always wants a credential."""
        return bool(self.operation.get("security", [{"bearer": []}]) == [{"bearer": []}])

    @property
    def takes_anything(self) -> bool:
        """Tell whether a request of it can say more than that it is one."""
        return bool(self.operation["parameters"] or "requestBody" in self.operation)


def cases(document: dict[str, Any]) -> Iterator[Case]:
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                yield Case(method.upper(), path, operations[method])


def faults(document: dict[str, Any], schema: Mapping[str, Any], value: object) -> list[str]:
    """List what is wrong with a value; references point into the document."""
    whole = {**schema, "components": document["components"]}
    return [f"{error.json_path}: {error.message[:300]}" for error in Draft202012Validator(whole).iter_errors(value)]


def check_answer(
    document: dict[str, Any], case: Case, status: int, headers: Mapping[str, str], content: bytes
) -> list[str]:
    """List where an answer is not as described: status, media type, headers, body."""
    described = case.operation["responses"].get(str(status))
    if described is None:
        return [f"it may answer {', '.join(case.operation['responses'])}, not {status}"]
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rpartition("/")[2]]
    wrong = [] if headers.get("x-request-id", "").startswith("req_") else ["it has no x-request-id"]
    media_type = headers.get("content-type", "").partition(";")[0]
    if media_type not in described["content"]:
        return [*wrong, f"it may answer {', '.join(described['content'])}, not {media_type}"]
    if media_type != "application/json":
        return wrong
    try:
        value = json.loads(content)
    except ValueError:
        return [*wrong, "it is not JSON, though it says so"]
    return wrong + faults(document, described["content"][media_type]["schema"], value)

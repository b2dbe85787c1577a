"""Make the OpenAPI document from the table of routes."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from dreambridge.api.openapi.failures import error_name, error_responses, errors_of
from dreambridge.api.openapi.operation import (
    HEADERS,
    IDEMPOTENCY_KEY,
    QUOTA_HEADERS,
    Answer,
    Content,
    Credential,
    Operation,
    Parameter,
    Schema,
)
from dreambridge.api.openapi.shapes import Failure

# Every variable a path may have, wherever it stands.
PATH_VARIABLES: Final = MappingProxyType(
    {
        "job_id": ("A job's id.", "job_xrhsl6dlvjtfnluy56e5lycn3m"),
        "task_id": ("A task's id, which is that of its job.", "job_xrhsl6dlvjtfnluy56e5lycn3m"),
        "video_id": ("A video's id, which is that of its job.", "video_bda4dqpiv25mnu3vjpzhkzh2va"),
        "model_id": ("A model's name, any case; slashes stand as they are.", "jimeng-4.5"),
        "name": ("An artifact's id with its extension for the bytes, without for its JSON.", "art_ga63s6gj.png"),
        "asset_id": ("An asset's id.", "asset_4mhxkmvh2zzv6ibz5fcbkqdm5v"),
        "account_id": ("An account's id.", "acct_dm3vrbfzvalxfjv5b2zo4vyclo"),
        "key_id": ("A gateway key's id.", "key_7d3qk2mzv5xw6n4htbjr8p2s9a"),
        "response_id": ("A response's id.", "resp_xrhsl6dlvjtfnluy56e5lycn3m"),
        "asset": ("A file of this page.", "page.js"),
        "file": ("A file of the studio.", "app.js"),
    }
)
TAGS: Final = MappingProxyType(
    {
        "Images": "Pictures from a prompt, in OpenAI's words and those of other gateways.",
        "Chat": "Pictures and videos in a conversation, and the sites' own agent.",
        "Responses": "OpenAI's Responses with the image_generation tool.",
        "Tokens": "Sessions themselves: alive, their balance, the credit of the day.",
        "Videos": "Videos from a prompt, pictures, videos and sounds, in OpenAI's words and those of other gateways.",
        "Models": "What the caller's accounts can use.",
        "Jobs": "The durable unit behind every generation: look, list, cancel, delete.",
        "Artifacts": "Results: bytes by an address nobody guesses, facts for the owner.",
        "Assets": "Files handed in once, to be used by id.",
        "Accounts": "Sessions kept on the server: health, credit, pausing.",
        "Keys": "Gateway keys for callers, their limits and what was made with them; for the operator.",
        "Server": "Whether it lives and works, and how to talk to it.",
    }
)
_ABOUT: Final = """\
Pictures and videos from Jimeng and Dreamina with the accounts you own, in the words of OpenAI's clients.

**Credential.** `Authorization: Bearer …`: a gateway key of this server (`db-…`), a session id of a site, marked or \
bare, several of these separated by commas, or `sandbox` (any `sandbox-…` is an account of its own), which draws \
placeholders and costs nothing.

**Errors** are one object with a true status; `retryable` and `charged` say what to do next, `remedy` says it in \
English, or in Chinese with `Accept-Language: zh`. A failure is never 2xx.

**Bodies** may be a little careless (trailing commas, single quotes, comments); `x-dreambridge-lenient` says so. \
Fields that are not listed have no effect and are named in `x-dreambridge-ignored`.

**Agents** speak the Model Context Protocol (streamable HTTP) at `POST /mcp`, with the same credential; its tools \
describe themselves there. `GET /llms.txt` is what they read first.

**HEAD** works wherever GET does. Every answer carries `x-request-id`.
"""
_MODE: Final[JsonSchemaMode] = "validation"


class Described(Protocol):
    """A route with its description."""

    @property
    def method(self) -> str:
        """Give the HTTP method."""

    @property
    def path(self) -> str:
        """Give the path's template."""

    @property
    def operation(self) -> Operation:
        """Give the description."""


def public_path(path: str) -> str:
    """Write a path's template as OpenAPI does, without the router's own marks."""
    return re.sub(r":\w+}", "}", path)


def build_document(routes: Iterable[Described], version: str) -> dict[str, Any]:
    """Make the document; what no operation describes is not in it."""
    paths: dict[str, dict[str, Any]] = {}
    models: set[type[BaseModel]] = {Failure}
    tags: set[str] = set()
    for route in routes:
        models |= set(_models_of(route.operation))
        tags.add(route.operation.tag)
        path = public_path(route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route.method, path, route.operation)
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, _MODE) for model in ordered], ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dreambridge", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items() if name in tags],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "responses": error_responses(),
            "headers": _headers(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _headers() -> dict[str, Any]:
    own = {**HEADERS, "x-should-retry": "`true` when the same request should be sent again."}
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in own.items()}


def _models_of(operation: Operation) -> Iterable[type[BaseModel]]:
    contents = [*operation.bodies, *(content for answer in operation.answers.values() for content in answer.contents)]
    for content in contents:
        if isinstance(content.schema, tuple):
            yield from content.schema
        elif isinstance(content.schema, type):
            yield content.schema


def _operation(method: str, path: str, operation: Operation) -> dict[str, Any]:
    # What makes something says how the caller's key stands.
    beside = QUOTA_HEADERS if IDEMPOTENCY_KEY in operation.parameters else ()
    made: dict[str, Any] = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "operationId": "_".join([method.lower(), *re.findall(r"\w+", path)]),
        "parameters": [*map(_path_variable, re.findall(r"{(\w+)}", path)), *map(_parameter, operation.parameters)],
        "responses": {
            **{str(status): _answer(answer, beside) for status, answer in operation.answers.items()},
            **{
                str(status): {"$ref": f"#/components/responses/{error_name(status)}"} for status in errors_of(operation)
            },
        },
    }
    if operation.bodies:
        made["requestBody"] = {"required": True, "content": _contents(operation.bodies)}
    if operation.credential is not Credential.NEEDED:
        made["security"] = [{}, {"bearer": []}] if operation.credential is Credential.OPTIONAL else []
    return made


def _path_variable(name: str) -> dict[str, Any]:
    description, example = PATH_VARIABLES[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1},
        "example": example,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _answer(answer: Answer, beside: tuple[str, ...]) -> dict[str, Any]:
    return {
        "description": answer.description,
        "headers": {
            name: {"$ref": f"#/components/headers/{name}"} for name in ("x-request-id", *answer.headers, *beside)
        },
        "content": _contents(answer.contents),
    }


def _contents(contents: Iterable[Content]) -> dict[str, Any]:
    return {
        content.media_type: {
            "schema": _with_fields(content.schema, content.fields) if content.fields else _schema(content.schema),
            "examples": {name: {"value": value} for name, value in content.examples.items()},
        }
        for content in contents
    }


def _schema(schema: Schema) -> Mapping[str, Any]:
    if isinstance(schema, tuple):
        return {"anyOf": [_schema(each) for each in schema]}
    if isinstance(schema, type):
        return {"$ref": f"#/components/schemas/{schema.__name__}"}
    return dict(schema)


def _with_fields(schema: Schema, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write a model out with further fields: tools read one object more surely than a sum of two."""
    own: Mapping[str, Any] = schema if isinstance(schema, Mapping) else {}
    if isinstance(schema, type):
        own = schema.model_json_schema(ref_template="#/components/schemas/{model}", mode=_MODE)
    written = {name: value for name, value in own.items() if name != "$defs"}
    return {**written, "properties": {**own.get("properties", {}), **fields}}

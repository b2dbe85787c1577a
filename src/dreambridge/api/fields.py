"""Turn a JSON object into a schema model, and what is wrong with it into errors that name the field."""

import re
from types import MappingProxyType
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from dreambridge.api.forms import Form
from dreambridge.api.reader import Body
from dreambridge.domain.errors import InvalidRequest

_Model = TypeVar("_Model", bound=BaseModel)
# What pydantic calls the fault → what was expected, in words a caller knows.
_EXPECTED: Final = MappingProxyType(
    {
        "string_type": "a string",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
        "list_type": "a list",
        "dict_type": "an object",
        "int_parsing": "a whole number",
        "float_parsing": "a number",
        "bool_parsing": "true or false",
    }
)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_MOST_NAMES: Final = 32


def read_body_fields(schema: type[_Model], body: Body) -> _Model:
    """Check a body against a schema: JSON by its types, a form by what its text says. Raises InvalidRequest."""
    if not isinstance(body, Form):
        return read_fields(schema, body.fields)
    # What a form left empty was not filled in.
    return read_fields(schema, {name: value for name, value in body.fields.items() if value != ""}, text=True)


def read_fields(schema: type[_Model], fields: dict[str, Any], *, text: bool = False) -> _Model:
    """Check an object against a schema; null counts as absent. Raises InvalidRequest that names the first field.

    With `text` numbers and truth values may be written as text, as a form has them.
    """
    said = {name: value for name, value in fields.items() if value is not None}
    try:
        return schema.model_validate(said, strict=False if text else None)
    except ValidationError as broken:
        fault = broken.errors(include_url=False, include_context=True)[0]
    param = _place(fault["loc"])
    kind = fault["type"]
    if kind == "missing":
        raise InvalidRequest(f"The field {param} is missing.", param=param, code="missing_required_parameter")
    if kind in _EXPECTED:
        message = f"{param} must be {_EXPECTED[kind]}, not {_name_type(fault['input'])}."
        raise InvalidRequest(message, param=param, code="invalid_type")
    allowed = fault.get("ctx", {}).get("expected")
    detail = f"allowed: {allowed}" if allowed else fault["msg"]
    raise InvalidRequest(f"{param} has a value that cannot be used; {detail}.", param=param, code="invalid_value")


def _place(loc: tuple[int | str, ...]) -> str:
    """Write a place as OpenAI does: `messages[0].content`."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text[:100]


def _name_type(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "a string"
        case int() | float():
            return "a number with a fraction" if isinstance(value, float) else "a number"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "null"


def list_names(names: list[str]) -> str:
    """Write field names into a header value; what is no plain name is percent-encoded, a long list cut short."""
    written = [name if _PLAIN.fullmatch(name) else quote(name[:32], safe="") for name in names]
    return ", ".join(dict.fromkeys(written[:_MOST_NAMES]))

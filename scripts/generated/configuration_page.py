"""Write docs/configuration.md from the settings themselves."""

import re
from enum import Enum
from typing import Any

from scripts.generated.markdown import code, page, table
from scripts.generated.words import Words

from dreambridge.settings import Settings

KINDS = {"integer": "whole number", "number": "number", "array": "list"}
LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def render_configuration(words: Words) -> str:
    """Render the table of settings."""
    prefix = str(Settings.model_config["env_prefix"])
    rows = [
        (
            code(f"{prefix}{name.upper()}"),
            _default(field.default),
            _values(words, name),
            words.say(str(field.description)).replace("<", "&lt;"),
        )
        for name, field in Settings.model_fields.items()
    ]
    return page(
        words,
        "configuration",
        "Configuration",
        "`src/dreambridge/settings.py`",
        words.say(
            "Every setting can be given in the environment under the name below, in a file `.env` in the same form, or "
            "in `dreambridge.toml` under its name in lower case without `{prefix}` (`port = 9000`). Options of the "
            "command come first, then the environment, `.env`, `dreambridge.toml`, and the default. Both files are "
            "read from the folder the server is started in. Lists are written with commas in the environment, as "
            "arrays in TOML.",
            prefix=prefix,
        ),
        table((words.say("Setting"), words.say("Default"), words.say("Values"), words.say("Meaning")), rows),
    )


def _default(value: object) -> str:
    if value is None or value == ():
        return "—"
    if isinstance(value, tuple):
        return code(",".join(str(each) for each in value))
    if isinstance(value, bool):
        return code(str(value).lower())
    return code(value.value if isinstance(value, Enum) else value)


def _values(words: Words, name: str) -> str:
    """Say what a setting takes, from its own JSON schema."""
    schema = Settings.model_json_schema()
    field: dict[str, Any] = schema["properties"][name]
    field = next((each for each in field.get("anyOf", ()) if each.get("type") != "null"), field)
    if reference := field.get("$ref"):
        field = schema["$defs"][reference.rpartition("/")[2]]
    if choices := field.get("enum"):
        return code(*choices)
    if choices := re.fullmatch(r"\^\(([\w|]+)\)\$", field.get("pattern", "")):
        return code(*choices[1].split("|"))
    if field.get("type") == "boolean":
        return code("true", "false")
    kind = KINDS.get(field.get("type", ""), "path" if field.get("format") == "path" else "text")
    bounds = [f"{sign} {field[key]:g}" for key, sign in LIMITS.items() if key in field]
    return f"{words.say(kind)} {', '.join(bounds)}".strip()

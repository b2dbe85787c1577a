"""Settings for a command: where each comes from, and a refusal that names the one that is wrong."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, TomlConfigSettingsSource

from dreambridge.cli.terminal import fail
from dreambridge.settings import Settings

_PREFIX: Final = "dreambridge_"
_UNSHOWN: Final = frozenset({"database_url", "secret_key"})
# Read by commands that speak to a gateway, and by our tests.
_OTHER_NAMES: Final = frozenset({"token", "key", "url", "admin_key", "preview", "python", "test_postgres_url"})


def load_settings(options: Mapping[str, Any]) -> Settings:
    """Read the settings, with the options that were given on top; end the command when they are invalid."""
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except (OSError, ValueError) as error:
        fail("; ".join(explain(error)), remedy="`dreambridge doctor` shows where each setting comes from.")


def explain(error: Exception) -> list[str]:
    """Say in a line each what is wrong with the settings; the values of secret ones are not repeated."""
    if not isinstance(error, ValidationError):
        return [f"the settings cannot be read: {error}"]
    lines = []
    for each in error.errors(include_url=False, include_context=False):
        name = str(each["loc"][0]) if each["loc"] else "settings"
        shown = "" if name in _UNSHOWN else f" (it is {each['input']!r})"
        lines.append(f"{name.upper()}: {each['msg'][:1].lower()}{each['msg'][1:]}{shown}")
    return lines


def find_origins(options: Mapping[str, Any]) -> dict[str, str]:
    """Tell of each setting that was set where it was: option, environment, .env or dreambridge.toml."""
    places = {
        "dreambridge.toml": TomlConfigSettingsSource(Settings)(),
        ".env": DotEnvSettingsSource(Settings)(),
        "environment": EnvSettingsSource(Settings)(),
        "option": options,
    }
    origins = {name: place for place, names in places.items() for name in names if name in Settings.model_fields}
    return {name: origins[name] for name in Settings.model_fields if name in origins}


def find_strangers() -> list[str]:
    """Name what looks like a setting of ours and is none: a slip of the pen has no effect otherwise."""
    named = [
        *EnvSettingsSource(Settings).env_vars,
        *DotEnvSettingsSource(Settings).env_vars,
    ]
    variables = {name.lower().removeprefix(_PREFIX) for name in named if name.lower().startswith(_PREFIX)}
    known = {*Settings.model_fields, *_OTHER_NAMES}
    strangers = [f"{_PREFIX}{name}".upper() for name in sorted(variables - known)]
    in_file = TomlConfigSettingsSource(Settings).toml_data
    return [*strangers, *(f"{name} (dreambridge.toml)" for name in in_file if name not in Settings.model_fields)]

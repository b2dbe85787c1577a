"""Write what each command takes, from the parser itself."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from dreambridge.cli.main import app
from dreambridge.cli.terminal import Exit


def walk_commands() -> Iterator[tuple[str, Any]]:
    """Give every command with its whole name, groups before what is in them."""
    yield from _walk("dreambridge", get_command(app))


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    if hasattr(command, "list_commands"):
        for each in command.list_commands(None):
            yield from _walk(f"{name} {each}", command.get_command(None, each))


def render_sections() -> Iterator[str]:
    """Render the exit codes, then a section for each command."""
    codes = "\n".join(f"| {each.value} | {each.meaning} |" for each in Exit)
    yield f"## Exit codes\n\n| Code | Means |\n| --- | --- |\n{codes}"
    for name, command in walk_commands():
        yield f"## {name}"
        yield from _paragraphs(command)
        if shown := [each for each in command.params if not each.hidden and each.name != "help"]:
            rows = "\n".join(f"| {' | '.join(_row(each))} |" for each in shown)
            yield f"| Takes | Default | Meaning |\n| --- | --- | --- |\n{rows}"


def _paragraphs(command: Any) -> Iterator[str]:
    for paragraph in (command.help or "").split("\n\n"):
        yield " ".join(paragraph.replace("<", "&lt;").split())


def _row(param: Any) -> tuple[str, str, str]:
    named = [*param.opts, *param.secondary_opts] if param.param_type_name == "option" else [_metavar(param)]
    variables = param.envvar if isinstance(param.envvar, list) else [param.envvar] if param.envvar else []
    told = " ".join(filter(None, (param.help, *(f"Also `{each}`." for each in variables))))
    return ", ".join(f"`{each}`" for each in named), _default(param), told.replace("|", r"\|")


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _default(param: Any) -> str:
    if param.required:
        return "required"
    value = getattr(param.default, "value", param.default)
    if value is None or value is False or callable(value) or str(value) in {"", "Ellipsis"}:
        return "—"
    return f"`{str(value).lower() if value is True else value}`"

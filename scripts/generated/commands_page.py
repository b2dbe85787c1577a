"""Write docs/command-line-reference.md, what each command takes, from the parser itself."""

from collections.abc import Iterator
from typing import Any

from scripts.generated.markdown import NOTE, table
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


def render_commands() -> str:
    """Render the exit codes, then a section for each command."""
    parts = [
        "# Every command and option",
        NOTE,
        "From the parser in `src/dreambridge/cli`.",
        "With examples and screens: [The command line](command-line.md). `--help` shows the same.",
        "## Exit codes",
        table(("Code", "Means"), [(str(each.value), each.meaning) for each in Exit]),
    ]
    for name, command in walk_commands():
        parts += [f"## {name}", *_paragraphs(command)]
        if shown := [each for each in command.params if not each.hidden and each.name != "help"]:
            parts.append(table(("Takes", "Default", "Meaning"), [_row(each) for each in shown]))
    return "\n\n".join(parts) + "\n"


def _paragraphs(command: Any) -> Iterator[str]:
    for paragraph in (command.help or "").split("\n\n"):
        yield " ".join(paragraph.replace("<", "&lt;").split())


def _row(param: Any) -> tuple[str, str, str]:
    named = [*param.opts, *param.secondary_opts] if param.param_type_name == "option" else [_metavar(param)]
    variables = param.envvar if isinstance(param.envvar, list) else [param.envvar] if param.envvar else []
    told = " ".join(filter(None, (param.help, *(f"Also `{each}`." for each in variables))))
    return ", ".join(f"`{each}`" for each in named), _default(param), told


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _default(param: Any) -> str:
    if param.required:
        return "required"
    value = getattr(param.default, "value", param.default)
    if value is None or value is False or callable(value) or str(value) in {"", "Ellipsis"}:
        return "—"
    return f"`{str(value).lower() if value is True else value}`"

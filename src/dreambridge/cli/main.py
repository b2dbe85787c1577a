"""The parser: finds the command, and imports nothing of the others."""

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from dreambridge import __version__
from dreambridge.cli.terminal import EXIT_CODES
from dreambridge.cli.usage import document_exits, run

# In the order in which the help lists them.
COMMANDS: Final = (
    "serve",
    "generate",
    "edit",
    "video",
    "jobs",
    "models",
    "accounts",
    "keys",
    "mcp",
    "doctor",
    "simulate",
    "completion",
)


class Commands(TyperGroup):
    """The commands, each loaded from the module of its name when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Their names alone, from which a near one is suggested.
        self.commands: dict[str, Any] = dict.fromkeys(COMMANDS)
        # A shell asks for all of them and shows their names: loading them would take it a second.
        self._named_only = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """List the names."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the signature is typer's
        """Load a command; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        if self._named_only:
            # Imported here: only a shell needs it.
            from dreambridge.cli.completing import read_sentence  # noqa: PLC0415

            return TyperCommand(cmd_name, help=read_sentence(cmd_name))
        command = get_command(import_module(f"dreambridge.cli.{cmd_name}").app)
        command.name = cmd_name
        document_exits(command)
        return command

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete a command's name, or an option of ours."""
        self._named_only = True
        return super().shell_complete(ctx, incomplete)


app = typer.Typer(
    name="dreambridge",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"dreambridge {__version__}")
        raise typer.Exit


@app.callback(epilog=EXIT_CODES)
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """An OpenAI-compatible gateway to Jimeng and Dreamina, with your own accounts."""


def main() -> None:
    """Run the command line."""
    run(app)

"""Run the commands, and answer wrong usage as every other error is answered: what, and what would be right."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

import typer

from dreambridge.cli.terminal import EXIT_CODES, Exit, fail

# The class above all errors of usage. It has moved between typer's releases; this one, which is below it, has not.
_WRONG: Final = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException" and issubclass(kind, Exception)
)
_NAME: Final = "dreambridge"


def run(app: typer.Typer) -> None:
    """Carry out the command that this process was asked for, and leave with its exit code."""
    try:
        raise SystemExit(_carry_out(app))
    except typer.Exit as ended:
        raise SystemExit(ended.exit_code) from None


def _carry_out(app: typer.Typer) -> int:
    try:
        code = app(prog_name=_NAME, standalone_mode=False) or Exit.DONE
    except _WRONG as error:
        return _explain(error)
    except typer.Abort:
        code = Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.FAILED
    if code == Exit.INTERRUPTED:
        fail("Interrupted.", code=Exit.INTERRUPTED)
    return code


def _explain(error: Any) -> int:
    """Say what is wrong with the usage; a command without arguments shows its help instead."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else _NAME
    if type(error).__name__ != "NoArgsIsHelpError":
        fail(_put(error), remedy=f"`{path} --help` shows what it takes.", code=Exit.USAGE)
    return Exit.USAGE


def _put(error: Any) -> str:
    option = getattr(error, "option_name", None)
    if option and getattr(error, "possibilities", None):
        return f"No such option {option}.{suggest(option, error.possibilities)}"
    return str(error.format_message())


def suggest(word: str, known: Iterable[str]) -> str:
    """Name what somebody may have meant, as a sentence to put behind an error; empty when nothing is near."""
    near = get_close_matches(word, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def document_exits(command: Any) -> None:
    """Put the table of exit codes below the help of a command and of all below it."""
    command.epilog = EXIT_CODES
    for each in getattr(command, "commands", {}).values():
        document_exits(each)

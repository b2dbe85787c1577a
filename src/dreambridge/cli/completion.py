"""`dreambridge completion`: the script that lets a shell complete our commands."""

from enum import StrEnum
from typing import Annotated

import typer
from typer._completion_shared import get_completion_script

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


class Shell(StrEnum):
    """A shell that can complete."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


@app.command()
def completion(shell: Annotated[Shell, typer.Argument(help="Which shell.")]) -> None:
    """Print the script with which a shell completes commands, options and values.

    For this session: `source <(dreambridge completion bash)`. For every session: `dreambridge --install-completion`.
    """
    print(get_completion_script(prog_name="dreambridge", complete_var="_DREAMBRIDGE_COMPLETE", shell=shell.value))

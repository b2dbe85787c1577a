import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from tests.terminals import Terminal, open_terminal, write_command

from dreambridge.cli.main import COMMANDS

Run = Callable[..., subprocess.CompletedProcess[str]]

# What is typed into each shell so that it completes, and then shows every offer as a list.
BEGINNINGS: Mapping[str, tuple[list[str], str]] = MappingProxyType(
    {
        "bash": (["bash", "--norc", "--noprofile", "-i"], "source <(dreambridge completion bash)"),
        "zsh": (
            ["zsh", "-f", "-i"],
            "unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source <(dreambridge completion zsh)",
        ),
        "fish": (["fish", "--no-config", "-i"], "dreambridge completion fish | source"),
    }
)


@pytest.fixture
def surroundings(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Give an environment in which `dreambridge` is a command, as after an installation, and HOME is empty."""
    path = f"{write_command(tmp_path / 'bin')}{os.pathsep}{environment['PATH']}"
    return {**environment, "PATH": path, "HOME": str(tmp_path), "TERM": "xterm", "PS1": "> ", "COLUMNS": ""}


def require(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine")


@pytest.fixture(params=sorted(BEGINNINGS))
def shell(request: pytest.FixtureRequest, surroundings: dict[str, str], tmp_path: Path) -> Iterator[Terminal]:
    """Open each shell in a terminal, with our completion."""
    require(request.param)
    command, beginning = BEGINNINGS[request.param]
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "picture.png").touch()
    with open_terminal(command, environment=surroundings, folder=folder, size=(120, 40)) as terminal:
        terminal.type(f"{beginning}; echo rea''dy\n".encode())
        terminal.wait_for(rb"ready\r?\n")
        yield terminal


def complete(terminal: Terminal, words: str, expected: str) -> None:
    """Type words and Tab, and wait for what the line becomes."""
    terminal.type(b"\x15")
    before = len(terminal.shown)
    terminal.type(f"{words}\t".encode())
    terminal.wait_for(f".{{{before}}}.*{expected}".encode())


def test_a_shell_completes_commands_options_values_and_files(shell: Terminal) -> None:
    complete(shell, "dreambridge gen", "gen.*erate")
    complete(shell, "dreambridge accounts ren", "ren.*ame")
    complete(shell, "dreambridge generate --neg", "--neg.*ative")
    complete(shell, "dreambridge models --site sand", "sand.*box")
    complete(shell, "dreambridge accounts import pict", "pict.*ure\\.png")


def ask(environment: Mapping[str, str], *options: str, **more: str) -> tuple[str, str]:
    """Ask as a shell's script does."""
    command = shutil.which("dreambridge", path=environment["PATH"])
    assert command
    words = [sys.executable, *options, command]
    done = subprocess.run(words, env={**environment, **more}, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def offers(words: str, environment: Mapping[str, str]) -> list[str]:
    """Ask as the script for bash does, and give what it is told."""
    place = str(len(words.split(" ")) - 1)
    told, wrong = ask(environment, COMP_WORDS=words, COMP_CWORD=place, _DREAMBRIDGE_COMPLETE="complete_bash")
    assert wrong == ""
    return told.split()


def test_every_command_is_offered(surroundings: dict[str, str]) -> None:
    assert offers("dreambridge ", surroundings) == list(COMMANDS)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("generate --preview ", ["auto", "kitty", "iterm", "sixel", "blocks", "none"]),
        ("simulate --cluster s", ["sg", "sandbox"]),
        ("simulate --scenario no-cre", ["no-credit", "no-credit-5000"]),
        ("simulate --picture-format ", ["png", "jpeg", "webp"]),
        ("models --site ", ["cn", "us", "hk", "jp", "sg", "sandbox"]),
        ("serve --log-level ", ["debug", "info", "warning", "error"]),
        ("keys usage --format ", ["table", "csv", "json"]),
        ("keys r", ["revoke"]),
        ("completion ", ["bash", "zsh", "fish", "powershell"]),
        ("generate -o ", []),
        ("generate --model jimeng-4.", ["jimeng-4.7", "jimeng-4.6", "jimeng-4.5", "jimeng-4.1", "jimeng-4.0"]),
        ("edit picture -m jimeng-4.7", ["jimeng-4.7"]),
        ("video --model jimeng-video-so", ["jimeng-video-sora2"]),
        ("video --resolution 1", ["1080p"]),
        ("generate --ratio 1", ["1:1", "16:9"]),
        ("generate --resolution 1", ["1k", "1.5k"]),
        ("jobs f", ["follow"]),
    ],
)
def test_values_are_offered(surroundings: dict[str, str], words: str, offered: list[str]) -> None:
    assert offers(f"dreambridge {words}", surroundings) == offered


def test_offering_commands_loads_none_of_them(surroundings: dict[str, str]) -> None:
    asked = {"COMP_WORDS": "dreambridge ", "COMP_CWORD": "1", "_DREAMBRIDGE_COMPLETE": "complete_bash"}
    _, times = ask(surroundings, "-X", "importtime", **asked)
    loaded = set(re.findall(r"\| +(\S+)$", times, re.MULTILINE))
    assert "dreambridge.cli.completing" in loaded
    assert not loaded & {"aiohttp", "dreambridge.cli.generate", "dreambridge.catalog"}


def test_each_command_is_described_where_a_shell_shows_that(surroundings: dict[str, str]) -> None:
    told, _ = ask(
        surroundings,
        _DREAMBRIDGE_COMPLETE="complete_fish",
        _TYPER_COMPLETE_ARGS="dreambridge ",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    described = dict(line.split("\t") for line in told.splitlines())
    assert list(described) == list(COMMANDS)
    assert all(len(words) > 10 and words.endswith(".") for words in described.values()), described


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish", "powershell"])
def test_the_script_for_each_shell_is_printed(run: Run, shell_name: str) -> None:
    done = run("completion", shell_name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_DREAMBRIDGE_COMPLETE" in done.stdout
    assert f"complete_{shell_name}" in done.stdout


def test_an_unknown_shell_is_wrong_usage(run: Run) -> None:
    done = run("completion", "tcsh")
    assert done.returncode == 2
    assert "powershell" in done.stderr

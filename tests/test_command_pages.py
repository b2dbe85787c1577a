"""The pages about the command line name what the parser has, and only that."""

import re
from pathlib import Path

import pytest
from scripts.generated.commands_page import walk_commands
from scripts.terminal_screenshots import TAKEN

from dreambridge.cli.main import COMMANDS
from dreambridge.cli.preview import Preview
from dreambridge.cli.terminal import Exit

ROOT = Path(__file__).parents[1]
PAGES = ("docs/command-line.md", "docs/command-line.zh.md")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_every_command(name: str) -> None:
    shown = re.findall(r"^(?:source <\()?dreambridge ([a-z]+)", read(name), re.MULTILINE)
    assert set(shown) == set(COMMANDS)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_tells_to_type_exists(name: str) -> None:
    known = dict(walk_commands())
    for line in re.findall(r"^dreambridge .*", read(name), re.MULTILINE):
        words = line.partition("#")[0].split()
        command = max((each for each in known if line.startswith(each)), key=len)
        options = {each.partition("=")[0] for each in words if each.startswith("--")}
        assert options <= {each for param in known[command].params for each in (*param.opts, *param.secondary_opts)}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_lists_the_exit_codes_the_variables_and_the_ways_to_show_pictures(name: str) -> None:
    page = read(name)
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)] == list(Exit)
    variables = {
        each
        for _, command in walk_commands()
        for param in command.params
        for each in ([param.envvar] if isinstance(param.envvar, str) else param.envvar or ())
    }
    assert set(re.findall(r"^\| `(DREAMBRIDGE_\w+)`", page, re.MULTILINE)) == variables
    assert set(re.findall(r"^\| `([a-z]+)` \|", page, re.MULTILINE)) == set(Preview)


def test_every_picture_that_is_taken_is_shown_and_asks_nobody() -> None:
    shown = {name for page in PAGES for name in re.findall(r"images/terminal-([\w-]+)\.svg", read(page))}
    assert shown == {*TAKEN, "interrupted"}
    for name in shown:
        drawn = read(f"docs/images/terminal-{name}.svg")
        addresses = set(re.findall(r"https?://[^\s\"<]+", drawn)) - {"http://www.w3.org/2000/svg"}
        assert all(each.startswith("http://127.0.0.1:8000") for each in addresses), addresses
        assert not re.search(r"/(?:tmp|root|home)/", drawn)

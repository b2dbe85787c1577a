import subprocess
import sys
from collections.abc import Callable

import pytest

from dreambridge import __version__

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_version_is_told(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"dreambridge {__version__}\n")


def test_help_lists_every_command_and_the_exit_codes(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("serve", "generate", "edit", "video", "jobs", "models", "accounts", "keys", "doctor", "Exit codes: 0"):
        assert word in done.stdout


@pytest.mark.parametrize(
    "command", ["serve", "generate", "edit", "video", "jobs", "models", "accounts", "keys", "mcp", "doctor", "simulate"]
)
def test_every_command_has_help(run: Run, command: str) -> None:
    done = run(command, "-h")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_a_slip_of_the_pen_is_wrong_usage_and_gets_a_hint(run: Run) -> None:
    done = run("sreve")
    assert done.returncode == 2
    assert "Did you mean 'serve'" in done.stderr


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("dreambridge.cli.main", ("aiohttp", "rich.progress", "pydantic", "PIL", "dreambridge.wiring")),
        ("dreambridge.cli.generate", ("fastapi", "sqlalchemy", "rich.progress", "dreambridge.wiring")),
        ("dreambridge.cli.accounts", ("fastapi", "sqlalchemy", "rich.table", "dreambridge.wiring")),
        ("dreambridge.cli.jobs", ("fastapi", "sqlalchemy", "rich.progress", "dreambridge.wiring")),
        ("dreambridge.cli.video", ("fastapi", "sqlalchemy", "rich.progress", "dreambridge.wiring")),
        ("dreambridge.cli.doctor", ("fastapi", "sqlalchemy", "dreambridge.wiring")),
        ("dreambridge.cli.serve", ("aiohttp", "fastapi", "rich.progress", "rich.table", "dreambridge.cli.doctor")),
        ("dreambridge.media.convert", ("PIL",)),
    ],
)
def test_a_command_imports_nothing_of_the_others(module: str, unwanted: tuple[str, ...]) -> None:
    script = f"import sys, {module}; print([name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

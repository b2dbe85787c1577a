import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def clean_environment(extra: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DREAMBRIDGE_")}
    return {**kept, "COLUMNS": "200", "NO_COLOR": "1", "LC_ALL": "C.UTF-8", **extra}


@dataclass(frozen=True)
class Running:
    """A command that goes on: its first line on standard output, and the process."""

    first_line: str
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return next(word for word in self.first_line.split() if word.startswith("http"))

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        # Not `communicate`: it passes over what reading the first line already took into its buffer.
        out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(timeout=30), self.first_line + out, err


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Start a command that goes on, and wait for its first line."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str | Path, **environment: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-m", "dreambridge", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(environment),
            cwd=tmp_path_factory.mktemp("cwd"),
        )
        started.append(process)
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            pytest.fail(process.communicate(timeout=10)[1])
        return Running(first, process)

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command to its end, in an empty folder."""

    def carry_out(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dreambridge", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=clean_environment(environment),
            cwd=tmp_path,
        )

    return carry_out


@pytest.fixture(scope="module")
def gateway(start: Callable[..., Running], tmp_path_factory: pytest.TempPathFactory) -> Running:
    """Run a gateway with a quick sandbox, for all tests of a file."""
    folder = tmp_path_factory.mktemp("data")
    return start("serve", "--port", "0", "--data-dir", folder, DREAMBRIDGE_SANDBOX_SPEED="0.02")


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Give the environment that commands run in."""
    return clean_environment({})


@pytest.fixture
def run_python() -> Callable[..., str]:
    """Run a piece of Python whose output is a pipe, and give that."""

    def carry_out(script: str, *arguments: str | Path, **environment: str) -> str:
        command = [sys.executable, "-c", script, *map(str, arguments)]
        surroundings = clean_environment(environment)
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=surroundings).stdout

    return carry_out

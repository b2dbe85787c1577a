import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.terminals import write_command
from tests.tmux import Screen, is_there, open_screen

Open = Callable[..., AbstractContextManager[Screen]]


@dataclass(frozen=True)
class Gateway:
    """A gateway that runs, and what only it can tell."""

    url: str
    data_dir: Path

    def jobs(self, token: str) -> list[dict[str, Any]]:
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.url}/v1/jobs", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return list(json.load(answer)["data"])


def clean(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("DREAMBRIDGE_")}


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run a gateway whose sandbox takes a second or two for a picture, so that there is something to see."""
    if not is_there():
        if os.environ.get("CI") == "true":
            pytest.fail("tmux is missing")
        pytest.skip("tmux is not on this machine")
    folder = tmp_path_factory.mktemp("data")
    with subprocess.Popen(
        [sys.executable, "-m", "dreambridge", "serve", "--port", "0", "--data-dir", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env=clean({**os.environ}) | {"DREAMBRIDGE_SANDBOX_SPEED": "0.1", "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path_factory.mktemp("cwd"),
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        yield Gateway(next(word for word in first.split() if word.startswith("http")), folder)
        process.terminate()
        process.stdout.read()


@pytest.fixture
def open_shell(gateway: Gateway, tmp_path: Path) -> Open:
    """Open a shell that knows the gateway, on a screen of so many characters."""
    here = tmp_path / "here"
    here.mkdir()
    path = f"{write_command(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}"
    environment = clean({**os.environ}) | {
        "PATH": path,
        "LC_ALL": "C.UTF-8",
        "DREAMBRIDGE_URL": gateway.url,
        "DREAMBRIDGE_DATA_DIR": str(gateway.data_dir),
    }

    @contextmanager
    def begin(**more: Any) -> Iterator[Screen]:
        with open_screen(here, environment, **more) as screen:
            yield screen

    return begin


@pytest.fixture
def here(open_shell: Open, tmp_path: Path) -> Path:
    """Give the folder that the shell is in."""
    return tmp_path / "here"


@pytest.fixture
def screen(open_shell: Open) -> Iterator[Screen]:
    """Open a shell on a screen of the usual size."""
    with open_shell() as opened:
        yield opened

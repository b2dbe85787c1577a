"""The container's image, built by its own steps as an ordinary user, runs as its compose file starts it."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.conftest import ROOT, Processes, Tools, free_port, give_up, read_compose
from tests.deploy.dockerfile import Builder, Stage, User, is_left_out, list_context, read_rules, read_steps

pytestmark = pytest.mark.slow
DOCKERFILE = ROOT / "Dockerfile"


def packages(lock: Path) -> dict[str, str]:
    """Read a lock: each package with its version and hashes."""
    entries = re.split(r"\n(?=[\w])", lock.read_text(encoding="utf-8"))
    return {entry.partition("==")[0].lower(): entry.strip() for entry in entries if "==" in entry}


def find_python(user: User) -> str:
    """Name a Python that this user may run and that can make environments."""
    for candidate in ("python3.12", "python3", "/usr/bin/python3", "/usr/local/bin/python3"):
        found = shutil.which(candidate)
        check = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
        with tempfile.TemporaryDirectory() as empty:
            Path(empty).chmod(0o755)
            environment = {"PATH": os.environ["PATH"], "HOME": empty}
            if found and _succeeds([found, "-c", check], environment, empty, user):
                resolved = subprocess.run(
                    [found, "-c", "import sys; print(sys._base_executable)"], capture_output=True, text=True, check=True
                )
                return resolved.stdout.strip()
    give_up(
        "no Python that an ordinary user may run can make environments (Debian and Ubuntu: apt install python3-venv)"
    )
    raise AssertionError


def _succeeds(command: list[str], environment: dict[str, str], folder: str, user: User) -> bool:
    try:
        done = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, check=False, timeout=60, **user.options
        )
    except PermissionError:
        return False
    return done.returncode == 0


@dataclass(frozen=True)
class Image:
    """What was built, and as whom it runs."""

    stage: Stage
    user: User

    def environment(self, settings: dict[str, str]) -> dict[str, str]:
        return {**self.stage.environment, **settings}

    def run(self, command: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.environment(settings),
            cwd=self.stage.place("."),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            **self.user.options,
        )


@pytest.fixture(scope="module")
def image(ordinary: User) -> Iterator[Image]:
    """Carry out the Dockerfile in a fresh folder, as an ordinary user, and take the right to write from the result."""
    home = Path(tempfile.mkdtemp(prefix="dreambridge-image-"))
    try:
        home.chmod(0o755)
        context = home / "context"
        for name in list_context(ROOT):
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, context / name)
        ordinary.own(home)
        stage = Builder(context, home, ordinary, find_python(ordinary)).build(read_steps(DOCKERFILE.read_text()))
        for path in stage.place("/opt").rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
        yield Image(stage, ordinary)
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(home)], check=False)  # noqa: S607
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def composed(tools: Tools) -> Any:
    """Give the service as Docker Compose reads it."""
    return read_compose(tools)["services"]["gateway"]


def test_hadolint_finds_nothing_in_the_dockerfile(tools: Tools) -> None:
    done = subprocess.run([str(tools.hadolint), str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_hadolint_would_find_something(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /tmp\n")
    done = subprocess.run([str(tools.hadolint), str(tmp_path / "Dockerfile")], capture_output=True, check=False)
    assert done.returncode == 1


def test_the_image_s_lock_is_the_part_of_the_lock_that_runs() -> None:
    whole, runs = packages(ROOT / "requirements.lock"), packages(ROOT / "requirements.runtime.lock")
    assert {name: entry for name, entry in runs.items() if whole.get(name) != entry} == {}
    assert "://" not in (ROOT / "requirements.runtime.lock").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(asked: list[str]) -> set[str]:
        return {re.split(r"[\[<>=;]", each)[0].lower() for each in asked}

    assert names(project["dependencies"]) <= set(runs)
    assert {"hatchling"} <= set(runs)
    assert {"pytest", "ruff", "mypy", "schemathesis", "av", "pillow-heif"} & set(runs) == set()
    assert all("--hash=sha256:" in entry for entry in runs.values())


def test_only_what_the_image_needs_goes_into_its_build() -> None:
    rules = read_rules(ROOT)
    wanted = ("src/dreambridge/settings.py", "src/dreambridge/catalog/data/sites.toml", "README.md", "LICENSE")
    assert [name for name in wanted if is_left_out(name, rules)] == []
    others = ("src/dreambridge/__pycache__/x.pyc", "README.zh.md", ".env", "deploy/postgres.env", "data/secret.key")
    assert [name for name in others if not is_left_out(name, rules)] == []


def test_the_image_s_own_words_say_who_runs_it_and_how_it_ends(image: Image) -> None:
    assert image.stage.user == "10001:10001"
    assert image.stage.settings["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(image.stage.settings["VOLUME"]) == ["/data"]
    assert "image.version" in image.stage.settings["LABEL"]
    assert image.stage.place("/data").stat().st_mode & 0o777 == 0o700


def test_a_container_without_a_word_on_sessions_refuses_to_start(image: Image) -> None:
    done = image.run([*image.stage.entrypoint, *image.stage.command], {"DREAMBRIDGE_PORT": "0"})
    assert done.returncode != 0
    assert "DREAMBRIDGE_ALLOW_SESSION_TOKENS" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_image_serves_as_an_ordinary_user_and_draws_in_its_sandbox(
    image: Image, composed: Any, processes: Processes
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {**composed["environment"], "DREAMBRIDGE_PORT": str(port), "DREAMBRIDGE_SANDBOX_SPEED": "0.01"}
    command = [*image.stage.entrypoint, *image.stage.command]
    assert image.run(image.stage.health, settings).returncode != 0, "nothing answers yet"
    options = {"cwd": image.stage.place("."), **image.user.options}
    process = processes.start("image", command, image.environment(settings), **options)
    processes.ready("image", process, f"{address}/readyz")
    healthy = image.run(image.stage.health, settings)
    assert healthy.returncode == 0, healthy.stderr
    order = urllib.request.Request(  # noqa: S310 - our own address
        f"{address}/v1/images/generations",
        data=json.dumps({"prompt": "a red fox in snow", "size": "1024x1024", "n": 1}).encode(),
        headers={"Authorization": "Bearer sandbox", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(order, timeout=60) as answer:
        (picture,) = json.load(answer)["data"]
    with opener.open(picture["url"], timeout=60) as answer:
        assert answer.headers.get_content_maintype() == "image"
        assert len(answer.read()) > 1000
    page = urllib.request.Request(f"{address}/", headers={"Accept": "text/html"})  # noqa: S310 - our own address
    with opener.open(page, timeout=60) as answer:
        assert answer.headers.get_content_type() == "text/html", "files that are no Python are in the image too"
    assert {"dreambridge.db", "secret.key", "admin.key"} <= {path.name for path in image.stage.place("/data").iterdir()}
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, processes.log("image")[-3000:]
    assert image.run(image.stage.health, settings).returncode != 0


def test_the_image_holds_no_package_for_development(image: Image) -> None:
    installed = {
        re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower()
        for path in image.stage.place("/opt/dreambridge").rglob("*.dist-info")
    }
    locked = {re.sub(r"[-_.]+", "-", name.split("[")[0]) for name in packages(ROOT / "requirements.runtime.lock")}
    assert {"dreambridge", "aiohttp"} <= installed
    assert installed - locked <= {"dreambridge", "pip", "setuptools"}

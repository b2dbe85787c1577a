"""Other people's clients, installed from PyPI and npm by their locks, unmodified, and driven as programs."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
_PATIENCE = 120
_OLDEST_NODE = 22


@dataclass(frozen=True)
class Program:
    """A client as a program: JSON in as its last argument, JSON out on its last line."""

    command: tuple[str, ...]

    async def run(self, action: str, url: str, token: str, **arguments: Any) -> Any:
        """Run one action of the client against the gateway at `url`; what it prints is what its user would get."""
        order = json.dumps({"action": action, "url": url, "token": token, **arguments})
        process = await asyncio.create_subprocess_exec(
            *self.command,
            order,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"},
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), _PATIENCE)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, f"{self.command[-1]} {action}:\n{err.decode()}\n{out.decode()}"
        return json.loads(out.decode().splitlines()[-1])


def install_node(folder: Path = HERE / "node") -> Path:
    """Install the packages of `folder` with npm, if that is not done, and name the Node that came with them.

    Touches the network. Skips the test where there is no npm, and fails it in continuous integration.
    """
    npm = shutil.which("npm")
    modules = folder / "node_modules"
    if not _stamped(modules, [folder / "package-lock.json"]):
        if npm is None:
            _give_up("npm is not installed (Debian and Ubuntu: apt install npm); the clients for Node cannot be tested")
        else:
            _install([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
            _stamp(modules, [folder / "package-lock.json"])
    # Not every npm links commands of packages that are for one kind of machine only.
    return next(modules.glob("node-*/bin/node"), None) or _installed_node()


def _installed_node() -> Path:
    """Name the Node of this machine, for which npm has none, if it is new enough for the clients."""
    node = shutil.which("node")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout if node else "v0."
    if int(said.removeprefix("v").split(".")[0]) < _OLDEST_NODE:
        _give_up(f"npm has no Node for this machine, and its own is {said.strip()}; the clients need {_OLDEST_NODE}")
    return Path(str(node))


def install_python(folder: Path) -> Path:
    """Make an environment of its own for the packages locked in `folder`, if there is none, and name its Python.

    Touches the network. Skips the test where PyPI cannot be reached, and fails it in continuous integration.
    """
    home, locks = folder / ".venv", [folder / "requirements.lock"]
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not _stamped(home, locks):
        venv.create(home, clear=True, with_pip=True)
        _install([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(locks[0])], folder)
        _stamp(home, locks)
    return python


def _install(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=900)
    except subprocess.SubprocessError as failed:
        output = getattr(failed, "stderr", None) or failed
        _give_up(f"{' '.join(command[:3])} failed in {folder.name}: {output}")


def _give_up(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _digest(locks: list[Path]) -> str:
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()


def _stamped(place: Path, locks: list[Path]) -> bool:
    stamp = place / ".installed"
    # The folder is part of it: commands of an environment carry its path.
    return stamp.is_file() and stamp.read_text() == f"{place.resolve()} {_digest(locks)}"


def _stamp(place: Path, locks: list[Path]) -> None:
    (place / ".installed").write_text(f"{place.resolve()} {_digest(locks)}")

"""Where blocks are carried out: a folder, an environment, and the gateway that stands for the reader's own.

What a page says of the reader's machine is replaced here, and nothing else is: `127.0.0.1:8000` by the address of the
gateway that the tests serve, `photo.png`, a picture the reader has, by one that lies in the folder, and `$SESSION` by
the sandbox.
"""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.clients.media_host import picture
from tests.papers.blocks import ROOT
from tests.running import Running

_PATIENCE = 120
_HERE = re.compile(r"\b(?:127\.0\.0\.1|localhost):8000\b")


@dataclass
class Bench:
    """A folder and a gateway for the blocks of one page, and what they printed last."""

    gateway: Running
    folder: Path
    seen: set[str] = field(default_factory=set)
    printed: str = ""

    def prepare(self) -> None:
        """Put the reader's picture into the folder."""
        (self.folder / "photo.png").write_bytes(picture())

    def localise(self, text: str) -> str:
        """Put the address of this gateway for the one that the papers give."""
        return _HERE.sub(self.gateway.url.removeprefix("http://"), text)

    @property
    def environment(self) -> dict[str, str]:
        """Give what a reader's shell would have, with our commands in its path and no proxy."""
        return {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
            "HOME": str(self.folder),
            "SESSION": "sandbox",
            "DREAMBRIDGE_URL": self.gateway.url,
            "DREAMBRIDGE_DATA_DIR": str(self.gateway.data_dir),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "NO_PROXY": "127.0.0.1",
            "PYTHONIOENCODING": "utf-8",
        }

    async def start(self, command: list[str], more: Mapping[str, str] | None = None) -> str:
        """Run a program in the folder; it has to end well. What it printed is kept for the next block."""
        process = await asyncio.create_subprocess_exec(
            _find(command[0], self.environment["PATH"]),
            *command[1:],
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self.environment, **(more or {})},
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), _PATIENCE)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        self.printed = out.decode()
        assert process.returncode == 0, f"exit {process.returncode}\n{err.decode()}\n{self.printed}"
        return self.printed


def _find(command: str, path: str) -> str:
    program = shutil.which(command, path=path)
    if program is None:
        missing = f"{command} is not installed; the papers cannot be tried"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return program

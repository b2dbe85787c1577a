"""Measure the way of the README from a clone to the first picture, and write docs/performance-first-picture.md.

The committed state is cloned into a temporary folder and started there with `make run` on a free port. Then a picture
is made in the four ways the README names: its curl, its program, the command, and the studio in this machine's
Chromium.
"""

import asyncio
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil
from playwright.async_api import async_playwright, expect
from tests.papers.blocks import blocks_in
from tests.studio.visiting import launch, visiting

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "performance-first-picture.md"
PATIENCE: Final = 600
PROMPT: Final = "a red fox in snow"


@dataclass
class Watch:
    """The steps so far: what was done, when it was done, and how long it took; in seconds since the beginning."""

    begun: float = field(default_factory=time.monotonic)
    rows: list[tuple[str, float, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        before = time.monotonic()
        yield
        now = time.monotonic()
        self.rows.append((name, now - before, now - self.begun))
        print(f"{now - self.begun:7.1f} s  {name} ({now - before:.1f} s)", flush=True)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def environment(folder: Path) -> dict[str, str]:
    """Give what somebody's shell has who sees this for the first time: no settings of ours, no packages in a cache."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DREAMBRIDGE_", "PYTHON"))}
    return {**kept, "DREAMBRIDGE_DATA_DIR": str(folder / "data"), "PIP_NO_CACHE_DIR": "1", "NO_PROXY": "127.0.0.1"}


@contextmanager
def running(clone: Path, port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start `make run`, and end it and what it started."""
    command = ["make", "run", f"ARGS=--port {port}"]
    with (folder / "make.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=clone, env=environment(folder), stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Ask again and again, as somebody does who waits for a server."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise SystemExit(f"make run ended\n{(folder / 'make.log').read_text(errors='replace')}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"nothing answered within {PATIENCE} s")


def check_pictures(printed: str, url: str) -> None:
    """Fail unless an address of a picture was printed and serves one."""
    found = re.findall(rf"{re.escape(url)}/v1/artifacts/\w+\.\w+", printed)
    if not found:
        raise SystemExit(f"no picture in\n{printed}")
    for address in found:
        with urllib.request.urlopen(address, timeout=30) as answer:
            if not answer.headers["content-type"].startswith("image/"):
                raise SystemExit(f"{address} is no picture")


def run(command: list[str], folder: Path, clone: Path) -> str:
    """Run a program of the clone that has to end well; what it printed is the answer."""
    path = f"{clone / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    made = subprocess.run(
        command,
        cwd=folder,
        env={**environment(folder), "PATH": path},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if made.returncode:
        raise SystemExit(f"{command[0]} ended with {made.returncode}\n{made.stderr}")
    return made.stdout


async def draw_in_the_studio(url: str, watch: Watch) -> None:
    """Open the studio, take the sandbox, write a prompt, and wait until a picture is seen."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        async with visiting(browser, url) as visit:
            here = await visit()
            with watch.step("The studio: open, one click, a prompt, the first picture seen"):
                await here.page.goto(here.url)
                await here.page.get_by_role("button", name="or try the sandbox").click()
                await here.make(PROMPT)
                await expect(here.pictures.first).to_be_visible()
        await browser.close()


def measure(folder: Path, watch: Watch) -> None:
    """Go the whole way in a folder."""
    clone, port = folder / "dreambridge", free_port()
    url = f"http://127.0.0.1:{port}"
    with watch.step("`git clone`"):
        subprocess.run(["git", "clone", "--quiet", ROOT.as_uri(), str(clone)], check=True)
    shell, program = (
        next(each.text for each in blocks_in("README.md", (clone / "README.md").read_text()) if wanted in each.text)
        for wanted in ("curl ", "from openai")
    )
    begin = watch.step("`make run`: environment, packages, start, until it answers")
    with running(clone, port, folder) as process:
        with begin:
            wait_until_it_answers(url, process, folder)
        with watch.step("The README's curl: a picture's address that serves it"):
            check_pictures(run(["sh", "-c", shell.replace("127.0.0.1:8000", f"127.0.0.1:{port}")], folder, clone), url)
        with watch.step("`pip install openai`"):
            run([str(clone / ".venv/bin/python"), "-m", "pip", "install", "--quiet", "openai"], folder, clone)
        with watch.step("The README's program with OpenAI's client"):
            (folder / "first.py").write_text(program.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
            check_pictures(run([str(clone / ".venv/bin/python"), "first.py"], folder, clone), url)
        with watch.step("`dreambridge generate`: the picture as a file"):
            saved = run(["dreambridge", "generate", PROMPT, "--count", "1", "--url", url], folder, clone).split()
            if not saved or not (folder / saved[-1]).read_bytes().startswith((b"\x89PNG", b"\xff\xd8", b"RIFF")):
                raise SystemExit(f"no picture was saved: {saved}")
        asyncio.run(draw_in_the_studio(url, watch))


def describe(watch: Watch, loads: tuple[float, float]) -> str:
    """Write the page."""
    revision = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    memory = psutil.virtual_memory().total / 2**30
    installer = "uv, where pip was told of no index of its own" if shutil.which("uv") else "pip"
    rows = "\n".join(f"| {name} | {took:.1f} s | {since:.1f} s |" for name, took, since in watch.rows)
    first = watch.rows[2][2]
    return f"""# From a clone to the first picture

Written by `make first-picture` (`python -m scripts.first_picture`); every figure is as measured, once.

- {os.cpu_count()} processors, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}, \
Python {platform.python_version()}
- load average of the last minute {loads[0]:.1f} at the beginning and {loads[1]:.1f} at the end:
  beyond the number of processors, others were at work and figures suffer
- packages by {installer}, with no cache; how long that takes depends on the network
- measured on {datetime.now(UTC):%Y-%m-%d} at revision {revision}

The committed state is cloned from the disk into a temporary folder, `make run ARGS="--port …"` is started there, and
asked until it answers. Then a picture is made in each way of the README, against the sandbox at its ordinary speed; the
studio is a real Chromium.

| Step | Took | Since the beginning |
| --- | ---: | ---: |
{rows}

The first picture was there after **{first:.0f} s**; the aim is under 180 s: {"met" if first < 180 else "**not met**"}.
"""


def main() -> None:
    """Measure, and write the page; with `--print`, print it only."""
    load = os.getloadavg()[0]
    watch = Watch()
    with tempfile.TemporaryDirectory(prefix="first-picture-") as folder:
        measure(Path(folder), watch)
    page = describe(watch, (load, os.getloadavg()[0]))
    if "--print" in sys.argv[1:]:
        print(page)
    else:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()

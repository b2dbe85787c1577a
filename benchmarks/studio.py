"""Measure the studio in this machine's Chromium and write docs/performance-studio.md: `make bench-studio`."""

import asyncio
import json
import os
import platform
import secrets
import sqlite3
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from benchmarks.processes import served
from playwright.async_api import Browser, Page, async_playwright, expect
from tests.studio.visiting import DESKTOP, launch

ROOT: Final = Path(__file__).resolve().parent.parent
TOKEN: Final = "sandbox-gallery.plain"
ITEMS: Final = 2000
DRAWN: Final = 25  # jobs of four that are really made; their rows are then copied
VISITS: Final = 7
# How fast the gallery is scrolled, in pixels a second: as by somebody who looks, and as by somebody who is on the way
# to last month.
PACES: Final = {"looking": 800, "flying": 4000}
SECONDS: Final = 8  # of scrolling
_FRAMES: Final = """() => {
  window.frames = [];
  let last = performance.now();
  const step = (now) => { window.frames.push(now - last); last = now; window.stepping = requestAnimationFrame(step); };
  window.stepping = requestAnimationFrame(step);
}"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure, and what it should be at most."""

    name: str
    value: float
    unit: str
    most: float | None = None

    def line(self) -> str:
        """Give the row of the table."""
        target = "" if self.most is None else f"≤ {self.most:g} {self.unit}"
        met = "" if self.most is None else ("yes" if self.value <= self.most else "**no**")
        shown = f"{self.value:.0f}" if self.value >= 100 else f"{self.value:.1f}"
        return f"| {self.name} | {shown} {self.unit} | {target} | {met} |"


async def first_loads(browser: Browser, url: str) -> list[Measured]:
    """Visit anew a few times, with nothing kept: what is sent, and when the page can be used."""
    ready: list[float] = []
    sent, requests = 0, 0
    for _ in range(VISITS):
        context = await browser.new_context(viewport=DESKTOP, locale="en-US")
        page = await context.new_page()
        await page.add_init_script(
            "new MutationObserver(() => { if (!window.ready && document.querySelector('.paste input'))"
            " window.ready = performance.now(); }).observe(document, { childList: true, subtree: true });"
        )
        await page.goto(url)
        await page.wait_for_function("() => window.ready")
        ready.append(await page.evaluate("window.ready"))
        files = await page.evaluate(
            "performance.getEntriesByType('resource').filter((e) => /studio\\//.test(e.name)).length"
        )
        await page.wait_for_load_state("networkidle")
        sent = await page.evaluate("""() => [...performance.getEntriesByType("navigation"),
            ...performance.getEntriesByType("resource").filter((each) => /\\/studio\\//.test(each.name))]
            .reduce((sum, each) => sum + each.transferSize, 0)""")
        requests = files + 1
        await context.close()
    return [
        Measured("First load: page, styles and scripts, as sent", sent / 1000, "kB", 150),
        Measured("First load: requests for them", requests, ""),
        Measured(f"Interactive, median of {VISITS} first visits", statistics.median(ready), "ms", 1000),
        Measured("Interactive, the slowest of them", max(ready), "ms"),
    ]


async def fill(page: Page) -> None:
    """Make a few real jobs by the API."""
    make = """async ([token, number]) => {
      const response = await fetch("/v1/images/generations", { method: "POST",
        headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ prompt: `study number ${number}`, n: 4, ratio: ["1:1", "16:9", "3:4"][number % 3] }) });
      return response.status;
    }"""
    for number in range(DRAWN):
        status = await page.evaluate(make, [TOKEN, number])
        assert status == 200, status


def multiply(data_dir: Path) -> int:
    """Copy the rows of the jobs until there are enough items; each copy has ids of its own, and shares the files."""
    database = sqlite3.connect(data_dir / "dreambridge.db")
    database.row_factory = sqlite3.Row
    jobs = [dict(each) for each in database.execute("SELECT * FROM jobs")]
    by_job = {job["id"]: _rows(database, "artifacts", job["id"]) for job in jobs}
    owners = {job["id"]: _rows(database, "job_owners", job["id"]) for job in jobs}
    count = database.execute("SELECT count(*) FROM artifacts").fetchone()[0]
    copies = 0
    while count < ITEMS:
        source = jobs[copies % len(jobs)]
        copies += 1
        job, back = f"job_{_id()}", 60.0 * copies
        _insert(database, "jobs", {**source, "id": job, "created_at": source["created_at"] - back})
        for row in owners[source["id"]]:
            _insert(database, "job_owners", {**row, "job_id": job, "created_at": row["created_at"] - back})
        for row in by_job[source["id"]]:
            _insert(database, "artifacts", {**row, "id": f"art_{_id()}", "job_id": job})
            count += 1
    database.commit()
    database.close()
    return int(count)


def _rows(database: sqlite3.Connection, table: str, job: str) -> list[dict[str, Any]]:
    return [dict(each) for each in database.execute(f"SELECT * FROM {table} WHERE job_id = ?", (job,))]


def _insert(database: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(f'"{each}"' for each in row), ", ".join("?" for _ in row)
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def _id() -> str:
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(26))


async def scroll(
    browser: Browser, page: Page, trace: Path, pace: int
) -> tuple[list[float], list[tuple[float, float, str]]]:
    """Scroll through the gallery at a pace, in pixels a second; give the spans between frames, in ms, and the tasks."""
    await page.evaluate("document.querySelector('#canvas').scrollTop = 0")
    await page.wait_for_load_state("networkidle")
    session = await page.context.new_cdp_session(page)
    await browser.start_tracing(page=page, path=str(trace), categories=["toplevel", "devtools.timeline", "__metadata"])
    await page.evaluate(_FRAMES)
    gesture = {"x": 600, "y": 300, "yDistance": -pace * SECONDS, "speed": pace, "gestureSourceType": "mouse"}
    await session.send("Input.synthesizeScrollGesture", gesture)
    frames: list[float] = await page.evaluate("(cancelAnimationFrame(window.stepping), window.frames)")
    await browser.stop_tracing()
    return frames[1:], main_tasks(trace)


def main_tasks(trace: Path) -> list[tuple[float, float, str]]:
    """Read the tasks of the page's main thread, the longest first: its length and its processor time in ms, its part.

    Where others use the processors, a task is long by the clock without doing much.
    """
    listed: list[dict[str, Any]] = json.loads(trace.read_text())["traceEvents"]
    named = [each for each in listed if each.get("name") == "thread_name"]
    threads = {(each["pid"], each["tid"]) for each in named if each["args"]["name"] == "CrRendererMain"}
    whole = [each for each in listed if each.get("ph") == "X" and (each["pid"], each["tid"]) in threads]
    tasks = sorted((each for each in whole if each["name"].endswith("RunTask")), key=lambda each: -each["dur"])
    return [(task["dur"] / 1000, task.get("tdur", 0) / 1000, _main_part(task, whole)) for task in tasks[:200]]


def _main_part(task: dict[str, Any], events: list[dict[str, Any]]) -> str:
    """Name what took most of a task."""
    end = task["ts"] + task["dur"]
    inside = [e for e in events if task["ts"] <= e["ts"] and e["ts"] + e["dur"] <= end and "RunTask" not in e["name"]]
    return str(max(inside, key=lambda each: each["dur"], default=task)["name"])


async def gallery(browser: Browser, url: str, folder: Path) -> list[Measured]:
    """Open the large gallery, and scroll it twice: small versions are drawn on the way, then they are there."""
    context = await browser.new_context(viewport=DESKTOP, locale="en-US")
    page = await context.new_page()
    await page.goto(url)
    await page.locator(".paste input[type=password]").fill(TOKEN)
    await page.locator(".paste button[type=submit]").click()
    await expect(page.locator(".tile.done").first).to_be_visible()
    await page.wait_for_load_state("networkidle")
    tiles = await page.locator(".tile").count()
    figures = [Measured("Tiles in the page at rest", tiles, "")]
    for name, pace in PACES.items():
        for again in ("first pass, small versions drawn on the way", "second pass"):
            frames, tasks = await scroll(browser, page, folder / "trace.json", pace)
            told = f"{name.capitalize()}, {pace:,} px/s, {again}"
            figures += [
                Measured(f"{told}: frame, median", statistics.median(frames), "ms"),
                Measured(f"{told}: frame, p95", statistics.quantiles(frames, n=20)[-1], "ms", 20),
                Measured(f"{told}: longest task (`{tasks[0][2]}`)", tasks[0][0], "ms", 50),
                Measured(f"{told}: most processor time of a task", max(each[1] for each in tasks), "ms"),
            ]
    await context.close()
    return figures


def write(figures: list[Measured], version: str, busy: float) -> Path:
    """Write the page."""
    memory = psutil.virtual_memory().total / 1024**3
    page = ROOT / "docs" / "performance-studio.md"
    page.write_text(
        f"""# Performance of the studio

Written by `make bench-studio` (`python -m benchmarks.studio`); every figure is as measured, in a real browser.

- {os.cpu_count()} processors, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}
- load average of the last minute {busy:.1f}: beyond the number of processors, others were at work and figures suffer
- Chromium {version}, headless, without a GPU: pictures are decoded and drawn by the same processors that serve them
- measured on {time.strftime("%Y-%m-%d")} at revision {_revision()}

The gateway is a process of its own, as `dreambridge serve`, reached over loopback. *Interactive* runs from the start
of the navigation to the field for a session being there with its handlers. The gallery has {ITEMS} pictures and is
scrolled for {SECONDS} seconds from its top, slowly enough to look and then as fast as one throws it; frames are the
spans between callbacks of `requestAnimationFrame`, tasks are those of the page's main thread in a trace. In flight the
studio asks for no picture: their places stand there, and they are filled where the flight ends.

| Figure | Measured | Target | Met |
|---|---:|---:|---|
"""
        + "\n".join(each.line() for each in figures)
        + "\n"
    )
    return page


def _revision() -> str:
    command = ("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


async def main() -> None:
    """Measure everything; takes a few minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data_dir = folder / "data"
        settings = {"SANDBOX": "true", "SANDBOX_SPEED": 0.01}
        async with async_playwright() as playwright:
            browser = await launch(playwright)
            async with served(folder, data_dir, settings=settings) as gateway:
                figures = await first_loads(browser, gateway.url)
                page = await browser.new_page()
                await page.goto(gateway.url)
                await fill(page)
                await page.close()
            multiply(data_dir)
            async with served(folder, data_dir, settings=settings) as gateway:
                figures += await gallery(browser, gateway.url, folder)
            page_written = write(figures, browser.version, os.getloadavg()[0])
            await browser.close()
    print(*(each.line() for each in figures), sep="\n")
    print(f"wrote {page_written.relative_to(ROOT)}")


if __name__ == "__main__":
    asyncio.run(main())

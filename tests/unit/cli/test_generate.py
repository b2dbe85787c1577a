import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dreambridge.media.probe import probe_file

Run = Callable[..., subprocess.CompletedProcess[str]]


def jobs_of(gateway: Any, token: str) -> list[Any]:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{gateway.url}/v1/jobs", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return list(json.load(answer)["data"])


def test_pictures_are_saved_under_their_prompt_with_the_size_asked(run: Run, gateway: Any, tmp_path: Path) -> None:
    done = run("generate", "A red fox, in snow!", "-n", "2", "--size", "512x512", "-o", "out", "--url", gateway.url)
    assert (done.returncode, done.stdout.split()) == (
        0,
        ["out/a-red-fox-in-snow-1.png", "out/a-red-fox-in-snow-2.png"],
    )
    for name in done.stdout.split():
        assert str(probe_file(tmp_path / name).dimensions) == "512x512"
    assert re.search(r"^100 %, completed$", done.stderr, re.MULTILINE)
    assert "\x1b" not in done.stderr


def test_no_file_is_ever_overwritten(run: Run, gateway: Any, tmp_path: Path) -> None:
    (tmp_path / "狐狸-1.jpg").write_text("mine")
    done = run("generate", "狐狸", "-n", "1", "--format", "jpeg", DREAMBRIDGE_URL=gateway.url)
    assert (done.returncode, done.stdout) == (0, "狐狸-1-2.jpg\n")
    assert (tmp_path / "狐狸-1.jpg").read_text() == "mine"
    assert probe_file(tmp_path / "狐狸-1-2.jpg").format == "jpeg"


def test_json_tells_the_job_and_the_files_and_nothing_else(run: Run, gateway: Any) -> None:
    done = run("generate", "a fox", "-n", "1", "--seed", "7", "--negative", "dogs", "--json", "--url", gateway.url)
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert told["job"]["status"] == "completed"
    assert (told["job"]["request"]["seed"], told["job"]["request"]["negative_prompt"]) == (7, "dogs")
    assert told["files"] == ["a-fox-1.png"]


def test_without_waiting_only_the_job_is_told(run: Run, gateway: Any) -> None:
    done = run("generate", "a fox", "-n", "1", "--no-wait", "--url", gateway.url, "--token", "sandbox-nowait")
    assert done.returncode == 0
    assert [job["id"] for job in jobs_of(gateway, "sandbox-nowait")] == [done.stdout.strip()]
    assert f"{gateway.url}/v1/jobs/" in done.stderr


@pytest.mark.parametrize("more", ["--dry-run", "--no-wait"])
def test_options_without_effect_are_named(run: Run, gateway: Any, more: str) -> None:
    call = ("generate", "a fox", "-n", "1", "--ratio", "16:9", more, "--url", gateway.url)
    told = "ignored: --size (no effect beside the other options or with this model)"
    assert told in run(*call, "--size", "512x512").stderr.splitlines()
    assert "ignored" not in run(*call).stderr
    as_json = run(*call, "--size", "512x512", "--json")
    assert (as_json.stderr, '"ignored"' in as_json.stdout) == ("", True)


def test_the_same_key_joins_the_job_and_pays_once(run: Run, gateway: Any) -> None:
    call = ("generate", "a fox", "-n", "1", "--url", gateway.url, "--token", "sandbox-key", "--idempotency-key", "mine")
    begun = run(*call, "--no-wait")
    assert [run(*call, "-o", folder).stdout for folder in ("one", "two")] == ["one/a-fox-1.png\n", "two/a-fox-1.png\n"]
    assert [job["id"] for job in jobs_of(gateway, "sandbox-key")] == [begun.stdout.strip()]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "jimeng-9"), "jimeng-5.0"),
        (("--size", "10000x3"), "nearest sizes"),
        (("--token", "unknown"), "no credential we know"),
        (("-n", "11"), "n"),
    ],
)
def test_a_refusal_says_what_and_what_to_do(run: Run, gateway: Any, options: tuple[str, ...], words: str) -> None:
    done = run("generate", "a fox", "--url", gateway.url, *options)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2  # what, and the remedy


def test_a_gateway_that_is_not_there_has_an_exit_code_of_its_own(run: Run) -> None:
    done = run("generate", "a fox", "--url", "http://127.0.0.1:9")
    assert done.returncode == 3
    assert "http://127.0.0.1:9 does not answer (no connection)" in done.stderr
    assert "dreambridge serve" in done.stderr


@pytest.mark.parametrize("options", [("--url", "nonsense"), ("--token", "a b"), ("-n", "many"), ("--nothing",)])
def test_wrong_usage_has_an_exit_code_of_its_own(run: Run, options: tuple[str, ...]) -> None:
    assert run("generate", "a fox", *options).returncode == 2


async def _pass_on(gateway_port: int, lost: list[bool]) -> asyncio.Server:
    """Stand between command and gateway; the first whole answer is lost on the way back."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", gateway_port)

        async def forward(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while piece := await source.read(65536):
                if source is there and lost:
                    lost.pop()
                    break
                target.write(piece)
                await target.drain()

        tasks = {asyncio.create_task(forward(reader, back)), asyncio.create_task(forward(there, writer))}
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in (back, writer):
            each.close()

    return await asyncio.start_server(handle, "127.0.0.1", 0)


async def test_a_lost_answer_is_asked_for_again_and_paid_once(gateway: Any, environment: Any, tmp_path: Path) -> None:
    lost = [True]
    server = await _pass_on(int(gateway.url.rpartition(":")[2]), lost)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    command = [sys.executable, "-m", "dreambridge", "generate", "a fox", "-n", "1", "--no-wait", "--url", url]
    process = await asyncio.create_subprocess_exec(
        *command, "--token", "sandbox-lost", cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    server.close()
    await server.wait_closed()
    assert (process.returncode, lost) == (0, [])
    assert [job["id"] for job in jobs_of(gateway, "sandbox-lost")] == [out.decode().strip()]


def test_an_interrupt_leaves_the_job_running_and_tells_its_address(
    start: Any, tmp_path: Path, environment: Any
) -> None:
    slow = start("serve", "--port", "0", "--data-dir", tmp_path / "data", DREAMBRIDGE_SANDBOX_SPEED="5")
    command = [sys.executable, "-m", "dreambridge", "generate", "a fox", "-n", "1", "--url", slow.url]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()  # the first sign of progress: the job exists
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    [job] = jobs_of(slow, "sandbox")
    assert process.returncode == 130
    assert f"The job goes on: {slow.url}/v1/jobs/{job['id']}" in err
    assert f"dreambridge jobs follow {job['id']} --url {slow.url}`" in err
    assert job["status"] in {"queued", "in_progress"}


@pytest.mark.slow
def test_pictures_are_saved_as_they_land_and_an_interrupt_keeps_them(
    start: Any, run: Run, tmp_path: Path, environment: Any
) -> None:
    slow = start("serve", "--port", "0", "--data-dir", tmp_path / "data", DREAMBRIDGE_SANDBOX_SPEED="0.4")
    prompt = "a fox [sim:staggered]"
    command = [sys.executable, "-m", "dreambridge", "generate", prompt, "-n", "4", "--url", slow.url, "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    while process.poll() is None and not list(tmp_path.glob("*-2.png")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told = json.loads(process.communicate(timeout=20)[0])
    assert (process.returncode, told["error"]["code"]) == (130, "interrupted")
    assert told["files"][0] == "a-fox-sim-staggered-1.png"
    assert probe_file(tmp_path / told["files"][0]).format == "png"
    assert told["job"]["id"] in told["error"]["remedy"]
    saved = {path.name for path in tmp_path.glob("*.png")}
    assert saved == set(told["files"])  # half a file does not stay


def test_an_interrupt_before_any_answer_tells_how_to_join_what_may_have_begun(tmp_path: Path, environment: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "dreambridge", "generate", "a fox", "--url", url, "--idempotency-key", "mine"]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
        with silent.accept()[0] as connection:
            assert connection.recv(1)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "the same command with --idempotency-key mine" in err


def test_a_refusal_comes_in_the_language_of_the_locale(run: Run, gateway: Any) -> None:
    done = run("generate", "a fox", "-n", "11", "--url", gateway.url, LC_ALL="zh_CN.UTF-8")
    assert (done.returncode, "改正" in done.stderr or "请" in done.stderr) == (1, True)


def test_a_folder_that_cannot_hold_pictures_is_told_before_anything_is_made(
    run: Run, gateway: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = run("generate", "a fox", "-o", "file", "--url", gateway.url, "--token", "sandbox-nofolder")
    assert done.returncode == 1
    assert "file cannot hold the files" in done.stderr
    assert jobs_of(gateway, "sandbox-nofolder") == []

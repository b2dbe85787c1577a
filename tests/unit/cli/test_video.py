"""Videos, and pictures from pictures: files of this machine go up once, and are refused before anything is spent."""

import json
import re
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Draw a picture of a camera that was held sideways: the gateway turns it, so its bytes change there."""
    path = tmp_path / "cat.jpg"
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (640, 480), "orange").save(path, exif=turned)
    return path


def listed(gateway: Any, token: str, what: str) -> list[Any]:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{gateway.url}/v1/{what}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return list(json.load(answer)["data"])


def test_a_video_is_saved_under_its_prompt(run: Run, gateway: Any, tmp_path: Path) -> None:
    call = ("A fox runs", "-d", "10", "--ratio", "16:9", "--resolution", "720p", "--seed", "7", "-o", "out")
    done = run("video", *call, "--url", gateway.url)
    assert (done.returncode, done.stdout) == (0, "out/a-fox-runs.mp4\n")
    assert (tmp_path / "out" / "a-fox-runs.mp4").read_bytes()[4:8] == b"ftyp"
    assert "100 %, completed" in done.stderr
    again = run("video", *call, "--url", gateway.url, "--json")
    told = json.loads(again.stdout)
    assert (again.stderr, told["files"]) == ("", ["out/a-fox-runs-2.mp4"])
    wish = told["job"]["request"]
    assert (wish["seconds"], wish["ratio"], wish["resolution"], wish["seed"]) == (10, "16:9", "720p", 7)


def test_frames_from_this_machine_go_up_once_and_the_same_call_is_the_same_request(
    run: Run, gateway: Any, picture: Path, tmp_path: Path
) -> None:
    token = "sandbox-frames"
    (tmp_path / "copy.jpg").write_bytes(picture.read_bytes())
    call = ("video", "it jumps", "--first", picture, "--last", "copy.jpg", "--url", gateway.url, "--token", token)
    first, second = (run(*call, "--no-wait", "--idempotency-key", "jump", "--json") for _ in range(2))
    job = json.loads(first.stdout)["job"]
    assert json.loads(second.stdout)["job"]["id"] == job["id"]
    assert job["request"]["mode"] == "first_last_frames"
    [asset] = listed(gateway, token, "assets")
    assert (asset["width"], asset["height"]) == (480, 640)  # as it was meant, so its bytes are not those of the file
    assert [each["id"] for each in listed(gateway, token, "jobs")] == [job["id"]]


def test_references_may_be_files_ids_and_addresses_of_ours(run: Run, gateway: Any, picture: Path) -> None:
    model = ("--model", "jimeng-video-seedance-2.0", "--url", gateway.url)
    made = json.loads(run("generate", "a fox", "-n", "1", "--json", "--url", gateway.url).stdout)
    artifact = made["job"]["artifacts"][0]
    call = ("video", "@1 meets @2 and @3", "-r", picture, "-r", artifact["id"], "--reference", artifact["url"])
    done = run(*call, *model, "--dry-run", "--json")
    plan = json.loads(done.stdout)
    assert (done.returncode, plan["request"]["mode"], len(plan["request"]["inputs"])) == (0, "omni_reference", 3)
    assert plan["cost"] > 0
    shown = run(*call, *model, "--dry-run")
    assert f"cost       {plan['cost']:g} credits\n" in shown.stdout
    assert re.search(r"^balance    \d+ credits$", shown.stdout, re.MULTILINE), "without an exponent"
    dear = run(*call, *model, "--max-credits", "1", "--no-wait")
    assert (dear.returncode, "--max-credits: This is forecast to cost" in dear.stderr) == (1, True)


def test_pictures_are_made_of_pictures(run: Run, gateway: Any, picture: Path) -> None:
    call = ("edit", "make it blue", picture, picture, "-n", "2", "--strength", "0.3", "--url", gateway.url)
    done = run(*call, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["files"]) == (0, ["make-it-blue-1.png", "make-it-blue-2.png"])
    assert len(told["job"]["request"]["inputs"]) == 2
    assert told["job"]["request"]["strength"] == 0.3
    dry = run(*call, "--dry-run")
    assert (dry.returncode, "inputs     2\n" in dry.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("video", "x", "--first", "folder"), "--first folder is a folder", 2),
        (("video", "x", "--first", "gone.png"), "--first gone.png is no file here", 2),
        (("video", "x", "--first", "empty.png"), "--first empty.png is an empty file", 2),
        (("video", "x", "--first", "clip.mp4"), "--first clip.mp4 is video/mp4", 2),
        (("video", "x", "--first", "x" * 300), "File name too long", 2),
        (("video", "x", "-r", "paper.pdf"), "--reference paper.pdf is application/pdf", 2),
        (("video", "x", "--last", "cat.jpg"), "--last goes with --first", 2),
        (("video", "x", "--first", "cat.jpg", "-r", "cat.jpg"), "--reference does not go with --first", 2),
        (("video", "x", "--first", "text.png"), "--first text.png: it is text by its content", 1),
        (("video", "x", "--first", "asset_" + "a" * 26), "names no asset", 1),
        (("video", "x", "-d", "99"), "--seconds: ", 1),
        (("video", "x", "--mode", "sideways"), "--mode: ", 1),
        (("edit", "x"), "Missing argument 'IMAGE...'", 2),
        (("edit", "x", ""), "is empty", 2),
        (("edit", "x", "cat.jpg", "gone.jpg"), "IMAGE gone.jpg is no file here", 2),
        (("edit", "x", "cat.jpg", "text.png"), "IMAGE text.png: it is text", 1),
        (("edit", "x", *["cat.jpg"] * 11), "IMAGE: ", 1),
    ],
)
def test_what_cannot_be_an_input_is_told_with_its_option_and_nothing_is_made(
    run: Run, gateway: Any, picture: Path, arguments: tuple[str, ...], words: str, code: int
) -> None:
    folder = picture.parent
    (folder / "folder").mkdir()
    (folder / "empty.png").write_text("")
    for name in ("clip.mp4", "paper.pdf", "text.png"):
        (folder / name).write_text("no picture at all")
    done = run(*arguments, "--url", gateway.url, "--token", "sandbox-wrong-inputs")
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 2  # what, and what to do
    assert listed(gateway, "sandbox-wrong-inputs", "jobs") == []

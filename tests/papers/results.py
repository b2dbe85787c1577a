"""What a block has made, judged by what its reader can see: addresses that serve media, files that are media."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image, UnidentifiedImageError
from tests.clients.counting import jobs_of
from tests.papers.bench import Bench
from tests.papers.blocks import Block

_MAKES = re.compile(
    r"/v1/images/(generations|edits|compositions)|/v1/videos?/generations|-F prompt=|/v1/chat/completions|/v1/responses"
    r"|images\.(generate|edit)\(|videos\.create|completions\.create\(|responses\.create\("
    r"|generateImage|generateText|streamText|dreambridge (generate|edit|video)|generate_image|\.invoke\("
    r"|(image_generation|image_edit|video_generation|litellm\.completion)\(|^model_list:|/mcp\b|\"mcp\"",
    re.MULTILINE,
)
_SPENDS_NOTHING = re.compile(r"dry[_-]run")
_MEDIA = {".png", ".jpg", ".jpeg", ".webp", ".mp4"}


def makes_something(block: Block) -> bool:
    """Tell whether a reader would expect a picture or a video of a block."""
    return bool(_MAKES.search(block.text)) and not _SPENDS_NOTHING.search(block.text)


def files_in(folder: Path) -> dict[Path, int]:
    """List the media in a folder and the folders in it by the time of their last change."""
    found = (file for file in [*folder.glob("*"), *folder.glob("[!n]*/*")] if file.suffix in _MEDIA and file.is_file())
    return {file: file.stat().st_mtime_ns for file in found}


def check_media(content: bytes) -> None:
    """Fail for bytes that are neither a picture nor a video."""
    if content[4:8] == b"ftyp":
        return
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.verify()
    except UnidentifiedImageError as error:
        raise AssertionError(f"neither a picture nor a video: {content[:40]!r}") from error


async def new_jobs(block: Block, bench: Bench) -> list[dict[str, Any]]:
    """List the jobs that came into being since this was asked last, with any credential of the block."""
    tokens = {"sandbox", *re.findall(r"\bsandbox-[a-z0-9]+\b", block.text)}
    found = [job for token in sorted(tokens) for job in await jobs_of(bench.gateway.url, token)]
    fresh = [job for job in found if job["id"] not in bench.seen]
    bench.seen |= {job["id"] for job in fresh}
    return fresh


async def judge(block: Block, bench: Bench, printed: str, before: dict[Path, int]) -> None:
    """Fail when a block promised something and its reader got nothing, or something else."""
    assert not re.search(r'"error":\s*\{', printed), printed
    jobs = await new_jobs(block, bench)
    assert bool(jobs) == makes_something(block), f"{len(jobs)} jobs were made\n{printed}"
    assert [job["error"] for job in jobs if job["error"]] == []
    written = [file.read_bytes() for file, when in files_in(bench.folder).items() if before.get(file) != when]
    inline = [base64.b64decode(each) for each in re.findall(r'"b64_json":\s*"([^"]+)"', printed)]
    for content in written + inline:
        check_media(content)
    addresses = set(re.findall(rf"{re.escape(bench.gateway.url)}/v1/artifacts/\w+\.\w+", printed))
    for address in sorted(addresses):
        await _check_address(address)
    names = [job["id"] for job in jobs if job["id"] in printed]
    assert not jobs or written or inline or addresses or names, f"nothing to be seen in\n{printed}"


async def _check_address(address: str) -> None:
    async with httpx2.AsyncClient(timeout=60) as web:
        answer = await web.get(address)
    assert answer.status_code == 200, address
    assert answer.headers["content-type"].startswith(("image/", "video/")), address
    check_media(answer.content)

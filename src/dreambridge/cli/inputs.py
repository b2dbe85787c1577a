"""Pictures, videos and sounds that go with an order: files of this machine, addresses, and ids."""

import hashlib
import mimetypes
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from dreambridge.cli.answers import GatewayRefused
from dreambridge.cli.connection import fail_refused
from dreambridge.cli.following import ProgressView, Slow
from dreambridge.cli.gateway import Gateway
from dreambridge.cli.terminal import Exit, fail

PICTURE: Final = frozenset({"image"})
ANY: Final = frozenset({"image", "video", "audio"})
_ID: Final = re.compile(r"(?:asset|art|job|video)_[a-z2-7]{26}")
_ADDRESS: Final = re.compile(r"(?:https?://|data:)", re.IGNORECASE)
_DIGITS: Final = 16
# How many of the newest assets are looked through for one that is the file already.
_PAGES: Final = 3


@dataclass(frozen=True, slots=True)
class Input:
    """One input as it was given: by which `option`, for which `field` of the body, and the file if it is one."""

    option: str
    field: str
    said: str
    kinds: frozenset[str] = PICTURE
    path: Path | None = None

    @property
    def label(self) -> str:
        """Name it for a person."""
        return f"{self.option} {self.said[:60]}"


def read_input(option: str, field: str, said: str, kinds: frozenset[str] = PICTURE) -> Input:
    """Read an input, and end the command for a file that cannot be one."""
    found = Input(option, field, said, kinds)
    if not said.strip():
        _refuse(found, "is empty")
    path = Path(said)
    try:
        if _ADDRESS.match(said) or (_ID.fullmatch(said) and not path.exists()):
            return found
        _check_file(found, path)
    except OSError as error:
        _refuse(found, f"cannot be read: {error.strerror}")
    return Input(option, field, said, kinds, path)


async def bring_inputs(gateway: Gateway, inputs: Sequence[Input], view: ProgressView) -> dict[str, Any]:
    """Give the fields of the body; a file goes up once, however often it is named and was sent before.

    Touches the network, spends nothing. Ends the command for what cannot be an input.
    """
    digests = {each.path: _digest(each) for each in inputs if each.path is not None}
    known = await _find_assets(gateway, set(digests.values()))
    fields: dict[str, list[str]] = {}
    for each in inputs:
        asset: Mapping[str, Any] | None = None
        if each.path is not None:
            digest = digests[each.path]
            asset = known.get(digest) or await _upload(gateway, each, digest, view)
            known[digest] = asset
            _check_kind(each, str(asset.get("kind")))
        fields.setdefault(each.field, []).append(each.said if asset is None else str(asset["id"]))
    return dict(fields)


def _check_file(given: Input, path: Path) -> None:
    if path.is_dir():
        _refuse(given, "is a folder")
    if not path.exists():
        _refuse(given, "is no file here, and neither an address nor an id")
    if not path.is_file():
        _refuse(given, "is no ordinary file")
    if not os.access(path, os.R_OK):
        _refuse(given, "cannot be read (permission denied)")
    if path.stat().st_size == 0:
        _refuse(given, "is an empty file")
    media_type, _ = mimetypes.guess_type(path.name)
    if media_type is not None:
        _check_kind(given, media_type.partition("/")[0], media_type)


def _check_kind(given: Input, kind: str, media_type: str | None = None) -> None:
    if kind not in given.kinds:
        _refuse(given, f"is {media_type or kind}")


def _refuse(given: Input, why: str) -> None:
    takes = "a picture" if given.kinds == PICTURE else "a picture, a video or a sound"
    remedy = f"{given.option} takes {takes}: a file, an http(s) address, or the id of an asset or a result."
    fail(f"{given.label} {why}", remedy=remedy, code=Exit.USAGE, error={"param": given.option})


def _digest(given: Input) -> str:
    try:
        with _file(given).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:_DIGITS]
    except OSError as error:
        fail(f"{given.label} cannot be read: {error.strerror}", code=Exit.USAGE)


def _file(given: Input) -> Path:
    if given.path is None:
        raise TypeError(given)
    return given.path


async def _find_assets(gateway: Gateway, digests: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Find what was sent before by its name, in which we put the digest.

    The same file then is the same id, without which the same request would not be known as the same.
    """
    missing, found, after = set(digests), dict[str, Mapping[str, Any]](), ""
    for _ in range(_PAGES):
        if not missing:
            break
        page = (await gateway.ask("GET", f"/v1/assets?limit=100{after}")).document
        for asset in page.get("data") or ():
            name = re.search(r"\(([0-9a-f]{16})\)", asset.get("name") or "")
            if name is not None and name[1] in missing:
                missing.discard(name[1])
                found[name[1]] = asset
        if not page.get("has_more"):
            break
        after = f"&after={page['last_id']}"
    return found


async def _upload(gateway: Gateway, given: Input, digest: str, view: ProgressView) -> Mapping[str, Any]:
    path = _file(given)
    tell = Slow(view, f"uploading {path.name}", path.stat().st_size)
    try:
        reply = await gateway.upload(path, f"{path.stem[:80]} ({digest}){path.suffix}", tell)
    except GatewayRefused as error:
        if error.refusal.status in {401, 403}:
            raise
        # The gateway says `body` for what is the file here.
        said = error.refusal.message.removeprefix("body ")
        told = said if said == error.refusal.message else f"it {said}"
        fail_refused(replace(error.refusal, message=told), option=given.label)
    return reply.document

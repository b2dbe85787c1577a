"""Read a body that is JSON or a form, with the files of a form kept on disk until the call is taken in."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from dreambridge.api.reader import Body, is_form, read_body, refuse_encoding, refuse_large, too_large
from dreambridge.domain.errors import InvalidRequest

# More than any client sends: 16 pictures, a mask, 13 references of a video.
MOST_FILES: Final = 40
MOST_FIELDS: Final = 400
# A text part may hold a picture of 20 MB as base64.
_LONGEST_TEXT: Final = 28 * 1024**2
_DEEPEST: Final = 4
_PIECE: Final = 1024**2
_NAME: Final = re.compile(r"([^\[\]]{1,100})((?:\[[^\[\]]{0,100}\])*)")
_STEP: Final = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class FormFile:
    """One file of a form: the field it came in without brackets, its own name, a digest of its bytes (hex)."""

    field: str
    filename: str
    sha256: str
    upload: UploadFile

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the bytes, a mebibyte at a time, from the beginning."""
        await self.upload.seek(0)
        while piece := await self.upload.read(_PIECE):
            yield piece


@dataclass(frozen=True, slots=True)
class Form(Body):
    """The fields of a form, all of them text, lists and objects of text, and its files in their order."""

    files: tuple[FormFile, ...] = ()


@asynccontextmanager
async def open_body(request: Request, limit: int) -> AsyncIterator[Body]:
    """Read a JSON object or a form of at most `limit` bytes; a form's files are gone when the block ends.

    Raises BodyTooLarge and InvalidRequest.
    """
    if not is_form(request):
        yield await read_body(request, limit)
        return
    refuse_encoding(request)
    refuse_large(request.headers.get("content-length"), limit)
    bounded = _Bounded(request, limit)
    try:
        form = await Request(request.scope, bounded).form(
            max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=_LONGEST_TEXT
        )
    except ClientDisconnect as broken:
        raise InvalidRequest("The body ended before it was complete.", code="invalid_form") from broken
    except (HTTPException, MultiPartException, UnicodeDecodeError, ValueError) as broken:
        detail = broken.detail if isinstance(broken, HTTPException) else "it breaks off, or a boundary is missing"
        raise InvalidRequest(f"The form cannot be read: {str(detail).rstrip('.')}.", code="invalid_form") from broken
    try:
        if request.headers["content-type"].lower().startswith("multipart/") and not bounded.closed:
            raise InvalidRequest("The form has no closing boundary.", code="invalid_form")
        files = [await _take_file(name, each) for name, each in form.multi_items() if isinstance(each, UploadFile)]
        texts = [(name, each) for name, each in form.multi_items() if isinstance(each, str)]
        yield Form(assemble(texts), files=tuple(each for each in files if each is not None))
    finally:
        await form.close()


class _Bounded:
    """Pass a request's messages on, until they hold more bytes than allowed; look at how they begin and end."""

    def __init__(self, request: Request, limit: int) -> None:
        self._receive = request.receive
        self._left = limit
        self._limit = limit
        self._end = b""
        self._begun = False

    @property
    def closed(self) -> bool:
        """Tell whether the last line is a closing boundary: without it a part may be missing unnoticed."""
        last = self._end.rstrip().rpartition(b"\n")[2]
        return last.startswith(b"--") and last.endswith(b"--") and len(last) > 4

    async def __call__(self) -> Message:
        message = await self._receive()
        piece = message.get("body", b"")
        self._left -= len(piece)
        self._end = (self._end + piece)[-256:]
        if self._left < 0:
            raise too_large(self._limit)
        if not self._begun and (start := piece.lstrip()):
            self._begun = True
            _refuse_json(start)
        return message


def _refuse_json(start: bytes) -> None:
    """Refuse JSON that is called a form, as curl calls what `-d` gives it: no form begins like this."""
    if start.startswith((b"{", b"[")):
        raise InvalidRequest(
            "The body looks like JSON, but its Content-Type says that it is a form. Send the header "
            "Content-Type: application/json with it (curl: -H 'Content-Type: application/json').",
            param="Content-Type",
            code="invalid_type",
        )


async def _take_file(name: str, upload: UploadFile) -> FormFile | None:
    """Digest a file; the empty, nameless one that a page sends for an empty field is none."""
    if not upload.filename and not upload.size:
        return None
    await upload.seek(0)
    digest = await asyncio.to_thread(_digest, upload.file)
    return FormFile(split_name(name)[0], upload.filename or "", digest, upload)


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def split_name(name: str) -> tuple[str, list[str]]:
    """Take a field's name apart: `a[b][]` is `a` with the steps `b` and "". Raises InvalidRequest."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise InvalidRequest("A field of the form has a name that cannot be read.", code="invalid_form")
    steps = _STEP.findall(match[2])
    if len(steps) > _DEEPEST:
        raise InvalidRequest(f"A field of the form is nested more than {_DEEPEST} deep.", code="invalid_form")
    return match[1], steps


def assemble(texts: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Put the text fields of a form together: `a[b]` makes objects, `a[]`, `a[0]` and a repeated name make lists.

    Raises InvalidRequest for a field that is two of these at once.
    """
    fields: dict[str, Any] = {}
    for name, text in texts:
        base, steps = split_name(name)
        path = [base, *steps]
        place: Any = fields
        for at, step in enumerate(path):
            following = path[at + 1] if at + 1 < len(path) else None
            new: Any = text if following is None else [] if not following or following.isdecimal() else {}
            place = _step_into(place, step, new, last=following is None, base=base)
    return fields


def _step_into(place: Any, step: str, new: Any, *, last: bool, base: str) -> Any:
    """Go one step down, making what is not there yet; the last step puts the text in."""
    if isinstance(place, list):
        # `a[0][b]` and `a[0][c]` belong together, `a[][b]` begins a new one each time.
        index = int(step) if step.isdecimal() and len(step) < 4 else len(place)
        if last or index >= len(place):
            place.append(new)
            return new
        found = place[index]
    elif isinstance(place, dict):
        if step not in place:
            place[step] = new
            return new
        found = place[step]
        if last and isinstance(found, str):
            place[step] = [found, new]
            return new
        if last and isinstance(found, list):
            found.append(new)
            return new
    else:
        found = None
    if type(found) is not type(new) or last:
        raise InvalidRequest(f"The form says {base} twice, in ways that do not go together.", param=base)
    return found

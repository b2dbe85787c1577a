"""The pictures, videos and sounds that go with a request, in whatever way clients write them."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dreambridge.api.calls import Call
from dreambridge.api.forms import Form, FormFile
from dreambridge.api.own_references import strip_own_address
from dreambridge.api.reader import Body
from dreambridge.domain.errors import GatewayError, InputUnusable, InvalidRequest
from dreambridge.domain.generation import InputKind, MediaInput

PICTURE_FIELDS: Final = (
    "image",
    "images",
    "image_url",
    "image_urls",
    "imageUrl",
    "imageUrls",
    "file_paths",
    "filePaths",
)
"""Fields in which clients of one kind or another send pictures, in the order in which they count."""
# Where an object of a reference says what it stands for, the plainest first.
_KEYS: Final = ("url", "image_url", "video_url", "audio_url", "file_id", "id", "b64_json", "data", "file_data")
_MOST: Final = 40
# Each may be fetched from afar; nobody is asked for more at once.
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Reference:
    """One input of the caller's: the field it came in, and text that is or names it, or a file of the form."""

    param: str
    source: str | FormFile


def list_references(body: Body, names: Sequence[str]) -> list[Reference]:
    """List what a body has in the named fields, files of a form included; raise InvalidRequest for what is none."""
    found: list[Reference] = []
    for name in names:
        found += _read_value(body.fields.get(name), name)
        if isinstance(body, Form):
            found += [Reference(name, file) for file in body.files if file.field == name]
    if len(found) > _MOST:
        raise InvalidRequest(
            f"{found[0].param} has {len(found)} entries; allowed: at most {_MOST}.",
            param=found[0].param,
            code="array_above_max_length",
        )
    return found


def _read_value(value: object, param: str) -> Iterator[Reference]:
    if value is None or value == "":
        return
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _read_value(each, f"{param}[{index}]")
        return
    yield Reference(param, read_source(value, param))


def read_source(value: object, param: str) -> str:
    """Read one reference: text, or an object that has it under a usual key. Raises InvalidRequest."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, dict):
        for key in _KEYS:
            inner = value.get(key)
            if isinstance(inner, str | dict) and inner:
                return read_source(inner, f"{param}.{key}")
    raise InvalidRequest(
        f"{param} must be an address, a data URL, base64, the id of an asset, or an object with one of these as url.",
        param=param,
        code="invalid_type",
    )


async def take_in(call: Call, references: Sequence[Reference], kinds: Collection[InputKind]) -> tuple[MediaInput, ...]:
    """Have every reference here, checked and in order; touches the network for addresses, spends nothing.

    What names something of ours is resolved inside, for its owner. Raises InputUnusable for the first that cannot be
    used.
    """
    gate = asyncio.Semaphore(_AT_ONCE)

    async def bring(reference: Reference) -> MediaInput:
        async with gate:
            return await call.context.service.acquire_input(
                open_source(call, reference), param=reference.param, kinds=kinds, caller=call.caller
            )

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(bring(each)) for each in references]
    except BaseExceptionGroup as failed:
        known = failed.subgroup(GatewayError)
        raise (known.exceptions[0] if known else failed) from failed
    return tuple(task.result() for task in tasks)


def open_source(call: Call, reference: Reference) -> str | AsyncIterator[bytes]:
    """Give what the engine takes in: the bytes of a form's file, or text with addresses of ours read as ids."""
    source = reference.source
    if isinstance(source, FormFile):
        return source.pieces()
    return strip_own_address(call.context.addresses, call.request, source)


def refuse_files(body: Body, known: Collection[str]) -> list[str]:
    """Name the files of a form that no field takes; raise InputUnusable for a mask."""
    if not isinstance(body, Form):
        return []
    others = [file.field for file in body.files if file.field not in known]
    if "mask" in others:
        raise InputUnusable("The sites offer no mask; leave it out.", param="mask", code="unsupported_option")
    return list(dict.fromkeys(others))

"""Make the files that rows are tried with, and read what comes back: pictures, a video, a sound."""

import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
from PIL import Image

from dreambridge.domain.followup import JobRequest
from dreambridge.domain.generation import Dimensions, VideoMode, VideoRequest

_SECONDS = 2.5
_RATE = 24
# Requests for videos carry no pixels. One that began with a 9:16 picture came as 704 × 1248 at 720p: sides in whole
# blocks near the usual ones, so a little is allowed there; everything else must be exact.
_FRAMED = frozenset({VideoMode.FIRST_FRAME, VideoMode.FIRST_LAST_FRAMES, VideoMode.MULTI_FRAME})
_NEAR = 0.04


def picture(colour: str) -> bytes:
    """Make a PNG of 640 × 360 in one colour."""
    out = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(out, "PNG")
    return out.getvalue()


def clip(folder: Path) -> bytes:
    """Make an MP4 (H.264) of 640 × 640 that lasts 2.5 s; writes into the folder."""
    path = folder / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = 640, 640, "yuv420p"
        for number in range(int(_SECONDS * _RATE)):
            image = Image.new("RGB", (640, 640), (number * 4, 80, 0))
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())
    return path.read_bytes()


def sound() -> bytes:
    """Make a WAV of silence that lasts 2.5 s."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(int(2 * 16_000 * _SECONDS)))
    return out.getvalue()


def faults_of(content: bytes, request: JobRequest) -> list[str]:
    """Say what is wrong with a result as the file it should be: format, size, length. Decodes it."""
    read: Callable[[bytes, Any], list[str]] = _video_faults if isinstance(request, VideoRequest) else _picture_faults
    try:
        return read(content, request)
    except (OSError, SyntaxError, av.FFmpegError) as error:
        return [f"cannot be read ({type(error).__name__})"]


def _picture_faults(content: bytes, request: JobRequest) -> list[str]:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return _size_faults(Dimensions(*image.size), request)


def _video_faults(content: bytes, request: VideoRequest) -> list[str]:
    with av.open(io.BytesIO(content), "r") as container:
        stream = container.streams.video[0]
        size = Dimensions(stream.width, stream.height)
        frames = len(list(container.decode(stream)))
        seconds = float(container.duration or 0) / av.time_base
    faults = _size_faults(size, request)
    if frames < 2:
        faults.append(f"has {frames} frames")
    if abs(seconds - request.seconds) > 1:
        faults.append(f"lasts {seconds:.1f} s, not {request.seconds}")
    return faults


def _size_faults(size: Dimensions, request: JobRequest) -> list[str]:
    expected = request.exact or request.native
    near = _NEAR if isinstance(request, VideoRequest) and request.mode in _FRAMED else 0.0
    pairs = () if expected is None else ((size.width, expected.width), (size.height, expected.height))
    return [] if all(abs(made - wanted) <= near * wanted for made, wanted in pairs) else [f"is {size}, not {expected}"]

"""Draws placeholder videos: real H.264 of the size, length and rate asked for, with something that moves.

PyAV does the encoding, an extra (`sandbox-video`). Without it a short clip of the nearest shape is handed out, ready
made in `data/clips`: each is what `draw_clip` makes of `ready_made_order`.
"""

import io
import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources, util
from pathlib import Path
from typing import TYPE_CHECKING

from dreambridge.simulator.pictures import PictureOrder, open_inset, paint

if TYPE_CHECKING:
    from av import VideoFrame
    from PIL.Image import Image

READY_MADE: Mapping[str, tuple[int, int]] = {
    "21x9": (1680, 720),
    "16x9": (1280, 720),
    "4x3": (960, 720),
    "1x1": (720, 720),
    "3x4": (720, 960),
    "9x16": (720, 1280),
}
_READY_SECONDS = 4.0
_FADE_STEPS = 8
_FADE_SHARE = 0.4  # of a shot: the rest shows its picture as it is
_WHITE, _GREY = 235, 128


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """One video to draw. `frames` fill it one after the other, each for its seconds in `shots` (empty: alike).

    Without frames `picture` is the scene; `crf` is the encoder's quality, lower is better.
    """

    width: int
    height: int
    seconds: float
    fps: int
    picture: PictureOrder
    frames: tuple[bytes | PictureOrder, ...] = ()
    shots: tuple[float, ...] = ()
    crf: int = 34


def ready_made_order(name: str) -> ClipOrder:
    """Return what a ready-made clip shows."""
    width, height = READY_MADE[name]
    picture = PictureOrder(width, height, "png", prompt="sandbox", seed=len(name))
    return ClipOrder(width, height, _READY_SECONDS, 24, picture, crf=36)


def draw_clip(order: ClipOrder) -> bytes:
    """Return an MP4 file that can be played while it is still coming. Takes seconds: call it in a thread."""
    if util.find_spec("av") is None:
        return ready_made(order.width, order.height)
    return _encode(order)


def ready_made(width: int, height: int) -> bytes:
    """Return the ready-made clip whose shape is nearest."""

    def distance(name: str) -> float:
        wide, high = READY_MADE[name]
        return abs(math.log(wide / high) - math.log(width / height))

    name = min(READY_MADE, key=distance)
    return (resources.files(__package__) / "data" / "clips" / f"{name}.mp4").read_bytes()


def _encode(order: ClipOrder) -> bytes:
    import av  # noqa: PLC0415 -- an extra, and heavy

    count = max(1, round(order.seconds * order.fps))
    with tempfile.TemporaryDirectory(prefix="dreambridge-clip-") as folder:
        # The index moves to the front only in a real file.
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=order.fps)
            stream.width, stream.height, stream.pix_fmt = order.width, order.height, "yuv420p"
            stream.options = {"preset": "ultrafast", "crf": str(order.crf), "threads": "1"}
            for number, frame in enumerate(_moving(order, count)):
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()


def _moving(order: ClipOrder, count: int) -> Iterator["VideoFrame"]:
    import av  # noqa: PLC0415 -- an extra, and heavy

    scenery = _Scenery(order)
    side = max(8, min(order.width, order.height) // 9 // 2 * 2)
    for number in range(count):
        planes, strides = scenery.at(number / count)
        x = round((order.width - side) * number / max(1, count - 1)) // 2 * 2
        swing = abs(math.sin(math.pi * (1 + 3 * number / count)))
        y = round((order.height - side) * (0.35 + 0.4 * swing)) // 2 * 2
        frame = av.VideoFrame(order.width, order.height, "yuv420p")
        for index, plane in enumerate(planes):
            shrink = 1 if index == 0 else 2
            pixels = bytearray(plane)
            dot = bytes([_WHITE if index == 0 else _GREY]) * (side // shrink)
            for row in range(y // shrink, (y + side) // shrink):
                start = row * strides[index] + x // shrink
                pixels[start : start + len(dot)] = dot
            frame.planes[index].update(bytes(pixels))
        yield frame


class _Scenery:
    """What lies behind the moving thing, as planes of brightness and colour; only the present one is kept."""

    def __init__(self, order: ClipOrder) -> None:
        self._order = order
        self._pictures = [_fit(open_inset(frame), order) for frame in order.frames] or [paint(order.picture)]
        shots = order.shots or (order.seconds / len(self._pictures),) * len(self._pictures)
        whole = sum(shots)
        self._ends = [sum(shots[: index + 1]) / whole for index in range(len(shots))]
        self._key: tuple[int, int] | None = None
        self._now: tuple[list[bytes], list[int]] = ([], [])

    def at(self, moment: float) -> tuple[list[bytes], list[int]]:
        """Return the planes at a moment from 0 to 1, and the bytes of a row of each."""
        index = next((number for number, end in enumerate(self._ends) if moment < end), len(self._ends) - 1)
        begin = self._ends[index - 1] if index else 0.0
        inside = (moment - begin) / (self._ends[index] - begin)
        last = index == len(self._pictures) - 1
        step = 0 if last else max(0, math.ceil((inside - 1 + _FADE_SHARE) / _FADE_SHARE * _FADE_STEPS))
        if self._key != (index, step):
            self._key = (index, step)
            self._now = _planes(self._blended(index, step))
        return self._now

    def _blended(self, index: int, step: int) -> "Image":
        from PIL import Image  # noqa: PLC0415 -- heavy: loaded with the first picture

        if not step:
            return self._pictures[index]
        return Image.blend(self._pictures[index], self._pictures[index + 1], step / _FADE_STEPS)


def _planes(image: "Image") -> tuple[list[bytes], list[int]]:
    import av  # noqa: PLC0415 -- an extra, and heavy

    frame = av.VideoFrame.from_image(image).reformat(format="yuv420p")  # type: ignore[no-untyped-call]
    return [bytes(plane) for plane in frame.planes], [plane.line_size for plane in frame.planes]


def _fit(image: "Image", order: ClipOrder) -> "Image":
    from PIL import ImageOps  # noqa: PLC0415 -- heavy: loaded with the first picture

    return ImageOps.fit(image, (order.width, order.height))


def first_picture(order: ClipOrder, form: str) -> bytes:
    """Return how a clip begins, as a picture file."""
    scenery = [_fit(open_inset(frame), order) for frame in order.frames[:1]] or [paint(order.picture)]
    file = io.BytesIO()
    scenery[0].save(file, form.upper(), quality=82)
    return file.getvalue()

"""Draws placeholder pictures: a quiet landscape whose colours follow from prompt and seed, with the prompt on it."""

import io
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dreambridge.simulator.lettering import Lettering

if TYPE_CHECKING:
    from PIL.Image import Image

_Colour = tuple[int, int, int]

# Sky above, sky at the horizon, sun, nearest hill.
_PALETTES: tuple[tuple[_Colour, _Colour, _Colour, _Colour], ...] = (
    ((38, 50, 96), (244, 166, 140), (255, 222, 173), (33, 29, 62)),
    ((64, 124, 168), (238, 226, 204), (255, 246, 214), (27, 71, 84)),
    ((29, 58, 77), (146, 196, 173), (232, 247, 206), (14, 38, 44)),
    ((92, 64, 122), (247, 190, 196), (255, 236, 210), (48, 30, 74)),
    ((196, 104, 76), (250, 214, 152), (255, 244, 206), (84, 38, 44)),
    ((22, 32, 60), (92, 116, 178), (226, 232, 255), (10, 16, 36)),
    ((120, 158, 140), (242, 232, 200), (255, 250, 226), (46, 78, 66)),
)
_HILLS = 4
_LEAST_FOR_INSETS = 96
_SCENE_SIDE = 768  # the scene is drawn this large and enlarged: soft shapes need no more


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """One picture to draw. `form` is png, jpeg or webp; `tiny` asks for a file of at most 64 kB.

    `insets` are what it was made from, shown small in a row: picture files, or orders of pictures drawn here.
    """

    width: int
    height: int
    form: str
    prompt: str = ""
    seed: int = 0
    label: str = ""
    tiny: bool = False
    insets: "tuple[bytes | PictureOrder, ...]" = ()


def draw_picture(order: PictureOrder) -> bytes:
    """Return the picture as a file of exactly the size asked. Takes a while: call it in a thread."""
    if order.tiny:
        return _tiny(order)
    return _encode(paint(order), order.form)


def paint(order: PictureOrder) -> "Image":
    """Return the picture as pixels."""
    image = _scene(order)
    _hang(image, order.insets)
    _write_on(image, order)
    return image


def open_inset(inset: bytes | PictureOrder) -> "Image":
    """Return an inset as pixels. An own picture shows no insets of its own."""
    from PIL import Image  # noqa: PLC0415 -- heavy: loaded with the first picture

    if isinstance(inset, PictureOrder):
        return _scene(inset)
    with Image.open(io.BytesIO(inset)) as image:
        return image.convert("RGB")


def _hang(image: "Image", insets: tuple[bytes | PictureOrder, ...]) -> None:
    """Put small copies into the upper left corner, from left to right, framed in white."""
    if not insets or min(image.size) < _LEAST_FOR_INSETS:
        return
    gap = max(2, min(image.size) // 40)
    room = (image.width - gap) // len(insets) - gap
    high = max(4, min(image.height // 5, room))
    x = gap
    for inset in insets:
        small = open_inset(inset)
        small.thumbnail((max(4, room), high))
        edge = max(1, gap // 6)
        image.paste((255, 255, 255), (x - edge, gap - edge, x + small.width + edge, gap + small.height + edge))
        image.paste(small, (x, gap))
        x += small.width + gap


def _scene(order: PictureOrder) -> "Image":
    from PIL import Image, ImageDraw  # noqa: PLC0415 -- heavy: loaded with the first picture

    rng = random.Random(f"{order.prompt}:{order.seed}")  # noqa: S311 -- colours
    above, horizon, sun, hill = rng.choice(_PALETTES)
    scale = min(1.0, _SCENE_SIDE / max(order.width, order.height))
    # Twice as large and then halved: Pillow's shapes have hard edges.
    width, height = max(8, 2 * round(order.width * scale)), max(8, 2 * round(order.height * scale))
    scene = Image.composite(
        Image.new("RGB", (width, height), horizon),
        Image.new("RGB", (width, height), above),
        Image.linear_gradient("L").resize((width, height)),
    )
    reach = min(width, height)
    x, y = round(width * rng.uniform(0.25, 0.75)), round(height * rng.uniform(0.28, 0.46))
    halo = round(reach * 0.42)
    glow = Image.radial_gradient("L").resize((2 * halo, 2 * halo)).point([max(0, 150 - i) * 3 // 4 for i in range(256)])
    scene.paste(Image.new("RGB", glow.size, sun), (x - halo, y - halo), glow)
    brush = ImageDraw.Draw(scene)
    disc = reach * 0.095
    brush.ellipse((x - disc, y - disc, x + disc, y + disc), fill=sun)
    for layer in range(_HILLS):
        share = 0.25 + 0.75 * (layer + 1) / _HILLS
        colour = tuple(round(far + (near - far) * share) for far, near in zip(horizon, hill, strict=True))
        brush.polygon(_ridge(rng, layer, width, height), fill=colour)
    return scene.reduce(2).resize((order.width, order.height), Image.Resampling.BICUBIC)


def _ridge(rng: random.Random, layer: int, width: int, height: int) -> list[tuple[float, float]]:
    base = height * (0.56 + 0.11 * layer)
    waves = [(rng.uniform(0.6, 3.4), rng.uniform(0, math.tau), rng.uniform(0.01, 0.04)) for _ in range(3)]
    step = max(1, width // 160)
    points = [
        (x, base + height * sum(size * math.sin(turns * math.tau * x / width + shift) for turns, shift, size in waves))
        for x in [*range(0, width, step), width]
    ]
    return [(0, height), *points, (width, height)]


def _write_on(image: "Image", order: PictureOrder) -> None:
    from PIL import Image, ImageDraw  # noqa: PLC0415 -- heavy: loaded with the first picture

    side = min(order.width, order.height)
    if side < 96:
        return
    size = max(12, side // 26)
    margin = side // 20
    text = Lettering(order.prompt, size)
    lines = text.lines(order.width - 4 * margin, 3)
    line_height = round(size * 1.45)
    pen = ImageDraw.Draw(image)
    if lines:
        wide = round(max(text.width(line) for line in lines)) + 2 * margin
        high = line_height * len(lines) + round(margin * 1.2)
        left, top = margin, order.height - margin - high
        card = Image.new("L", (wide, high), 0)
        ImageDraw.Draw(card).rounded_rectangle((0, 0, wide - 1, high - 1), radius=margin // 2, fill=120)
        image.paste((12, 14, 24), (left, top), card)
        for index, line in enumerate(lines):
            place = (left + margin, top + margin * 0.5 + index * line_height)
            text.draw(pen, place, line, (250, 248, 242))
    small = max(10, side // 48)
    label = Lettering(order.label, small)
    pen_place = (order.width - margin - label.width(order.label), margin)
    label.draw(pen, pen_place, order.label, (255, 255, 255))


def _encode(image: "Image", form: str) -> bytes:
    file = io.BytesIO()
    if form == "png":
        image.save(file, "PNG", compress_level=1)
    elif form == "webp":
        image.save(file, "WEBP", quality=80, method=0)
    else:
        image.save(file, "JPEG", quality=88)
    return file.getvalue()


def _tiny(order: PictureOrder) -> bytes:
    """Draw flat bands of few colours, which pack into some kilobytes at any size."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 -- heavy: loaded with the first picture

    above, horizon, _, hill = _PALETTES[order.seed % len(_PALETTES)]
    image = Image.new("P", (order.width, order.height), 0)
    bands = 8
    colours = [
        tuple(round(a + (b - a) * n / (bands - 1)) for a, b in zip(above, horizon, strict=True)) for n in range(bands)
    ]
    image.putpalette([part for colour in [*colours, hill] for part in colour])
    pen = ImageDraw.Draw(image)
    for band in range(bands):
        pen.rectangle((0, order.height * band // bands, order.width, order.height), fill=band)
    pen.rectangle((0, order.height * 7 // 8, order.width, order.height), fill=bands)
    file = io.BytesIO()
    if order.form == "png":
        image.save(file, "PNG", compress_level=9)
    elif order.form == "webp":
        image.convert("RGB").save(file, "WEBP", quality=10, method=0)
    else:
        image.convert("RGB").save(file, "JPEG", quality=5, optimize=True, progressive=True)
    return file.getvalue()

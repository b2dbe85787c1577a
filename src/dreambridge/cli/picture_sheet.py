"""Lay pictures out on a screen: side by side while they fit, then one row under another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

_TALLEST: Final = 24
_LOWEST: Final = 3
# All in one row are preferred to larger ones in several, if they are at least as tall as this.
_LARGE_ENOUGH: Final = 8
_GAP: Final = 1


@dataclass(frozen=True, slots=True)
class Screen:
    """How many characters a screen has, and how many pixels one of them."""

    columns: int
    lines: int
    cell_width: int
    cell_height: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures beside each other on one, with nothing between them, and the characters that it covers."""

    picture: "Image"
    columns: int
    lines: int


def lay_out(pictures: Sequence["Image"], screen: Screen) -> list[Sheet]:
    """Make rows of pictures, as tall as leave a third of the screen free; those that do not fit are left out."""
    room = max(_LOWEST, screen.lines * 2 // 3)
    heights = range(min(_TALLEST, room), _LOWEST - 1, -1)
    ways = {
        lines: _fill_rows([_measure(each, lines, screen) for each in pictures], screen.columns) for lines in heights
    }
    beside = (lines for lines in heights if len(ways[lines]) == 1 and lines >= _LARGE_ENOUGH)
    fitting = (lines for lines in heights if len(ways[lines]) * lines <= room)
    lines = next(beside, None) or next(fitting, _LOWEST)
    shown = ways[lines][: max(1, room // lines)]
    return [_draw([(pictures[place], width) for place, width in row], lines, screen) for row in shown]


def _measure(picture: "Image", lines: int, screen: Screen) -> int:
    """Count the characters that a picture of so many lines is wide."""
    width = picture.width * lines * screen.cell_height / (picture.height * screen.cell_width)
    return max(1, min(screen.columns, round(width)))


def _fill_rows(widths: Sequence[int], columns: int) -> list[list[tuple[int, int]]]:
    rows: list[list[tuple[int, int]]] = []
    taken = columns
    for place, width in enumerate(widths):
        if taken + _GAP + width > columns:
            rows.append([])
            taken = -_GAP
        rows[-1].append((place, width))
        taken += _GAP + width
    return rows


def _draw(row: Sequence[tuple["Image", int]], lines: int, screen: Screen) -> Sheet:
    from PIL import Image, ImageOps  # noqa: PLC0415 - only what draws needs it

    columns = sum(width for _, width in row) + _GAP * (len(row) - 1)
    sheet = Image.new("RGBA", (columns * screen.cell_width, lines * screen.cell_height))
    left = 0
    for picture, width in row:
        box = (width * screen.cell_width, lines * screen.cell_height)
        drawn = picture.convert("RGBA")
        # A picture far wider than the screen would be squeezed; all others fill their box but for a hair.
        fits = _measure(picture, lines, screen) < screen.columns
        drawn = drawn.resize(box, Image.Resampling.LANCZOS) if fits else ImageOps.contain(drawn, box)
        sheet.paste(drawn, (left, 0))
        left += box[0] + _GAP * screen.cell_width
    return Sheet(sheet, columns, lines)

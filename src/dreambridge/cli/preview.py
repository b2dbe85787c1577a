"""Show small pictures in a terminal that can, and tell which ways it can."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from dreambridge.cli.drawing import build_blocks, encode_iterm, encode_kitty
from dreambridge.cli.sixel import encode_sixel
from dreambridge.cli.terminal_query import Answers, ask_terminal, measure_cell

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console

    from dreambridge.cli.picture_sheet import Sheet


class Preview(StrEnum):
    """How pictures are shown: by a protocol of terminals, by coloured blocks, or not at all."""

    AUTO = "auto"
    KITTY = "kitty"
    ITERM = "iterm"
    SIXEL = "sixel"
    BLOCKS = "blocks"
    NONE = "none"


PreviewOption: TypeAlias = Annotated[
    Preview,
    typer.Option(
        "--preview",
        envvar="DREAMBRIDGE_PREVIEW",
        help="Show results in the terminal by kitty, iterm, sixel, blocks or none; auto asks it what it can.",
    ),
]

# Of terminals that could not be asked, those that are known by name.
_BY_NAME: Final = MappingProxyType(
    {
        "xterm-kitty": Preview.KITTY,
        "xterm-ghostty": Preview.KITTY,
        "ghostty": Preview.KITTY,
        "WezTerm": Preview.KITTY,
        "foot": Preview.SIXEL,
        "foot-extra": Preview.SIXEL,
        "mlterm": Preview.SIXEL,
    }
)
_PICTURELESS: Final = frozenset({"", "dumb", "linux", "unknown"})
_COLOURFUL: Final = frozenset({"truecolor", "256", "windows"})
# What a VT340 had, and what terminals that hide their true size pretend to have.
_USUAL_CELL: Final = (10, 20)


def may_show(preview: Preview) -> bool:
    """Tell whether pictures will be shown: somebody must be looking at standard output."""
    return preview is not Preview.NONE and sys.stdout.isatty()


def show_stills(stills: Sequence[bytes], preview: Preview) -> None:
    """Draw pictures on standard output, side by side while they fit; nothing where that cannot be."""
    if not stills or not may_show(preview):
        return
    from rich.console import Console  # noqa: PLC0415 - only what draws needs it

    console = Console()
    answers = None
    if preview is Preview.AUTO:
        preview, answers = choose_way(os.environ, console)
    if preview is not Preview.NONE and (pictures := _open(stills)):
        _draw(pictures, preview, console, answers)


def choose_way(environment: Mapping[str, str], console: "Console") -> tuple[Preview, Answers | None]:
    """Choose the best way that the terminal knows, and give its answers, by asking it unless it is known to be plain.

    `NO_COLOR` and a terminal without colours mean no picture.
    """
    name = environment.get("TERM", "")
    if name in _PICTURELESS or environment.get("NO_COLOR"):
        return Preview.NONE, None
    shared = _is_shared(environment)
    # Apple's writes the question out.
    answers = ask_terminal(kitty=not shared and environment.get("TERM_PROGRAM") != "Apple_Terminal")
    way = _read_way(environment, answers, shared=shared)
    if way is Preview.BLOCKS and console.color_system not in _COLOURFUL:
        way = Preview.NONE
    return way, answers


def _is_shared(environment: Mapping[str, str]) -> bool:
    """Tell whether tmux or screen is between us and the terminal: then only what these draw themselves is seen."""
    named = environment.get("TERM", "").startswith(("tmux", "screen"))
    return named or bool(environment.get("TMUX") or environment.get("STY"))


def _read_way(environment: Mapping[str, str], answers: Answers | None, *, shared: bool) -> Preview:
    if answers is not None and answers.kitty:
        return Preview.KITTY
    if not shared and "iTerm" in environment.get("LC_TERMINAL", "") + environment.get("TERM_PROGRAM", ""):
        return Preview.ITERM
    if answers is not None:
        return Preview.SIXEL if answers.sixel else Preview.BLOCKS
    if shared:
        return Preview.BLOCKS
    names = (environment.get("TERM", ""), environment.get("TERM_PROGRAM", ""))
    return next((_BY_NAME[each] for each in names if each in _BY_NAME), Preview.BLOCKS)


def _open(stills: Sequence[bytes]) -> list["Image"]:
    from PIL import Image as PillowImage  # noqa: PLC0415 - only what draws needs it

    pictures: list[PillowImage.Image] = []
    for still in stills:
        try:
            picture = PillowImage.open(BytesIO(still))
            picture.load()
        except (OSError, PillowImage.DecompressionBombError):
            continue
        pictures.append(picture)
    return pictures


def _draw(pictures: Sequence["Image"], way: Preview, console: "Console", answers: Answers | None) -> None:
    from dreambridge.cli.picture_sheet import Screen, lay_out  # noqa: PLC0415 - only what draws needs it

    size = shutil.get_terminal_size()
    told = answers.cell if answers else None
    # Blocks draw two dots in each character, one over the other.
    cell = (1, 2) if way is Preview.BLOCKS else told or measure_cell(sys.stdout.fileno()) or _USUAL_CELL
    # The last column stays free: a terminal may begin a new line after it.
    for sheet in lay_out(pictures, Screen(max(1, size.columns - 1), size.lines, *cell)):
        if way is Preview.BLOCKS:
            console.print(build_blocks(sheet.picture), end="")
        else:
            _print_over(sheet, _encode(sheet, way))


def _encode(sheet: "Sheet", way: Preview) -> bytes:
    if way is Preview.SIXEL:
        return encode_sixel(sheet.picture)
    encode = encode_kitty if way is Preview.KITTY else encode_iterm
    return encode(sheet.picture, sheet.columns, sheet.lines)


def _print_over(sheet: "Sheet", drawing: bytes) -> None:
    """Make room first, draw into it, and go on below: terminals disagree on where drawing leaves the cursor."""
    make_room = b"\n" * sheet.lines + b"\x1b[%dA" % sheet.lines
    sys.stdout.flush()
    sys.stdout.buffer.write(make_room + b"\x1b7" + drawing + b"\x1b8\x1b[%dB\r" % sheet.lines)
    sys.stdout.buffer.flush()

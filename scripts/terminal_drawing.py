"""Draw what a terminal shows as SVG that loads nothing from elsewhere."""

import io
import re
from collections.abc import Mapping
from typing import Final

from rich.cells import cell_len
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS: Final = 108
THEME: Final = TerminalTheme(
    (24, 26, 31),
    (214, 218, 226),
    [(62, 68, 81), (240, 113, 120), (152, 195, 121), (229, 192, 123),
     (97, 175, 239), (198, 120, 221), (86, 182, 194), (214, 218, 226)],
    [(108, 116, 131), (255, 139, 146), (171, 216, 141), (245, 212, 145),
     (122, 195, 255), (216, 145, 238), (110, 203, 214), (255, 255, 255)],
)  # fmt: skip
# Rich's own names a font of a distribution network, which a page of ours does not ask.
FORMAT: Final = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas,
"Noto Sans Mono CJK SC", monospace;
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<!-- blocks -->
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
NAME: Final = "t"
# Half a line, and a character's width, in the units of Rich's drawing.
DOT: Final = 12.2
# Rich takes wide characters for narrow ones here.
WIDE: Final = re.compile(r'textLength="[\d.]+"([^>]*)>([\u2e80-\uffef]+)<')


def draw(screen: str, title: str) -> str:
    """Draw a screen as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    letters, dots = part(Text.from_ansi(screen), console)
    console.print(letters, no_wrap=True, overflow="crop", highlight=False)
    # Room below the last line, whose letters would be cut.
    console.print()
    svg = console.export_svg(title=title, theme=THEME, code_format=FORMAT, unique_id=NAME)
    svg = WIDE.sub(lambda found: f'textLength="{2 * DOT * len(found[2]):g}"{found[1]}>{found[2]}<', svg)
    return "\n".join(line.rstrip() for line in svg.replace("<!-- blocks -->", draw_dots(dots)).splitlines()) + "\n"


def part(text: Text, console: Console) -> tuple[Text, dict[tuple[int, int], str]]:
    """Part half blocks, by the place of each half, from letters: as letters of a font they would have seams."""
    letters, dots = Text(), {}
    for line, segments in enumerate(Segment.split_lines(text.render(console))):
        column = 0
        for characters, style, _ in segments:
            blocks = style is not None and characters[0] in "▀▄"
            if blocks:
                letters.append(" " * len(characters))
            else:
                append_apart(letters, characters, style)
            if blocks and style is not None:
                halves = (style.color, style.bgcolor) if characters[0] == "▀" else (style.bgcolor, style.color)
                for half, colour in enumerate(halves):
                    if colour is not None:
                        named = shade(colour)
                        dots.update({(column + n, 2 * line + half): named for n in range(len(characters))})
            column += cell_len(characters)
        letters.append("\n")
    letters.rstrip()
    return letters, dots


def append_apart(letters: Text, characters: str, style: Style | None) -> None:
    """Append characters, wide ones as runs of their own: a font may draw them narrower than two others."""
    for run in re.findall(r"[\u2e80-\uffef]+|[^\u2e80-\uffef]+", characters):
        apart = Style(bold=False) if cell_len(run) > len(run) else Style()
        letters.append(run, (style or Style()) + apart)


def shade(colour: Color) -> str:
    """Name a colour, of 32 shades of each light, for fewer of them make a smaller file."""
    return "#" + "".join(f"{min(255, each // 8 * 8 + 4):02x}" for each in colour.get_truecolor(THEME))


def draw_dots(dots: Mapping[tuple[int, int], str]) -> str:
    """Draw dots, those of one colour in one go, and neighbours as one."""
    paths: dict[str, str] = {}
    for (column, line), colour in dots.items():
        if dots.get((column - 1, line)) == colour:
            continue
        width = 1
        while dots.get((column + width, line)) == colour:
            width += 1
        paths[colour] = paths.get(colour, "") + f"M{column} {line}h{width}v1h-{width}z"
    drawn = "\n".join(f'<path fill="{colour}" d="{path}"/>' for colour, path in sorted(paths.items()))
    return f'<g transform="translate(0, 1.5) scale({DOT})" shape-rendering="crispEdges">\n{drawn}\n</g>' if dots else ""

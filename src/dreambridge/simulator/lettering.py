"""Text on placeholder pictures: fonts that may be there, line breaks, boxes for characters no font has."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

# Where systems keep a font with Chinese, Japanese and Korean characters. None is guaranteed.
_CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simsun.ttc",
)
_FIRST_CJK = 0x2E80
_LAST_LATIN = 0x24F
_PUNCTUATION = "–—‘’“”…·"
_FULL_WIDTH = str.maketrans("，。！？：；（）、“”《》【】", ',.!?:;(),""<>[]')
_MOST_BOXES = 8  # boxes in a row; a longer run of unknown characters shows an ellipsis after them


@lru_cache(maxsize=1)
def cjk_font_path() -> str | None:
    """Return a system font with CJK characters; None when there is none."""
    return next((path for path in _CJK_FONTS if Path(path).is_file()), None)


@lru_cache(maxsize=64)
def font(size: int, *, cjk: bool) -> "FreeTypeFont":
    """Return a font of this size in pixels: the system's CJK font, or the one that ships with Pillow."""
    from PIL import ImageFont  # noqa: PLC0415 -- heavy: loaded with the first picture

    path = cjk_font_path() if cjk else None
    if path:
        return ImageFont.truetype(path, size)
    loaded = ImageFont.load_default(size)
    if not isinstance(loaded, ImageFont.FreeTypeFont):  # pragma: no cover -- Pillow built without FreeType
        raise TypeError("Pillow has no FreeType support")
    return loaded


class Lettering:
    """Break and draw one text in one size."""

    def __init__(self, text: str, size: int) -> None:
        needs_cjk = any(ord(letter) >= _FIRST_CJK for letter in text)
        self._cjk = needs_cjk and cjk_font_path() is not None
        self._font = font(size, cjk=self._cjk)
        self._size = size
        self._text = text if self._cjk else text.translate(_FULL_WIDTH)

    def lines(self, width: int, most: int) -> list[str]:
        """Break the text into at most `most` lines no wider than `width`; the last one may end in an ellipsis."""
        lines: list[str] = []
        line = ""
        for word in self._words():
            if line and self.width(line + word) > width:
                lines.append(line.strip())
                line = ""
                if len(lines) == most:
                    break
            line += word
        if len(lines) < most and line.strip():
            lines.append(line.strip())
        elif len(lines) == most:
            last = lines[-1]
            while last and self.width(last + "…") > width:
                last = last[:-1]
            lines[-1] = last + "…" if line.strip() or last != lines[-1] else last
        return lines

    def width(self, text: str) -> float:
        """Return the width of a text in pixels."""
        known = "".join(letter for letter in text if self._draws(letter))
        boxes = len(text) - len(known)
        return float(self._font.getlength(known)) + boxes * self._size

    def draw(self, canvas: "ImageDraw", place: tuple[float, float], line: str, fill: tuple[int, ...]) -> None:
        """Draw one line with its upper left corner at `place`."""
        x, y = place
        run = ""
        boxes = 0
        for letter in line:
            if self._draws(letter):
                run += letter
                boxes = 0
                continue
            canvas.text((x, y), run, font=self._font, fill=fill)
            x += float(self._font.getlength(run))
            run = ""
            boxes += 1
            self._box(canvas, x, y, fill)
            x += self._size
        canvas.text((x, y), run, font=self._font, fill=fill)

    def _words(self) -> list[str]:
        words: list[str] = []
        run = 0
        for letter in " ".join(self._text.split()):
            unknown = not self._draws(letter)
            run = run + 1 if unknown else 0
            if run > _MOST_BOXES:
                if run == _MOST_BOXES + 1:
                    words.append("…")
                continue
            if words and self._is_latin(letter) and self._is_latin(words[-1][-1]):
                words[-1] += letter
            else:
                words.append(letter)
        return words

    def _is_latin(self, letter: str) -> bool:
        """Tell whether a letter belongs to a word: lines break at spaces and beside any other letter."""
        return letter != " " and ord(letter) < _FIRST_CJK and self._draws(letter)

    def _draws(self, letter: str) -> bool:
        if self._cjk:
            return True
        return ord(letter) <= _LAST_LATIN or letter in _PUNCTUATION

    def _box(self, canvas: "ImageDraw", x: float, y: float, fill: tuple[int, ...]) -> None:
        inset = self._size * 0.12
        corner = (x + inset, y + inset * 1.6, x + self._size - inset, y + self._size)
        canvas.rounded_rectangle(corner, radius=self._size * 0.16, outline=fill, width=max(1, self._size // 16))

"""Reads from a person's words what to make: how many, of what shape, how large. Equal words, equal plan."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

_DIGITS: Mapping[str, int] = {
    **{word: number for number, word in enumerate("一二三四五六七八九十", 1)},
    "两": 2,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_CHINESE = re.compile(r"([一二两三四五六七八九十]|\d{1,2})\s*[张幅个只条段]")
_ENGLISH = re.compile(r"\b(one|two|three|four|five|six|seven|eight|nine|ten)\b")
_FIGURE = re.compile(r"(?<![\d:.])\b(\d{1,2})\s+(?!seconds?\b)[a-z]{3,}")
_RATIO = re.compile(r"(?<!\d)(\d{1,2}):(\d{1,2})(?!\d)")
_RESOLUTION = re.compile(r"(?<![\d.])(1\.5|1|2|4)k\b")
_SECONDS = re.compile(r"(\d{1,2})\s*(?:秒|s\b|sec)")
_VIDEO = re.compile(r"视频|动画|短片|\bvideos?\b|\bclips?\b|\banimat")
_PICTURE = re.compile(
    r"画|图|照片|海报|绘|生成|设计|壁纸|头像|插画"
    r"|\b(?:draw|paint|pictures?|images?|photos?|illustrat\w*|posters?|logos?|sketch\w*|generate|render)\b"
)
_AGAIN = re.compile(r"再来|再画|换一|another|again|once more")
_SHAPES: Mapping[str, str] = {
    "竖": "9:16",
    "横": "16:9",
    "方": "1:1",
    "portrait": "9:16",
    "landscape": "16:9",
    "square": "1:1",
}
_MOST = 12
_MOST_A_CALL = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make. `number` 0 leaves it to the model; `ratio`, `resolution` and `model` may be empty: not said."""

    prompt: str
    video: bool
    number: int
    ratio: str
    resolution: str
    seconds: int
    model: str = ""
    inputs: tuple[str, ...] = ()

    def calls(self) -> tuple["Plan", ...]:
        """Return one plan for each submission: pictures beyond four and every video get one of their own."""
        if self.video:
            return (replace(self, number=1),) * min(_MOST_A_CALL, max(1, self.number))
        whole, rest = divmod(self.number, _MOST_A_CALL)
        numbers = [_MOST_A_CALL] * whole + [rest] * (rest > 0)
        return tuple(replace(self, number=number) for number in numbers or [0])


def make_plan(text: str, *, earlier: str = "", forced: bool = False) -> Plan | None:
    """Return what the words ask for; None when they only talk. `earlier` is what "again" means.

    `forced` is for words that come with pictures or with parameters: they always want something made.
    """
    small = text.lower()
    again = bool(earlier and _AGAIN.search(small))
    video = bool(_VIDEO.search(small))
    if not (video or forced or again or _PICTURE.search(small)):
        return None
    ratio = _RATIO.search(small)
    size = _RESOLUTION.search(small)
    seconds = _SECONDS.search(small)
    shape = next((told for word, told in _SHAPES.items() if word in small), "")
    return Plan(
        prompt=earlier if again else text.strip(),
        video=video,
        number=min(_MOST, _number(small)),
        ratio=f"{int(ratio[1])}:{int(ratio[2])}" if ratio else shape,
        resolution=f"{size[1]}k" if size else "",
        seconds=int(seconds[1]) if seconds else 5,
    )


def _number(text: str) -> int:
    for pattern in (_CHINESE, _ENGLISH, _FIGURE):
        if found := pattern.search(text):
            return int(found[1]) if found[1].isdigit() else _DIGITS[found[1]]
    return 0

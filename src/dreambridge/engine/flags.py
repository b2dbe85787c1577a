"""Options written inside a prompt: `-re 2k` (of videos `-re 720p`), `-ra 16:9`, `-d 5`, and their `--` forms."""

import re
from dataclasses import dataclass
from typing import Final

from dreambridge.domain.errors import InvalidRequest

# A flag stands alone: nothing Latin or numeric before its dash (a Chinese word may be), then a space or `=`, then a
# value that begins with a digit. Anything else is the caller's text and is left as it is ("a bas-re lief", "-ra foo").
_FLAG: Final = re.compile(
    r"(?<![A-Za-z0-9_-])--?(?P<name>re|ra|ar|d)(?:[\s\u3000]+|=)(?P<value>[0-9][0-9A-Za-z:：.]*)",
    re.IGNORECASE | re.ASCII,
)
_RESOLUTION: Final = re.compile(r"\d{1,2}(?:\.\d)?k|\d{3,4}p", re.IGNORECASE | re.ASCII)
_RATIO: Final = re.compile(r"\d{1,4}[:：]\d{1,4}", re.ASCII)
_DURATION: Final = re.compile(r"(\d{1,4})s?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Flags:
    """A prompt without its flags, and what the flags said; `None` where there was none. `duration` is in seconds."""

    prompt: str
    ratio: str | None = None
    resolution: str | None = None
    duration: int | None = None


def read_flags(prompt: str) -> Flags:
    """Take the flags out of a prompt; the last of several counts, and a prompt without flags is returned untouched.

    Raises InvalidRequest for a ratio or resolution flag whose value has the wrong form. Whether a model can do the
    value is not decided here.
    """
    found: dict[str, str] = {}
    kept: list[str] = []
    end = 0
    for match in _FLAG.finditer(prompt):
        name, value = _name(match["name"]), match["value"].rstrip(".:：")
        if not _well_formed(name, value):
            continue
        found[name] = value
        kept.append(prompt[end : match.start()].rstrip())
        end = match.start("value") + len(value)
    if not found:
        return Flags(prompt)
    duration = _DURATION.fullmatch(found["d"]) if "d" in found else None
    return Flags(
        prompt="".join([*kept, prompt[end:]]).strip(),
        ratio=found["ra"].replace("：", ":") if "ra" in found else None,
        resolution=found["re"].lower() if "re" in found else None,
        duration=int(duration[1]) if duration else None,
    )


def _name(written: str) -> str:
    lowered = written.lower()
    return "ra" if lowered == "ar" else lowered


def _well_formed(name: str, value: str) -> bool:
    """Tell a flag from text; `-d` before a word is common prose, `-ra` and `-re` before a number are not."""
    if name == "d":
        return _DURATION.fullmatch(value) is not None
    form, example = (_RATIO, "-ra 16:9") if name == "ra" else (_RESOLUTION, "-re 2k")
    if form.fullmatch(value) is None:
        raise InvalidRequest(
            f"The flag -{name} in the prompt has the value '{value[:20]}'; write {example}.", param="prompt"
        )
    return True

"""Cut the prompt of an omni reference at the marks that stand for inputs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import InputKind, Segment

_WORDS: Final[Mapping[InputKind, tuple[str, ...]]] = MappingProxyType(
    {
        InputKind.IMAGE: ("image", "图", "图片", "image_file_"),
        InputKind.VIDEO: ("video", "视频", "video_file_"),
        InputKind.AUDIO: ("audio", "音频", "audio_file_"),
    }
)
_FILE: Final = "_file_"
_ANY_WORD: Final = "|".join(sorted((word for words in _WORDS.values() for word in words), key=len, reverse=True))
_WORD_CHARACTER: Final = re.compile(r"[A-Za-z0-9_%+@]")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where in a prompt a mark stands, and which input it means."""

    start: int
    end: int
    input: int


def list_marks(kinds: Sequence[InputKind], names: Sequence[str] = ()) -> dict[str, int]:
    """Give, for everything that may follow `@`, the index of its input; case-folded.

    A bare number counts all inputs, a number behind a word those of that kind. `names` are the caller's own, one per
    input; where they number a kind's files themselves, their numbers are the ones that count.
    """
    own = [name.strip().lstrip("@").casefold() for name in names[: len(kinds)]]
    marks: dict[str, int] = {}
    seen: dict[InputKind, int] = {}
    for index, kind in enumerate(kinds):
        seen[kind] = seen.get(kind, 0) + 1
        marks[str(index + 1)] = index
        for word in _WORDS[kind]:
            if not (word.endswith(_FILE) and any(name.startswith(word) for name in own)):
                marks[f"{word}{seen[kind]}"] = index
    marks.update({name: index for index, name in enumerate(own) if name and own.count(name) == 1})
    return marks


def find_marks(prompt: str, marks: Mapping[str, int]) -> Iterator[Mark]:
    """Find the marks in a prompt: `@1`, `@图1`, `@image1`, `@image_file_1`, `[Image 1]` and the like.

    What only looks like one stays text: an `@` inside a word or an address, a number that goes on. Raises
    `InvalidRequest` for a mark of an input that is not there.
    """
    names = "|".join(re.escape(name) for name in sorted(marks, key=len, reverse=True) if not name.isdecimal())
    pattern = re.compile(
        rf"@(?P<at>{names + '|' if names else ''}(?:{_ANY_WORD})?[0-9]{{1,3}})(?![A-Za-z0-9_]|\.[A-Za-z0-9])"
        rf"|\[(?P<word>{_ANY_WORD})\s?(?P<number>[0-9]{{1,3}})\]",
        re.IGNORECASE,
    )
    last = 0
    for found in pattern.finditer(prompt):
        start = found.start()
        inside = start > last and _WORD_CHARACTER.match(prompt[start - 1])
        if prompt[start] == "@" and inside:
            continue
        key = found["at"] or f"{found['word']}{found['number']}"
        index = marks.get(key.casefold())
        if index is None:
            raise InvalidRequest(
                f"The prompt marks an input {found[0]} that is not there. Marks that are: {_tell(marks)}.",
                param="prompt",
            )
        last = found.end()
        yield Mark(start, last, index)


def cut_prompt(prompt: str, kinds: Sequence[InputKind], names: Sequence[str] = ()) -> tuple[Segment, ...]:
    """Cut a prompt at its marks; the text between them is kept as it is.

    Inputs that no mark means come first, in their order, so that none is sent in vain. Raises `InvalidRequest` for a
    mark of an input that is not there.
    """
    found = list(find_marks(prompt, list_marks(kinds, names)))
    meant = {mark.input for mark in found}
    segments = [Segment(input=index) for index in range(len(kinds)) if index not in meant]
    position = 0
    for mark in found:
        if mark.start > position:
            segments.append(Segment(text=prompt[position : mark.start]))
        segments.append(Segment(input=mark.input))
        position = mark.end
    if position < len(prompt):
        segments.append(Segment(text=prompt[position:]))
    return tuple(segments)


def _tell(marks: Mapping[str, int]) -> str:
    """List one or two marks of each input: the bare number, and the last name it has."""
    told: dict[int, list[str]] = {}
    for name, index in marks.items():
        told.setdefault(index, []).append(f"@{name}")
    return ", ".join(" or ".join(dict.fromkeys((names[0], names[-1]))) for _, names in sorted(told.items())) or "none"

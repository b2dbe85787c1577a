"""Check what a video is to be made from, before anything is uploaded: number, kind, size and length of inputs."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dreambridge.catalog.video import FrameLimits, MediaLimits, OmniLimits
from dreambridge.domain.errors import InputUnusable, InvalidRequest
from dreambridge.domain.generation import InputKind, MediaInput, VideoMode, VideoWish

_FIELDS: Final = MappingProxyType({InputKind.IMAGE: "images", InputKind.VIDEO: "videos", InputKind.AUDIO: "audios"})
_PLURALS: Final = MappingProxyType({InputKind.IMAGE: "pictures", InputKind.VIDEO: "videos", InputKind.AUDIO: "sounds"})
_PICTURES: Final = MappingProxyType({VideoMode.TEXT: 0, VideoMode.FIRST_FRAME: 1, VideoMode.FIRST_LAST_FRAMES: 2})


@dataclass(frozen=True, slots=True)
class Materials:
    """The inputs of a wish with the caller's own names for them; `owner` is the model and its site, for messages."""

    wish: VideoWish
    owner: str

    def field(self, index: int) -> str:
        """Name the field of the caller that an input came in."""
        names = self.wish.input_names
        return (names[index] if index < len(names) else "") or _FIELDS[self.wish.inputs[index].kind]

    def check_pictures(self, mode: VideoMode) -> None:
        """Refuse inputs that are not exactly the pictures that a mode with fixed places is made from."""
        needed = _PICTURES[mode]
        self._check_only_pictures(mode)
        given = len(self.wish.inputs)
        if given != needed:
            raise InvalidRequest(
                f"Pictures that the mode {mode} takes: {needed}; given: {given}.",
                param=self.field(needed) if given > needed else "images",
                code="array_above_max_length" if given > needed else "missing_required_parameter",
            )

    def check_frames(self, limits: FrameLimits) -> int:
        """Refuse key frames outside the limits; give the whole length in seconds."""
        frames = self.wish.frames
        self._check_only_pictures(VideoMode.MULTI_FRAME)
        if not limits.least <= len(frames) <= limits.most:
            raise InvalidRequest(
                f"frames has {len(frames)} entries; {self.owner} takes {limits.least} to {limits.most}.", param="frames"
            )
        first, last = limits.seconds
        for number, frame in enumerate(frames, 1):
            if not 0 <= frame.input < len(self.wish.inputs):
                raise InvalidRequest(f"Frame {number} has no picture among the inputs.", param="frames")
            if not first <= frame.seconds <= last:
                raise InvalidRequest(
                    f"Frame {number} lasts {frame.seconds} s; allowed: {first} to {last} whole seconds.", param="frames"
                )
        unused = {*range(len(self.wish.inputs))} - {frame.input for frame in frames}
        if unused:
            index = min(unused)
            raise InvalidRequest(f"Picture {index + 1} belongs to no frame.", param=self.field(index))
        total = sum(frame.seconds for frame in frames)
        if total < limits.least_seconds:
            raise InvalidRequest(
                f"The frames last {total} s together; allowed: at least {limits.least_seconds}.", param="frames"
            )
        return total

    def check_references(self, limits: OmniLimits) -> None:
        """Refuse references that are too many, too large, too long, of another shape or format, or sounds alone."""
        inputs = self.wish.inputs
        if not inputs:
            raise InvalidRequest(
                f"omni_reference needs at least one input; {self.owner} takes {limits.total}.",
                param="images",
                code="missing_required_parameter",
            )
        if len(inputs) > limits.total:
            raise self._too_many("inputs in all", limits.total, len(inputs), limits.total)
        if all(each.kind is InputKind.AUDIO for each in inputs):
            raise InvalidRequest(
                "A sound alone makes no video; add a picture or a video as reference.", param=self.field(0)
            )
        for kind in InputKind:
            self._check_kind(kind, limits.of(kind))

    def _check_kind(self, kind: InputKind, limits: MediaLimits) -> None:
        mine = [(index, each) for index, each in enumerate(self.wish.inputs) if each.kind is kind]
        if limits.most is not None and len(mine) > limits.most:
            raise self._too_many(f"{_PLURALS[kind]} as references", limits.most, len(mine), mine[limits.most][0])
        total = 0.0
        for index, each in mine:
            for problem in _find_faults(each, limits):
                raise InputUnusable(
                    f"{self.field(index)} {problem} ({self.owner}).", param=self.field(index), code=f"invalid_{kind}"
                )
            total += each.seconds or 0.0
            if limits.seconds_total is not None and total > limits.seconds_total:
                raise InputUnusable(
                    f"The {_PLURALS[kind]} last {total:.2f} s together; {self.owner} takes at most "
                    f"{limits.seconds_total:g} s.",
                    param=self.field(index),
                    code=f"invalid_{kind}",
                )

    def _check_only_pictures(self, mode: VideoMode) -> None:
        for index, each in enumerate(self.wish.inputs):
            if each.kind is not InputKind.IMAGE:
                raise InvalidRequest(
                    f"{self.field(index)} is of the kind {each.kind}; the mode {mode} takes pictures only.",
                    param=self.field(index),
                )

    def _too_many(self, what: str, most: int, given: int, index: int) -> InvalidRequest:
        return InvalidRequest(
            f"{self.owner} takes at most {most} {what}; {given} were given.",
            param=self.field(index),
            code="array_above_max_length",
        )


def _find_faults(each: MediaInput, limits: MediaLimits) -> Iterator[str]:
    """Say what is wrong with one input, each with its limit; what is not known of it is not judged."""
    if limits.max_bytes is not None and each.bytes > limits.max_bytes:
        yield f"has {each.bytes} bytes; allowed: at most {limits.max_bytes}"
    extension = each.extension.lstrip(".").casefold()
    if limits.formats and extension not in limits.formats:
        yield f"is {extension or each.media_type}; allowed: {', '.join(limits.formats)}"
    if each.dimensions is not None:
        wide, high = each.dimensions.width, each.dimensions.height
        if limits.sides and not limits.sides[0] <= min(wide, high) <= max(wide, high) <= limits.sides[1]:
            yield f"has {each.dimensions} pixels; allowed: sides from {limits.sides[0]} to {limits.sides[1]}"
        if limits.shape and not limits.shape[0] <= wide / high <= limits.shape[1]:
            yield (
                f"is {wide / high:.2f} times as wide as high; allowed: {limits.shape[0]:g} to {limits.shape[1]:g} times"
            )
    if each.seconds is not None and limits.seconds and not limits.seconds[0] <= each.seconds <= limits.seconds[1]:
        yield f"lasts {each.seconds:.2f} s; allowed: {limits.seconds[0]:g} to {limits.seconds[1]:g} s"

"""Check a wish for a video against a model on a site: what comes out can be asked of it, or is refused by name."""

import math
from dataclasses import dataclass, replace
from typing import Final

from dreambridge.catalog.agent_planning import refuse_agent
from dreambridge.catalog.bounds import MAX_PROMPT, MAX_SEED, check_length, check_prompt, check_whole
from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.marks import cut_prompt
from dreambridge.catalog.materials import Materials
from dreambridge.catalog.model import Alias, ModelSpec
from dreambridge.catalog.sizing import Asked, NativeSize, build_menu, read_shape
from dreambridge.catalog.video import VideoSpec
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.generation import (
    Dimensions,
    Frame,
    InputKind,
    Kind,
    Segment,
    VideoMode,
    VideoRequest,
    VideoWish,
)

_FRAME_MODES: Final = (VideoMode.FIRST_FRAME, VideoMode.FIRST_LAST_FRAMES, VideoMode.MULTI_FRAME)
"""Modes in which a picture of the caller's is part of the video: its shape is the video's, and words may be absent."""
_BY_PICTURES: Final = (VideoMode.TEXT, VideoMode.FIRST_FRAME, VideoMode.FIRST_LAST_FRAMES)


def plan_video(catalog: Catalog, wish: VideoWish, site: str) -> VideoRequest:
    """Turn a wish into a request that `site` can do; touches no network, spends nothing.

    Raises `InvalidRequest`, `InputUnusable`, `UnknownModel` or `UnsupportedOption`; each names the caller's field, its
    limits and what the model can do there.
    """
    asked_model = (wish.model or "").strip() or wish.default_model
    refuse_agent(asked_model)
    spec = catalog.resolve(asked_model, site)
    video = _require_video(spec)
    mode = choose_mode(wish)
    if mode not in video.modes:
        raise _refuse_mode(catalog, spec, video, mode, site)
    plan = _Plan(wish, spec, video, mode, Materials(wish, f"{spec.name} on {site}"))
    plan.check_words()
    check_whole("seed", wish.seed, 1, MAX_SEED)
    alias = catalog.alias(asked_model)
    seconds = plan.choose_seconds(alias if alias and alias.target == spec.name else None)
    asked = read_shape(wish.ratio, wish.resolution, wish.size)
    menu = build_menu(spec, catalog.site(site), catalog.geometry)
    # Nothing is cut or scaled: a size only chooses among those that the model makes.
    size, _exact = menu.choose(asked)
    frame = plan.first_frame()
    native = menu.nearest_to(frame, size.tier) if frame else size
    return VideoRequest(
        prompt=wish.prompt,
        model=spec.name,
        asked_model=asked_model,
        mode=mode,
        ratio=size.ratio if _names_shape(asked) else native.ratio,
        resolution=size.sent_tier,
        seconds=seconds,
        native=native.native,
        inputs=wish.inputs,
        frames=plan.worded_frames(),
        segments=plan.segments(),
        seed=wish.seed,
        ignored=(*asked.ignored, *_overruled(asked, size, native), *plan.ignored()),
        remixed_from=wish.remixed_from,
    )


def choose_mode(wish: VideoWish) -> VideoMode:
    """Tell from what a video is to be made: as said, else as frames and inputs show.

    The sites call everything from no picture to two `first_last_frames`, so there the pictures decide as well.
    """
    if wish.mode is not None and wish.mode is not VideoMode.FIRST_LAST_FRAMES:
        return wish.mode
    pictures_only = all(each.kind is InputKind.IMAGE for each in wish.inputs)
    if wish.mode is None:
        if wish.frames:
            return VideoMode.MULTI_FRAME
        if not pictures_only or len(wish.inputs) >= len(_BY_PICTURES):
            return VideoMode.OMNI_REFERENCE
    return _BY_PICTURES[min(len(wish.inputs), len(_BY_PICTURES) - 1)]


@dataclass(frozen=True, slots=True)
class _Plan:
    """One wish being checked against one model."""

    wish: VideoWish
    spec: ModelSpec
    video: VideoSpec
    mode: VideoMode
    materials: Materials

    def check_words(self) -> None:
        """Refuse words that are missing or too many."""
        most = self.video.max_prompt or MAX_PROMPT
        if self.mode in _FRAME_MODES:
            check_length("prompt", self.wish.prompt, most)
        else:
            check_prompt(self.wish.prompt, most)
        for frame in self.wish.frames:
            check_length("frames", frame.prompt, most)

    def choose_seconds(self, alias: Alias | None) -> int:
        """Check the inputs, and choose the length; of key frames it is theirs."""
        wish, video = self.wish, self.video
        asked = _whole_seconds(wish.seconds)
        if self.mode is VideoMode.MULTI_FRAME and video.multi_frame:
            total = self.materials.check_frames(video.multi_frame)
            if asked not in {None, total}:
                raise InvalidRequest(
                    f"duration is {asked}, and the frames last {total} s together; leave duration out.",
                    param="duration",
                )
            return total
        if wish.frames:
            raise InvalidRequest(f"frames go with the mode multi_frame, not with {self.mode}.", param="frames")
        if self.mode is VideoMode.OMNI_REFERENCE and video.omni:
            self.materials.check_references(video.omni)
        else:
            self.materials.check_pictures(self.mode)
        if alias is not None and asked is None:
            asked = alias.default_seconds
        if asked is None:
            return video.default_seconds
        true = alias.seconds.get(asked, asked) if alias else asked
        if true not in video.seconds:
            raise UnsupportedOption(
                f"{self.spec.name} makes no video of {asked} s; it can do: {video.lengths} s.", param="duration"
            )
        return true

    def first_frame(self) -> Dimensions | None:
        """Give the size of the picture that the video begins with; `None` without one."""
        if self.mode not in _FRAME_MODES:
            return None
        first = self.wish.frames[0].input if self.wish.frames else 0
        return self.wish.inputs[first].dimensions

    def segments(self) -> tuple[Segment, ...]:
        """Cut the prompt at its marks; only an omni reference has any."""
        if self.mode is not VideoMode.OMNI_REFERENCE:
            return ()
        return cut_prompt(self.wish.prompt, [each.kind for each in self.wish.inputs], self.wish.input_names)

    def worded_frames(self) -> tuple[Frame, ...]:
        """Give the key frames, those without words of their own with the prompt: the site reads no other place."""
        return tuple(
            frame if frame.prompt.strip() else replace(frame, prompt=self.wish.prompt) for frame in self.wish.frames
        )

    def ignored(self) -> tuple[str, ...]:
        """Name the prompt when every key frame has words of its own."""
        frames = self.wish.frames
        unread = frames and self.wish.prompt.strip() and all(frame.prompt.strip() for frame in frames)
        return ("prompt",) if unread else ()


def _require_video(spec: ModelSpec) -> VideoSpec:
    if spec.kind is not Kind.VIDEO:
        raise UnsupportedOption(f"The model {spec.name} makes {spec.kind}, not videos.", param="model")
    if not spec.offered or spec.video is None:
        raise UnsupportedOption(
            f"The model {spec.name} is known by name only; what it can make is not, so it cannot be asked for.",
            param="model",
        )
    return spec.video


def _refuse_mode(catalog: Catalog, spec: ModelSpec, video: VideoSpec, mode: VideoMode, site: str) -> UnsupportedOption:
    return UnsupportedOption(
        f"{spec.name} cannot make a video in the mode {mode}; it can do: {', '.join(video.modes)}. Models on {site} "
        f"that can: {catalog.able(site, lambda each: each.video and mode in each.video.modes)}.",
        param="model",
    )


def _whole_seconds(seconds: float | None) -> int | None:
    if seconds is None:
        return None
    if not math.isfinite(seconds) or seconds != int(seconds) or seconds < 1:
        raise InvalidRequest(f"duration is {seconds}; allowed: whole seconds from 1.", param="duration")
    return int(seconds)


def _names_shape(asked: Asked) -> bool:
    return asked.ratio is not None or asked.pixels is not None


def _overruled(asked: Asked, size: NativeSize, native: NativeSize) -> tuple[str, ...]:
    """Name the field of a shape that a first frame overrules."""
    if not _names_shape(asked) or size.ratio == native.ratio:
        return ()
    return (asked.ratio_field if asked.ratio else asked.pixels_field,)

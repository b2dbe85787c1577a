"""Read what `models.toml` says of videos: modes, and the `video` part of a model."""

import re
from types import MappingProxyType

from dreambridge.catalog.rows import Row
from dreambridge.catalog.video import (
    RESOLUTION_MARK,
    Benefit,
    FrameLimits,
    MediaLimits,
    ModeSpec,
    OmniLimits,
    VideoSpec,
)
from dreambridge.domain.generation import InputKind, VideoMode

MAX_SECONDS = 600
MAX_REFERENCES = 100
MAX_BYTES = 10**9
MAX_PROMPT = 100_000
MAX_PRICE = 100_000
_VERSION = re.compile(r"\d+(\.\d+){1,3}")
_MARK = re.compile(r"<[^>]*>")


def read_version(row: Row, name: str) -> str | None:
    """Read a dotted version that may be absent."""
    version = row.text_or_none(name)
    if version is not None and not _VERSION.fullmatch(version):
        raise row.fault(name, f"{version!r} is not a version; allowed: numbers and dots such as 3.3.9")
    return version


def read_mode(row: Row) -> ModeSpec:
    """Read one `[mode.…]`; raise `CatalogError` when it cannot be used."""
    minimum = read_version(row, "min_version")
    if minimum is None:
        raise row.fault("min_version", "is missing")
    row.day("seen")
    return ModeSpec(
        function_mode=row.text("function_mode"),
        min_version=minimum,
        min_features=row.texts_or_none("min_features"),
        version=read_version(row, "version"),
    )


def read_video(row: Row, resolutions: tuple[str, ...], groups: tuple[str, ...]) -> VideoSpec:
    """Read `[model.video]`; raise `CatalogError` when it cannot be used."""
    prices = row.child("price") if "price" in row else None
    seconds, default = _read_seconds(row.child("seconds"))
    modes = tuple(VideoMode(each) for each in row.texts("modes", tuple(VideoMode)))
    video = VideoSpec(
        modes=modes,
        not_offered=row.texts_or_none("not_offered"),
        seconds=seconds,
        default_seconds=default,
        fps=row.whole("fps", 1, 240),
        max_prompt=row.whole("max_prompt", 1, MAX_PROMPT) if "max_prompt" in row else None,
        omni=_read_omni(row.child("omni")) if "omni" in row else None,
        multi_frame=_read_frames(row.child("multi_frame")) if "multi_frame" in row else None,
        benefits=tuple(_read_benefit(each, resolutions, groups) for each in row.children("benefit")),
        other_benefits=row.texts_or_none("other_benefits"),
        price=MappingProxyType({t: prices.amount(t, MAX_PRICE) for t in prices.names(resolutions)} if prices else {}),
        per_clip=row.flag("per_clip", default=False),
        sound=row.flag("sound", default=False),
        draft_mode=row.flag("draft_mode", default=False),
        min_version=read_version(row, "min_version"),
        min_features=row.texts_or_none("min_features"),
        sends_resolution=row.flag("sends_resolution", default=True),
    )
    if not modes:
        raise row.fault("modes", f"is empty; allowed: at least one of {', '.join(VideoMode)}")
    for name, limits, mode in (
        ("omni", video.omni, VideoMode.OMNI_REFERENCE),
        ("multi_frame", video.multi_frame, VideoMode.MULTI_FRAME),
    ):
        if (limits is not None) != (mode in modes):
            raise row.fault(name, f"does not go with modes; allowed: limits exactly when {mode} is a mode")
    return video


def _read_seconds(row: Row) -> tuple[tuple[int, ...], int]:
    if "any_of" in row:
        seconds = row.wholes("any_of", 1, MAX_SECONDS)
        if not seconds or list(seconds) != sorted(set(seconds)):
            raise row.fault("any_of", "is empty or not in order; allowed: whole seconds, ascending")
    else:
        first, last = row.pair("range", 1, MAX_SECONDS)
        seconds = tuple(range(first, last + 1))
        if not seconds:
            raise row.fault("range", "is empty; allowed: from the shortest to the longest")
    default = row.whole("default", 1, MAX_SECONDS)
    if default not in seconds:
        raise row.fault("default", f"{default} is no length of this model; allowed: {', '.join(map(str, seconds))}")
    return seconds, default


def _read_omni(row: Row) -> OmniLimits:
    kinds = {kind: _read_limits(row.child(kind)) for kind in InputKind if kind in row}
    return OmniLimits(total=row.whole("total", 1, MAX_REFERENCES), kinds=MappingProxyType(kinds))


def _read_limits(row: Row) -> MediaLimits:
    return MediaLimits(
        most=row.whole("most", 1, MAX_REFERENCES) if "most" in row else None,
        max_bytes=row.whole("max_bytes", 1, MAX_BYTES) if "max_bytes" in row else None,
        sides=row.pair("sides", 1, 100_000) if "sides" in row else None,
        shape=row.span("shape", 100) if "shape" in row else None,
        seconds=row.span("seconds", MAX_SECONDS) if "seconds" in row else None,
        seconds_total=row.amount("seconds_total", MAX_SECONDS) if "seconds_total" in row else None,
        formats=row.texts_or_none("formats"),
        fps=row.pair("fps", 1, 240) if "fps" in row else None,
    )


def _read_frames(row: Row) -> FrameLimits:
    least, most = row.pair("frames", 2, MAX_REFERENCES)
    shortest, longest = row.pair("seconds", 1, MAX_SECONDS)
    if least > most or shortest > longest:
        raise row.fault("frames", "limits are the wrong way round; allowed: the smaller number first")
    return FrameLimits(least, most, (shortest, longest), row.whole("least_seconds", 1, MAX_SECONDS))


def _read_benefit(row: Row, resolutions: tuple[str, ...], groups: tuple[str, ...]) -> Benefit:
    name = row.text("name")
    for mark in _MARK.findall(name):
        if mark != RESOLUTION_MARK:
            raise row.fault("name", f"{mark!r} stands for nothing; allowed: {RESOLUTION_MARK}")
    return Benefit(
        name=name,
        modes=row.texts_or_none("modes", tuple(VideoMode)),
        resolutions=row.texts_or_none("resolutions", resolutions),
        groups=row.texts_or_none("groups", groups),
        with_video=row.flag("with_video") if "with_video" in row else None,
        above_seconds=row.whole("above_seconds", 1, MAX_SECONDS) if "above_seconds" in row else 0,
    )

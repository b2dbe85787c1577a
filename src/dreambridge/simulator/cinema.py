"""The video models of the simulated site: modes, lengths, sizes, benefits, prices (`data/videos.toml`)."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

Size = tuple[int, int]
FPS = 24

_SHORT_SIDES: Mapping[str, int] = {"480p": 480, "720p": 720, "768p": 768, "1080p": 1080, "2k": 1440, "4k": 2160}


@dataclass(frozen=True, slots=True)
class OmniLimits:
    """How much material an omni reference takes; seconds are of all videos, and of all sounds."""

    images: int
    videos: int
    audios: int
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class VideoModel:
    """One video model of one cluster. `members` is the refusal that non-members meet (0: it is for all)."""

    key: str
    name: str
    resolutions: tuple[str, ...]
    ratios: tuple[str, ...]
    seconds: tuple[int, ...]
    modes: frozenset[str]
    omni: OmniLimits | None
    benefits: tuple[str, ...]
    omni_benefits: tuple[str, ...]
    video_benefits: tuple[str, ...]
    long_seconds: tuple[int, ...]
    long_benefits: tuple[str, ...]
    price_second: float
    price_clip: int
    prompt: int
    members: int
    third_party: bool
    coming: bool
    leaving: bool
    retired: bool

    def price_of(self, seconds: float, count: int) -> int:
        """Return the credits of `count` clips."""
        return (self.price_clip or math.ceil(self.price_second * seconds)) * count

    def fitting(self, mode: str, resolution: str, seconds: float, *, with_video: bool) -> frozenset[str]:
        """Return the benefits that belong to such a clip."""
        if self.long_seconds and seconds > max(self.seconds):
            names = self.long_benefits
        elif mode == "omni_reference" and with_video and self.video_benefits:
            names = (*self.video_benefits, *self.omni_benefits)
        elif mode == "omni_reference" and self.omni_benefits:
            names = (*self.omni_benefits, *self.benefits)
        else:
            names = self.benefits
        return frozenset(name.replace("{resolution}", resolution) for name in names)

    def known(self) -> frozenset[str]:
        """Return every benefit of the model."""
        names = (*self.benefits, *self.omni_benefits, *self.video_benefits, *self.long_benefits)
        return frozenset(name.replace("{resolution}", one) for name in names for one in self.resolutions)


@dataclass(frozen=True, slots=True)
class Cinema:
    """All video models of one cluster."""

    models: Mapping[str, VideoModel]
    tools: Mapping[str, str]


def video_size(resolution: str, ratio: str) -> Size:
    """Return the pixels of a clip whose shape the request names."""
    short = _SHORT_SIDES.get(resolution, 720)
    wide, high = (int(side) for side in ratio.split(":"))
    long = _even(short * max(wide, high) / min(wide, high))
    return (long, short) if wide >= high else (short, long)


def framed_size(resolution: str, frame: Size) -> Size:
    """Return the pixels of a clip that takes its shape from a picture: sides of sixteen pixels, about the area of 16:9.

    Seen once: 704 x 1248 for an upright picture at 720p.
    """
    short = _SHORT_SIDES.get(resolution, 720)
    shape = min(2.5, max(0.4, frame[0] / frame[1]))
    area = short * short * 16 / 9 * 0.96
    return max(16, int(math.sqrt(area * shape)) // 16 * 16), max(16, int(math.sqrt(area / shape)) // 16 * 16)


def _even(length: float) -> int:
    return round(length / 2) * 2


def load_cinema(cluster: str) -> Cinema:
    """Read the video models of a cluster; the sandbox has those of all, rows of the same key joined."""
    text = (resources.files(__package__) / "data" / "videos.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    models: dict[str, VideoModel] = {}
    for row in data["model"]:
        if cluster != "sandbox" and cluster not in row["clusters"]:
            continue
        model = _model(row, data)
        earlier = models.get(model.key)
        models[model.key] = _joined(earlier, model) if earlier else model
    return Cinema(models=models, tools=dict(data["tool"]))


def _model(row: dict[str, Any], data: dict[str, Any]) -> VideoModel:
    omni = row.get("omni")
    return VideoModel(
        key=row["key"],
        name=row["name"],
        resolutions=tuple(row["resolutions"]),
        ratios=tuple(row.get("ratios", data["ratios"])),
        seconds=_span(row["seconds"]),
        modes=frozenset(row["modes"]),
        omni=OmniLimits(*omni) if omni else None,
        benefits=tuple(row["benefits"]),
        omni_benefits=tuple(row.get("omni_benefits", ())),
        video_benefits=tuple(row.get("video_benefits", ())),
        long_seconds=_span(row.get("long_seconds", [])),
        long_benefits=tuple(row.get("long_benefits", ())),
        price_second=row.get("price_second", 0.0),
        price_clip=row.get("price_clip", 0),
        prompt=row.get("prompt", 4000),
        members=row.get("members", 0),
        third_party=row.get("third_party", False),
        coming=row.get("coming", False),
        leaving=row.get("leaving", False),
        retired=row.get("retired", False),
    )


def _span(told: list[int] | dict[str, int]) -> tuple[int, ...]:
    return tuple(range(told["from"], told["to"] + 1)) if isinstance(told, dict) else tuple(told)


def _joined(one: VideoModel, other: VideoModel) -> VideoModel:
    def both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*first, *second)))

    return replace(
        one,
        resolutions=both(one.resolutions, other.resolutions),
        ratios=both(one.ratios, other.ratios),
        seconds=tuple(sorted({*one.seconds, *other.seconds})),
        benefits=both(one.benefits, other.benefits),
    )

"""A model as an entry of `/v1/models`: OpenAI's fields, and in `dreambridge` what it can do on the caller's sites."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final

from dreambridge.catalog import Alias, Catalog, ListedModel, ModelSpec, Site
from dreambridge.catalog.agent_planning import AGENT_NAME, AGENT_SEEN, MAX_PICTURES
from dreambridge.catalog.bounds import MAX_PROMPT
from dreambridge.catalog.planning import MAX_COUNT
from dreambridge.catalog.sizing import list_sizes
from dreambridge.catalog.video import VideoSpec
from dreambridge.domain.generation import InputKind, Kind, VideoMode
from dreambridge.engine.live_models import Liveness

# What new-api and Cherry Studio call the ways to use a model; they take the first one they know.
_ENDPOINTS: Final = MappingProxyType(
    {
        Kind.IMAGE: ("image-generation", "openai"),
        Kind.VIDEO: ("openai-video", "openai"),
        Kind.AGENT: ("openai",),
    }
)
# How many pictures each mode of video takes that is no reference and has no limit of its own.
_FRAMES: Final = MappingProxyType({VideoMode.FIRST_FRAME: 1, VideoMode.FIRST_LAST_FRAMES: 2})


def render_model(catalog: Catalog, entry: ListedModel, liveness: Liveness) -> dict[str, Any]:
    """Make one entry; `created` is the day the row was last seen true, for the sites tell no other."""
    details = {**_render_details(catalog, entry), **_render_liveness(liveness)}
    return _render_entry(entry.id, entry.spec.kind, entry.spec.seen, details)


def render_agent(catalog: Catalog, sites: Iterable[str]) -> dict[str, Any]:
    """Make the entry of the sites' agent, which is no model of theirs and chooses among them by itself."""
    details = {
        "kind": Kind.AGENT.value,
        "title": None,
        "alias_of": None,
        "status": "current",
        "sites": list(dict.fromkeys(sites)),
        "ratios": list(catalog.geometry.ratios),
        "resolutions": list(catalog.geometry.tiers),
        "default_resolution": None,
        "sizes": {},
        "durations": [],
        "inputs": {**dict.fromkeys((f"{kind.value}s" for kind in InputKind), 0), "images": MAX_PICTURES},
        "limits": {"prompt_characters": MAX_PROMPT, "count": None},
        "counts": None,
        "video": None,
        "intelligent_ratio": False,
        "members_only": False,
        "cost": None,
        "credits_per_picture": None,
        "seen": AGENT_SEEN.isoformat(),
        **_render_liveness(Liveness(live=False, read_at=None, stale=False)),
    }
    return _render_entry(AGENT_NAME, Kind.AGENT, AGENT_SEEN, details)


def _render_entry(name: str, kind: Kind, seen: date, details: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": int(datetime(seen.year, seen.month, seen.day, tzinfo=UTC).timestamp()),
        "owned_by": "dreambridge",
        "shutdown_date": None,
        "supported_endpoint_types": list(_ENDPOINTS.get(kind, ())),
        "dreambridge": details,
    }


def _render_details(catalog: Catalog, entry: ListedModel) -> dict[str, Any]:
    spec, sites = entry.spec, [catalog.site(name) for name in entry.sites]
    alias = catalog.alias(entry.id) if entry.alias_of else None
    return {
        "kind": spec.kind.value,
        "title": spec.title,
        "alias_of": entry.alias_of,
        "status": spec.status.value,
        "sites": list(entry.sites),
        "ratios": list(dict.fromkeys(ratio for site in sites for ratio in spec.ratios_on(site))),
        "resolutions": list(dict.fromkeys(tier for site in sites for tier in spec.resolutions_on(site))),
        "default_resolution": spec.default_resolution,
        "sizes": _render_sizes(catalog, spec, sites),
        "durations": list(spec.video.seconds) if spec.video else [],
        "inputs": _count_inputs(spec, sites),
        "counts": _render_counts(spec, alias),
        "limits": {
            "prompt_characters": min(MAX_PROMPT, spec.video.max_prompt or MAX_PROMPT) if spec.video else MAX_PROMPT,
            "count": MAX_COUNT if spec.kind is Kind.IMAGE else 1,
        },
        "video": None if spec.video is None else _render_video(spec.video, alias),
        "intelligent_ratio": spec.intelligent_ratio,
        "members_only": spec.members_only,
        "cost": _render_cost(spec),
        "credits_per_picture": dict(spec.price) or None,
        "seen": spec.seen.isoformat(),
    }


def _render_sizes(catalog: Catalog, spec: ModelSpec, sites: list[Site]) -> dict[str, dict[str, str]]:
    """Give the size in pixels by resolution and ratio, of each model that can be asked for."""
    sizes: dict[str, dict[str, str]] = {}
    for site in sites if spec.offered else ():
        for size in list_sizes(spec, site, catalog.geometry):
            sizes.setdefault(size.tier, {}).setdefault(size.ratio, str(size.native))
    return sizes


def _count_inputs(spec: ModelSpec, sites: list[Site]) -> dict[str, int]:
    """Tell how many pictures, videos and sounds may go with one request, in the mode that takes most of them."""
    most = dict.fromkeys((f"{kind.value}s" for kind in InputKind), 0)
    most["images"] = max((spec.max_inputs_on(site) for site in sites), default=spec.max_inputs)
    if spec.video is not None:
        frames = spec.video.multi_frame.most if spec.video.multi_frame else 0
        most["images"] = max(frames, *(_FRAMES.get(mode, 0) for mode in spec.video.modes))
        if omni := spec.video.omni:
            for kind in InputKind:
                limit = omni.of(kind).most
                most[f"{kind.value}s"] = max(most[f"{kind.value}s"], omni.total if limit is None else limit)
    return most


def _render_video(video: VideoSpec, alias: Alias | None) -> dict[str, Any]:
    """Tell what a video can be made from, and its lengths in seconds; `seconds_made` is for the lengths of an alias."""
    omni, frames = video.omni, video.multi_frame
    return {
        "modes": sorted(mode.value for mode in video.modes),
        "seconds": list(video.seconds),
        "default_seconds": video.default_seconds,
        "seconds_made": {str(asked): made for asked, made in alias.seconds.items()} if alias else {},
        "fps": video.fps,
        "max_prompt": video.max_prompt,
        "sound": video.sound,
        "references": None
        if omni is None
        else {"total": omni.total, **{f"{kind.value}s": omni.of(kind).most for kind in InputKind}},
        "key_frames": None if frames is None else {"min": frames.least, "max": frames.most},
        "credits": {"per": "clip" if video.per_clip else "second", **video.price} if video.price else None,
    }


def _render_cost(spec: ModelSpec) -> dict[str, Any] | None:
    """Give the credits that one unit costs by resolution, as observed; `None` when nothing is known."""
    if spec.video is not None:
        unit, price = "clip" if spec.video.per_clip else "second", spec.video.price
    else:
        unit, price = "picture", spec.price
    return {"per": unit, "credits": dict(price)} if price else None


def _render_counts(spec: ModelSpec, alias: Alias | None) -> dict[str, int] | None:
    """Give how many pictures one submission makes, and how many are made for a request by this name that says none."""
    if spec.counts is None:
        return None
    default = alias.count if alias else spec.counts.default
    return {"min": spec.counts.minimum, "max": spec.counts.maximum, "default": default}


def _render_liveness(liveness: Liveness) -> dict[str, Any]:
    """Tell whether a site's own list has the model now; without that the row is a built-in one."""
    read_at = liveness.read_at
    read = None if read_at is None else datetime.fromtimestamp(read_at, UTC).isoformat(timespec="seconds")
    return {"live": liveness.live, "stale": liveness.stale, "lists_read_at": read}

"""The pictures, videos and sounds that a video is made from."""

from dataclasses import dataclass
from typing import Any

from dreambridge.simulator.cinema import Size, VideoModel
from dreambridge.simulator.drafts.sheet import Sheet, part, parts
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.uploads.depot import KeptFile

_MOST_FRAMES = 10
_FRAME_SECONDS = (1, 6)
_OMNI_VERSION = (3, 3, 9)
_LATEST_SECONDS = 0.2  # a length told in milliseconds may be rounded


@dataclass(frozen=True, slots=True)
class Material:
    """What a video is made from: names of files, the picture that gives the shape, seconds of each shot.

    `prompt` is the text of the request when it is not in its usual place.
    """

    names: tuple[str, ...] = ()
    frame: Size | None = None
    shots: tuple[float, ...] = ()
    prompt: str = ""
    video_seconds: float = 0.0


def read_mode(first: dict[str, Any]) -> str:
    """Tell from what a video is to be made."""
    if first.get("unified_edit_input"):
        return "omni_reference"
    if first.get("multi_frames"):
        return "multi_frame"
    if first.get("end_frame_image"):
        return "first_last_frames"
    if first.get("first_frame_image"):
        return "first_frame"
    return "subject_reference" if first.get("idip_meta_list") else "text"


def read_frames(sheet: Sheet, first: dict[str, Any]) -> Material:
    """Read the first frame and the last one, as far as there are any, and subjects (known in outline only)."""
    names, sizes = [], []
    for place in ("first_frame_image", "end_frame_image"):
        if first.get(place):
            uri, size = sheet.picture(part(first, place))
            names.append(uri)
            sizes.append(size)
        else:
            sheet.insist(place != "first_frame_image" or not first.get("end_frame_image"), "a last frame needs a first")
    for entry in first.get("idip_meta_list") or []:
        frame = entry.get("idip_frame") if isinstance(entry, dict) else None
        if isinstance(frame, dict) and ("image_uri" in frame or "uri" in frame):
            names.append(sheet.picture(frame)[0])
    return Material(tuple(names), sizes[0] if sizes else None)


def read_multi_frame(sheet: Sheet, first: dict[str, Any]) -> Material:
    """Read two to ten frames, each with its own length and prompt."""
    frames = parts(first, "multi_frames")
    if not 2 <= len(frames) <= _MOST_FRAMES:
        raise Refusal(1000, f"{len(frames)} frames, 2 to {_MOST_FRAMES} are taken")
    features = sheet.draft.get("min_features", [])
    sheet.insist("AIGC_GenerateType_VideoMultiFrame" in features, "min_features lacks the many frames")
    names, shots, prompts = [], [], []
    size: Size | None = None
    for index, frame in enumerate(frames):
        uri, own = sheet.picture(part(part(frame, "media_info"), "image_info"))
        size = size or own
        told = frame.get("duration_ms")
        if isinstance(told, bool) or not isinstance(told, int) or told <= 0:
            raise Refusal(1000, f"frame {index} has no duration_ms")
        least, most = _FRAME_SECONDS
        sheet.insist(told % 1000 == 0 and least <= told // 1000 <= most, f"frame {index} lasts {told} ms")
        sheet.insist(frame.get("idx") == index, f"frame {index} has idx {frame.get('idx')}")
        names.append(uri)
        shots.append(told / 1000)
        prompts.append(str(frame.get("prompt") or ""))
    return Material(tuple(names), size, tuple(shots), "; ".join(text for text in prompts if text))


def read_omni(sheet: Sheet, model: VideoModel, unified: dict[str, Any]) -> Material:
    """Read pictures, videos and sounds, and the prompt that points at them."""
    listed = parts(unified, "material_list")
    counts = {"image": 0, "video": 0, "audio": 0, "subject": 0}
    seconds = {"video": 0.0, "audio": 0.0}
    names: list[str] = []
    for material in listed:
        kind = material.get("material_type")
        if kind not in counts:
            raise Refusal(1000, f"material_type {kind!r} is not known")
        counts[kind] += 1
        if kind == "image":
            names.append(sheet.picture(part(material, "image_info"))[0])
        elif kind != "subject":
            file = _moving(sheet, part(material, f"{kind}_info"), kind)
            names.append(file.name)
            seconds[kind] += file.seconds
    _check_limits(model, counts, seconds)
    _check_version(sheet, subjects=counts["subject"])
    prompt = _read_prompt(sheet, unified, [str(one["material_type"]) for one in listed])
    return Material(tuple(names), prompt=prompt, video_seconds=seconds["video"])


def _moving(sheet: Sheet, info: dict[str, Any], kind: str) -> KeptFile:
    file = sheet.belongings.file(str(info.get("vid", "")))
    if file is None or file.kind != kind:
        raise Refusal(1000, f"{info.get('vid')} names no {kind} of this account")
    told = info.get("duration")
    near = isinstance(told, int | float) and abs(told / 1000 - file.seconds) <= _LATEST_SECONDS
    sheet.insist(near, f"duration {told} is not the {file.seconds:.3f} s of the {kind}")
    return file


def _check_limits(model: VideoModel, counts: dict[str, int], seconds: dict[str, float]) -> None:
    limits = model.omni
    if limits is None:
        raise Refusal(1000, f"{model.key} takes no references")
    most = {"image": limits.images, "video": limits.videos, "audio": limits.audios, "subject": limits.total}
    for kind, count in counts.items():
        if count > most[kind]:
            raise Refusal(1000, f"{count} pieces of {kind}, {model.key} takes {most[kind]}")
    if sum(counts.values()) > limits.total:
        raise Refusal(1000, f"{sum(counts.values())} pieces, {model.key} takes {limits.total}")
    for kind, sum_of in seconds.items():
        if sum_of > limits.seconds + _LATEST_SECONDS:
            raise Refusal(1000, f"{sum_of:.1f} s of {kind}, {model.key} takes {limits.seconds}")
    if counts["audio"] == sum(counts.values()):
        raise Refusal(1000, "sounds alone make no video")


def _check_version(sheet: Sheet, *, subjects: int) -> None:
    features = sheet.draft.get("min_features", [])
    sheet.insist("AIGC_Video_UnifiedEdit" in features, "min_features lacks the references")
    if subjects:
        sheet.insist("AIGC_UnifiedEditSubject" in features, "min_features lacks the subject")
    for name in ("min_version", "version"):
        numbers = tuple(int(one) for one in str(sheet.draft.get(name, "0")).split(".") if one.isdigit())
        sheet.insist(numbers >= _OMNI_VERSION, f"{name} {sheet.draft.get(name)} is below 3.3.9")


def _read_prompt(sheet: Sheet, unified: dict[str, Any], kinds: list[str]) -> str:
    text, met = "", set()
    for entry in parts(unified, "meta_list"):
        kind = entry.get("meta_type")
        if kind == "text":
            text += str(entry.get("text", ""))
            continue
        reference = entry.get("material_ref")
        index = reference.get("material_idx") if isinstance(reference, dict) else None
        if not isinstance(index, int) or not 0 <= index < len(kinds):
            raise Refusal(1000, f"material_idx {index!r} names none of {len(kinds)} pieces")
        sheet.insist(kinds[index] == kind, f"piece {index} is {kinds[index]}, not {kind}")
        met.add(index)
        text += f"@{index + 1}"
    sheet.insist(len(met) == len(kinds), "a piece is never referred to")
    return text

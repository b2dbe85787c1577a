"""What has to be drawn for an item of a record: its picture or clip, with what it was made from."""

from collections.abc import Mapping

from dreambridge.simulator.belongings import Belongings
from dreambridge.simulator.clips import ClipOrder
from dreambridge.simulator.pictures import PictureOrder
from dreambridge.simulator.record import Record

_PREVIEW, _FINE = 34, 23
_INSET_SIDE = 320
# Short sides of the smaller copies of a video; the others have the size of the record.
COPIES: Mapping[str, int] = {"720p": 720, "480p": 480, "360p": 360}
_FULL_FRAME = frozenset({"first_frame", "first_last_frames", "multi_frame"})


def picture_order(record: Record, index: int, form: str, belongings: Belongings, side: int = 0) -> PictureOrder:
    """Return the order of a picture, or of a video's cover, no side longer than `side` (0: full size)."""
    wish = record.wish
    width, height = _shrunk(wish.size, side)
    what = f"{wish.clip.seconds:g} s" if wish.clip else f"{index + 1}/{wish.count}"
    label = f"sandbox  ·  {record.model_name}  ·  {wish.size[0]} x {wish.size[1]}  ·  {what}"
    return PictureOrder(
        width,
        height,
        form,
        prompt=wish.prompt,
        seed=wish.seed + index,
        label=label,
        insets=_proofs(record, belongings),
    )


def clip_order(record: Record, index: int, quality: str, belongings: Belongings) -> ClipOrder:
    """Return the order of a video. `quality` is origin, hq or one of the smaller copies."""
    wish = record.wish
    if wish.clip is None:
        raise ValueError("the record is no video")
    short = min(wish.size)
    scale = min(1.0, COPIES.get(quality, short) / short)
    width, height = (max(16, round(length * scale / 2) * 2) for length in wish.size)
    picture = picture_order(record, index, "png", belongings)
    full = record_is_framed(record)
    return ClipOrder(
        width,
        height,
        wish.clip.seconds,
        wish.clip.fps,
        PictureOrder(width, height, "png", picture.prompt, picture.seed, picture.label, insets=picture.insets),
        frames=picture.insets if full else (),
        shots=wish.clip.shots if full and len(wish.clip.shots) == len(picture.insets) else (),
        crf=_FINE if quality == "hq" else _PREVIEW,
    )


def record_is_framed(record: Record) -> bool:
    """Tell whether the pictures it was made from fill its frames."""
    clip = record.wish.clip
    return clip is not None and bool(record.wish.inputs) and (clip.mode in _FULL_FRAME or bool(clip.shots))


def _proofs(record: Record, belongings: Belongings) -> tuple[bytes | PictureOrder, ...]:
    found: list[bytes | PictureOrder] = []
    for name in record.wish.inputs:
        file = belongings.file(name)
        if file is not None:
            if file.proof:
                found.append(file.proof)
            continue
        made = belongings.item(name)
        if made is not None:
            source, index = made
            width, height = _shrunk(source.wish.size, _INSET_SIDE)
            found.append(PictureOrder(width, height, "png", prompt=source.wish.prompt, seed=source.wish.seed + index))
    return tuple(found)


def _shrunk(size: tuple[int, int], side: int) -> tuple[int, int]:
    if not side or max(size) <= side:
        return size
    shrink = side / max(size)
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))

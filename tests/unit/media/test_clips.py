"""Videos and sounds, read by their containers alone: how long, how large, whether they are all there."""

import contextlib
import wave
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dreambridge.domain.errors import InputUnusable
from dreambridge.domain.generation import Dimensions, InputKind
from dreambridge.media.clips import ClipUnusable, read_clip
from dreambridge.media.fetch import Fetcher
from dreambridge.media.inputs import InputShelf
from dreambridge.media.sniffing import HEAD_BYTES, InputFormat, describe, sniff
from dreambridge.media.workbench import Workbench


def film(path: Path, form: str, **options: str) -> Path:
    """Film two seconds of 96x64."""
    with av.open(str(path), "w", format=form, options=options) as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(48):
            frame = av.VideoFrame.from_image(Image.new("RGB", (96, 64), (number * 5, 0, 0)))  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def sing(path: Path, form: str, codec: str, seconds: int = 2) -> Path:
    """Record silence."""
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=44_100)
        assert isinstance(stream, av.AudioStream)
        for number in range(seconds * 44_100 // 1152 + 1):
            frame = av.AudioFrame(format="s16" if codec.startswith("pcm") else "fltp", layout="mono", samples=1152)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate, frame.pts, frame.time_base = 44_100, number * 1152, Fraction(1, 44_100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def turn(body: bytes) -> bytes:
    """Write a quarter turn into the track header, as a telephone does."""
    at = body.index(b"tkhd") + 4 + 40
    one = (1 << 16).to_bytes(4)
    matrix = b"\0" * 4 + one + b"\0" * 4 + (0xFFFF0000).to_bytes(4) + b"\0" * 8 + body[at + 24 : at + 36]
    return body[:at] + matrix + body[at + 36 :]


@pytest.mark.parametrize(
    ("form", "options"),
    [("mp4", {}), ("mp4", {"movflags": "faststart"}), ("mov", {}), ("mov", {"movflags": "faststart"})],
)
def test_a_videos_length_and_size_are_read_wherever_its_index_lies(
    tmp_path: Path, form: str, options: dict[str, str]
) -> None:
    path = film(tmp_path / "a", form, **options)
    assert sniff(path.read_bytes()[:HEAD_BYTES]) is InputFormat(form)
    clip = read_clip(path, InputFormat(form))
    assert (clip.seconds, clip.dimensions) == (2.0, Dimensions(96, 64))


def test_a_video_filmed_upright_is_taller_than_wide(tmp_path: Path) -> None:
    path = film(tmp_path / "a", "mp4")
    path.write_bytes(turn(path.read_bytes()))
    assert read_clip(path, InputFormat.MP4).dimensions == Dimensions(64, 96)


@pytest.mark.parametrize("seconds", [1, 2, 16])
def test_a_sounds_length_is_read(tmp_path: Path, seconds: int) -> None:
    for form, codec in (("wav", "pcm_s16le"), ("mp3", "libmp3lame")):
        path = sing(tmp_path / form, form, codec, seconds)
        assert sniff(path.read_bytes()[:HEAD_BYTES]) is InputFormat(form)
        assert read_clip(path, InputFormat(form)).seconds == pytest.approx(seconds, abs=0.08)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("make", ["mp4", "faststart", "fragments", "mov", "wav", "mp3"])
def test_a_file_cut_short_is_refused(tmp_path: Path, make: str, share: float) -> None:
    flags = {"faststart": "faststart", "fragments": "frag_keyframe+empty_moov"}.get(make)
    if make in {"wav", "mp3"}:
        path, form = sing(tmp_path / "a", make, "pcm_s16le" if make == "wav" else "libmp3lame"), InputFormat(make)
    else:
        form = InputFormat.MOV if make == "mov" else InputFormat.MP4
        path = film(tmp_path / "a", form.value, **({"movflags": flags} if flags else {}))
    body = path.read_bytes()
    path.write_bytes(body[: int(len(body) * share)])
    with pytest.raises(ClipUnusable):
        read_clip(path, form)


def test_sound_alone_in_a_video_container_is_no_video(tmp_path: Path) -> None:
    path = sing(tmp_path / "a", "mp4", "aac")
    with pytest.raises(ClipUnusable, match="without a video track"):
        read_clip(path, InputFormat.MP4)


def test_a_wav_written_to_a_pipe_is_as_long_as_what_came(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\0" * 8000)
    body = (tmp_path / "a").read_bytes()
    at = body.index(b"data") + 4
    (tmp_path / "a").write_bytes(body[:at] + b"\xff\xff\xff\xff" + body[at + 4 :])
    assert read_clip(tmp_path / "a", InputFormat.WAV).seconds == 1.0


@given(st.binary(max_size=300), st.sampled_from([b"\0\0\0\x18ftypmp42\0\0\0\0", b"RIFF....WAVE", b"ID3\4\0\0", b""]))
def test_rubbish_never_breaks_the_readers(tmp_path_factory: pytest.TempPathFactory, rest: bytes, start: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "rubbish"
    path.write_bytes(start + rest)
    assert isinstance(describe(start + rest), str)
    for form in (InputFormat.MP4, InputFormat.WAV, InputFormat.MP3):
        with contextlib.suppress(ClipUnusable):
            assert read_clip(path, form).seconds > 0


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", InputFormat.AVIF),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", InputFormat.HEIC),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", InputFormat.HEIC),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", InputFormat.MOV),
        (b"\0\0\0\x08wide\0\0\0\0mdat", InputFormat.MOV),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", InputFormat.MP4),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", None),
        (b"\xff\xfb\x90\x64" + b"\0" * 60, InputFormat.MP3),
        (b"\xff\xff\xff\xff" * 16, None),
        (b"\x1aE\xdf\xa3" + b"\0" * 60, None),
    ],
)
def test_a_format_is_told_by_its_first_bytes(head: bytes, form: InputFormat | None) -> None:
    assert sniff(head) is form


async def test_videos_and_sounds_are_kept_as_they_are_and_told_with_their_seconds(tmp_path: Path) -> None:
    fetcher, bench = Fetcher(), Workbench()
    shelf = InputShelf(tmp_path / "inputs", fetcher=fetcher, bench=bench)
    made = film(tmp_path / "a.mov", "mov"), sing(tmp_path / "a.mp3", "mp3", "libmp3lame")
    video, sound = [await shelf.acquire(path, param="input") for path in made]
    assert (video.kind, video.media_type, video.seconds) == (InputKind.VIDEO, "video/quicktime", 2.0)
    assert (sound.kind, sound.media_type, sound.dimensions) == (InputKind.AUDIO, "audio/mpeg", None)
    assert shelf.path(video).read_bytes() == made[0].read_bytes()
    with pytest.raises(InputUnusable, match="cut short") as caught:
        await shelf.acquire(made[0].read_bytes()[:-100], param="video_file_1")
    assert (caught.value.param, caught.value.specific_code) == ("video_file_1", "invalid_media")
    with pytest.raises(InputUnusable, match=r"a sound \(mp3\)"):
        await shelf.acquire(made[1], param="image", kinds={InputKind.IMAGE})
    await fetcher.close()
    await bench.close()

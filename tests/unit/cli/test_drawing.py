import re
from base64 import b64decode
from io import BytesIO, StringIO

import pytest
from PIL import Image, ImageChops
from rich.console import Console

from dreambridge.cli.drawing import build_blocks, encode_iterm, encode_kitty
from dreambridge.cli.sixel import encode_sixel


@pytest.fixture
def picture() -> Image.Image:
    """Draw a picture in which every line differs from every other, with a hole."""
    ramps = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.radial_gradient("L")]
    drawn = Image.merge("RGB", [each.resize((103, 46)) for each in ramps]).convert("RGBA")
    drawn.paste((0, 0, 0, 0), (20, 10, 40, 21))
    return drawn


def decode_sixel(sequence: bytes) -> Image.Image:
    """Draw what a sixel sequence says, as the VT340's manual describes it."""
    head = re.fullmatch(rb'\x1bP0;1;0q"1;1;(\d+);(\d+)(.*)\x1b\\', sequence, re.DOTALL)
    assert head
    width, height = int(head[1]), int(head[2])
    drawn = Image.new("RGBA", (width, (height + 5) // 6 * 6))
    colours: dict[int, tuple[int, ...]] = {}
    left, top, colour = 0, 0, 0
    token = rb"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|([$])|(-)"
    end = 0
    for found in re.finditer(token, head[3]):
        assert found.start() == end, head[3][end : end + 20]
        end = found.end()
        if found[1]:
            colour = int(found[1])
            if found[2]:
                colours[colour] = (*(round(int(found[n]) * 2.55) for n in (2, 3, 4)), 255)
        elif found[8]:
            left = 0
        elif found[9]:
            left, top = 0, top + 6
        else:
            bits, times = (found[6] or found[7])[0] - 63, int(found[5] or 1)
            for x in range(left, left + times):
                for line in range(6):
                    if bits >> line & 1:
                        drawn.putpixel((x, top + line), colours[colour])
            left += times
    assert end == len(head[3])
    return drawn


def test_sixels_show_the_picture_and_leave_its_holes_alone(picture: Image.Image) -> None:
    decoded = decode_sixel(encode_sixel(picture))
    assert decoded.size == (103, 48)
    assert decoded.crop((0, 46, 103, 48)).getbbox() is None, "below the picture nothing is drawn"
    decoded = decoded.crop((0, 0, 103, 46))
    assert decoded.getchannel("A").tobytes() == picture.getchannel("A").tobytes()
    difference = ImageChops.difference(decoded.convert("RGB"), picture.convert("RGB")).reduce(8)
    assert max(difference.tobytes()) < 16


def test_sixels_of_one_colour_are_runs() -> None:
    assert encode_sixel(Image.new("RGB", (100, 6), "red")).endswith(b"#0!100~\x1b\\")


def test_kitty_s_pieces_join_to_the_picture(picture: Image.Image) -> None:
    large = Image.effect_noise((200, 100), 90)
    for drawn, several in ((picture, False), (large, True)):
        pieces = re.findall(rb"\x1b_G([^;]*);([^\x1b]*)\x1b\\", encode_kitty(drawn, 20, 5))
        heads = [head.split(b",") for head, _ in pieces]
        assert set(heads[0]) >= {b"a=T", b"f=100", b"q=2", b"C=1", b"c=20", b"r=5"}
        assert (len(pieces) > 1) is several
        assert [head[-1] for head in heads] == [b"m=1"] * (len(pieces) - 1) + [b"m=0"]
        assert all(len(data) <= 4096 and len(data) % 4 == 0 for _, data in pieces)
        read = Image.open(BytesIO(b64decode(b"".join(data for _, data in pieces))))
        assert (read.format, read.convert("RGBA").tobytes()) == ("PNG", drawn.convert("RGBA").tobytes())


def test_iterm_gets_the_picture_with_its_size_in_characters(picture: Image.Image) -> None:
    found = re.fullmatch(
        rb"\x1b\]1337;File=inline=1;size=(\d+);width=20;height=5;preserveAspectRatio=0:(.*)\x07",
        encode_iterm(picture, 20, 5),
        re.DOTALL,
    )
    assert found
    png = b64decode(found[2])
    assert len(png) == int(found[1])
    assert Image.open(BytesIO(png)).tobytes() == picture.tobytes()


def test_blocks_have_two_dots_in_a_character() -> None:
    dots = Image.new("RGBA", (4, 2))
    for place, colour in (((0, 0), "#ff0000"), ((0, 1), "#0000ff"), ((1, 0), "#00ff00"), ((2, 1), "#ffffff")):
        dots.putpixel(place, (*bytes.fromhex(colour[1:]), 255))
    written = StringIO()
    console = Console(file=written, force_terminal=True, color_system="truecolor", width=40)
    console.print(build_blocks(dots), end="")
    red, green, white = "\x1b[38;2;255;0;0;48;2;0;0;255m▀", "\x1b[38;2;0;255;0m▀", "\x1b[38;2;255;255;255m▄"
    assert written.getvalue() == f"{red}\x1b[0m{green}\x1b[0m{white}\x1b[0m \n"

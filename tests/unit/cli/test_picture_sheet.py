import pytest
from PIL import Image

from dreambridge.cli.picture_sheet import Screen, lay_out


def sheets(sizes: list[tuple[int, int]], columns: int, lines: int) -> list[tuple[int, int]]:
    pictures = [Image.new("RGB", size, "red") for size in sizes]
    return [(each.columns, each.lines) for each in lay_out(pictures, Screen(columns, lines, 10, 20))]


@pytest.mark.parametrize(
    ("sizes", "columns", "lines", "expected"),
    [
        ([(512, 512)], 80, 24, [(32, 16)]),
        ([(512, 512)] * 2, 80, 24, [(65, 16)]),
        ([(512, 512)] * 4, 80, 24, [(75, 9)]),
        ([(512, 512)] * 10, 80, 24, [(74, 7), (74, 7)]),
        ([(512, 288), (288, 512)], 80, 24, [(76, 16)]),
        ([(512, 512)] * 10, 20, 6, [(20, 3)]),
        ([(512, 512)], 200, 100, [(48, 24)]),
        ([(512, 512)], 80, 1, [(6, 3)]),
    ],
)
def test_pictures_stand_side_by_side_as_tall_as_leaves_room(
    sizes: list[tuple[int, int]], columns: int, lines: int, expected: list[tuple[int, int]]
) -> None:
    assert sheets(sizes, columns, lines) == expected


def test_pictures_keep_their_shape_and_their_order() -> None:
    colours = ("red", "lime", "blue")
    pictures = [Image.new("RGB", size, c) for size, c in zip([(100, 100), (200, 100), (50, 100)], colours, strict=True)]
    (sheet,) = lay_out(pictures, Screen(79, 24, 10, 20))
    assert sheet.picture.size == (sheet.columns * 10, sheet.lines * 20)
    middle = [sheet.picture.getpixel((x, 100)) for x in range(sheet.picture.width)]
    runs = [(dot, middle.count(dot)) for dot in dict.fromkeys(middle)]
    height = sheet.lines * 20
    shapes = [round(length / height, 1) for dot, length in runs if dot != (0, 0, 0, 0)]
    assert [dot for dot, _ in runs] == [(255, 0, 0, 255), (0, 0, 0, 0), (0, 255, 0, 255), (0, 0, 255, 255)]
    assert shapes == [1.0, 2.0, 0.5]


def test_a_picture_wider_than_the_screen_is_made_smaller_and_not_squeezed() -> None:
    (sheet,) = lay_out([Image.new("RGB", (1000, 100), "red")], Screen(40, 30, 10, 20))
    assert sheet.columns == 40
    assert sheet.picture.getbbox() == (0, 0, 400, 40)

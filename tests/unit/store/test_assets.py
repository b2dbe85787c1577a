"""Assets are their owner's, are listed in order, and keep their files from being erased."""

from dataclasses import replace

import pytest

from dreambridge.domain.asset import Asset
from dreambridge.domain.generation import Dimensions, InputKind, MediaInput
from dreambridge.store.assets import Assets
from dreambridge.store.database import Database
from dreambridge.store.inputs import Inputs

PICTURE = MediaInput("aa1", InputKind.IMAGE, "image/png", "png", 10, "aa/aa1.png", Dimensions(8, 9))
CLIP = MediaInput("bb1", InputKind.VIDEO, "video/mp4", "mp4", 3_000_000_000, "bb/bb1.mp4", Dimensions(16, 9), 2.5)
SOUND = MediaInput("cc1", InputKind.AUDIO, "audio/mpeg", "mp3", 30, "cc/cc1.mp3", None, 61.0)


@pytest.fixture
def assets(database: Database) -> Assets:
    return Assets(database)


@pytest.mark.parametrize("media", [PICTURE, CLIP, SOUND], ids=lambda media: media.kind)
async def test_an_asset_is_read_back_as_it_was_by_its_owner_only(assets: Assets, media: MediaInput) -> None:
    asset = Asset("asset_1", "owner", media, 1000.5, "狐狸.png")
    await assets.add(asset)
    assert await assets.load("asset_1", ("someone", "owner")) == asset
    assert await assets.load("asset_1", ("someone",)) is None
    assert await assets.load("asset_2", ("owner",)) is None


async def test_lists_go_on_behind_an_asset_in_either_direction_also_where_times_are_equal(assets: Assets) -> None:
    made = [Asset(f"asset_{n}", "owner", PICTURE, 1000.0 + n // 2) for n in range(5)]
    for asset in made:
        await assets.add(asset)
    await assets.add(Asset("asset_x", "someone", PICTURE, 1001.0))

    async def ids(after: str | None, *, newest_first: bool) -> list[str]:
        found = await assets.list(("owner",), after=after, limit=3, newest_first=newest_first)
        return [asset.id[-1] for asset in found]

    assert await ids(None, newest_first=True) == ["4", "3", "2"]
    assert await ids("asset_2", newest_first=True) == ["1", "0"]
    assert await ids(None, newest_first=False) == ["0", "1", "2"]
    assert await ids("asset_2", newest_first=False) == ["3", "4"]
    for strange in ("asset_9", "asset_x"):
        assert await ids(strange, newest_first=True) == await ids(strange, newest_first=False) == []


async def test_only_its_owner_deletes_an_asset_and_only_once(assets: Assets) -> None:
    asset = Asset("asset_1", "owner", PICTURE, 1000.0)
    await assets.add(asset)
    assert await assets.delete("asset_1", ("someone",)) is None
    assert await assets.delete("asset_1", ("owner",)) == asset
    assert await assets.delete("asset_1", ("owner",)) is None
    assert await assets.list(("owner",), after=None, limit=9) == ()


async def test_a_file_is_needed_until_the_last_asset_of_it_is_deleted(assets: Assets, database: Database) -> None:
    inputs = Inputs(database)
    first = Asset("asset_1", "owner", PICTURE, 1000.0)
    for asset in (first, replace(first, id="asset_2", owner="someone"), Asset("asset_3", "owner", CLIP, 1000.0)):
        await assets.add(asset)
    assert await inputs.release(9e9) == {"aa/aa1.png", "bb/bb1.mp4"}
    await assets.delete("asset_1", ("owner",))
    assert await inputs.release(9e9) == {"aa/aa1.png", "bb/bb1.mp4"}
    await assets.delete("asset_2", ("someone",))
    assert await inputs.release(9e9) == {"bb/bb1.mp4"}

from dreambridge.domain.generation import Dimensions, InputKind, Kind, VideoMode
from dreambridge.domain.live_model import LiveModel
from dreambridge.store.database import Database
from dreambridge.store.live_lists import LiveList, LiveLists

PICTURES = LiveModel(
    "key_1", "图片", Kind.IMAGE, ("1k", "2k"), sizes={"2k": {"1:1": Dimensions(2048, 2048)}}, counts=(1, 2), is_new=True
)
FILMS = LiveModel(
    "key_2",
    "Films",
    Kind.VIDEO,
    ("720p",),
    modes=(VideoMode.TEXT, VideoMode.OMNI_REFERENCE),
    inputs={InputKind.IMAGE: 9},
    benefits={"720p": "b"},
)


async def test_lists_are_read_back_as_they_were_and_only_the_newest_stays(database: Database) -> None:
    lists = LiveLists(database)
    first = LiveList("acct_1", "us", Kind.IMAGE, (PICTURES,), 1000.0)
    other = LiveList("acct_1", "us", Kind.VIDEO, (FILMS,), 1001.0)
    await lists.keep(())
    await lists.keep((first, other))
    assert await lists.all() == (first, other)
    newer = LiveList("acct_1", "us", Kind.IMAGE, (), 2000.0)
    await lists.keep((newer,))
    assert await lists.all() == (other, newer)
    assert await lists.prune(1500.0) == 1
    assert await lists.all() == (newer,)

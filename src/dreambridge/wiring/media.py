"""Everything that handles bytes."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from dreambridge.media.fetch import Fetcher
from dreambridge.media.inputs import InputShelf
from dreambridge.media.library import Library
from dreambridge.media.workbench import Workbench
from dreambridge.settings import Settings


@dataclass(frozen=True, slots=True)
class Media:
    """Where bytes lie, how they come, and where they are worked on."""

    library: Library
    shelf: InputShelf
    fetcher: Fetcher
    bench: Workbench


def build_media(settings: Settings, stack: AsyncExitStack) -> Media:
    """Open the directories of results and inputs, and remove what a crash left half made in them."""
    fetcher, bench = Fetcher(), Workbench()
    stack.push_async_callback(fetcher.close)
    stack.push_async_callback(bench.close)
    library = Library(settings.data_dir / "artifacts")
    shelf = InputShelf(
        settings.data_dir / "inputs", fetcher=fetcher, bench=bench, private_ok=settings.allow_private_inputs
    )
    library.sweep()
    shelf.sweep()
    return Media(library, shelf, fetcher, bench)

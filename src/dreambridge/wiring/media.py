"""Everything that handles bytes."""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from dreambridge.engine.clock import Clock
from dreambridge.engine.files import ArtifactFiles
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.inputs import InputDesk
from dreambridge.engine.keeping import Keeper
from dreambridge.media.convert import Converter
from dreambridge.media.fetch import Fetcher
from dreambridge.media.inputs import InputShelf
from dreambridge.media.library import Library
from dreambridge.media.thumbnails import Thumbnailer
from dreambridge.media.workbench import Workbench
from dreambridge.settings import Settings
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.uploader import Uploader
from dreambridge.wiring.sources import Sources
from dreambridge.wiring.stores import Stores


@dataclass(frozen=True, slots=True)
class Media:
    """Where results and inputs lie, and what brings results there."""

    library: Library
    shelf: InputShelf
    keeper: Keeper
    thumbnailer: Thumbnailer

    def build_inputs(self, stores: Stores, client: UpstreamClient, uploader: Uploader, clock: Clock) -> InputDesk:
        """Put together what brings inputs to the sites."""
        return InputDesk(
            shelf=self.shelf,
            uploader=uploader,
            client=client,
            uploads=stores.uploads,
            inputs=stores.inputs,
            clock=clock,
        )

    def build_harvest(
        self,
        stores: Stores,
        sources: Sources,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> Harvest:
        """Put together what brings results here."""
        return Harvest(
            artifacts=stores.artifacts,
            library=self.library,
            keeper=self.keeper,
            clock=clock,
            origin=sources.origin,
            new_address=sources.new_address,
            spawn=spawn,
        )

    def build_files(self, harvest: Harvest) -> ArtifactFiles:
        """Put together what gives results out."""
        return ArtifactFiles(harvest, self.thumbnailer)


def build_media(settings: Settings, stack: AsyncExitStack, clock: Clock) -> Media:
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
    keeper = Keeper(library=library, fetcher=fetcher, converter=Converter(bench), clock=clock)
    return Media(library, shelf, keeper, Thumbnailer(library, bench))

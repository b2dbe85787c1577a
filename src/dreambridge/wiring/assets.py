"""What keeps callers' assets, and what resolves the ids that callers name."""

from dreambridge.engine.assets import AssetDesk
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.references import References
from dreambridge.engine.room import Room
from dreambridge.engine.workshop import Workshop
from dreambridge.wiring.stores import Stores


def build_assets(stores: Stores, shop: Workshop, harvest: Harvest, room: Room) -> AssetDesk:
    """Put them together."""
    references = References(assets=stores.assets, jobs=stores.jobs, harvest=harvest, inputs=shop.inputs)
    return AssetDesk(assets=stores.assets, inputs=shop.inputs, references=references, room=room, clock=shop.clock)

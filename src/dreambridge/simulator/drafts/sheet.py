"""A submission while it is read: its parts, and the questions that every kind of generation asks of them."""

from dataclasses import dataclass
from typing import Any

from dreambridge.simulator.belongings import Belongings
from dreambridge.simulator.cinema import Cinema
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.market import Market, Model, Size


@dataclass(frozen=True, slots=True)
class Sheet:
    """One submission: body, draft and main component, and what they are held against."""

    body: dict[str, Any]
    draft: dict[str, Any]
    main: dict[str, Any]
    market: Market
    cinema: Cinema
    belongings: Belongings
    strict: bool

    @property
    def root_model(self) -> str:
        """Return the model that the body names; raise `Refusal` 1000 without one."""
        extend = self.body.get("extend")
        root = extend.get("root_model") if isinstance(extend, dict) else None
        if not isinstance(root, str) or not root:
            raise Refusal(1000, "the model key is missing")
        return root

    @property
    def ability(self) -> dict[str, Any]:
        """Return the node of the main component that holds what is asked for."""
        return part(self.main, "abilities")

    def insist(self, holds: bool, words: str, ret: int = 1000) -> None:
        """Raise `Refusal` in strict mode when something does not hold that no page would send."""
        if self.strict and not holds:
            raise Refusal(ret, words)

    def image_model(self, core: dict[str, Any], resolution: str) -> Model:
        """Return the image model of a core; raise `Refusal` 1000 or 2061."""
        for key in (self.root_model, core.get("model")):
            if not isinstance(key, str) or not key:
                raise Refusal(1000, "the model key is missing")
            if key not in self.market.models:
                raise Refusal(2061, f"{key} is not sold on {self.market.cluster}")
        self.insist(self.root_model == core["model"], f"root_model {self.root_model} and {core['model']} differ")
        model = self.market.model(core["model"], resolution)
        if model is None:
            raise Refusal(2061, f"{core['model']} is not sold on {self.market.cluster}")
        self.insist(resolution in model.resolutions, f"{model.key} has no {resolution}")
        return model

    def image_size(self, info: dict[str, Any], model: Model, resolution: str) -> Size:
        """Return the pixels that will be drawn: an unknown size becomes the nearest one unless strict."""
        width, height = info.get("width"), info.get("height")
        if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
            raise Refusal(1000, "width and height must be positive whole numbers")
        if self.market.knows_size(model, resolution, (width, height)):
            return width, height
        self.insist(holds=False, words=f"{model.key} has no {width}x{height} at {resolution}")
        return self.market.nearest_size(resolution, (width, height))

    def picture(self, node: dict[str, Any]) -> tuple[str, Size]:
        """Return uri and size of the picture that a node refers to; raise `Refusal` 1000 when it is not ours."""
        uri = node.get("image_uri") or node.get("uri")
        if not isinstance(uri, str) or not uri:
            raise Refusal(1000, "a picture has no image_uri")
        self.insist(node.get("uri", uri) == uri == node.get("image_uri", uri), "image_uri and uri differ")
        size = self.belongings.picture_size(uri)
        if size is None:
            raise Refusal(1000, f"{uri} names no picture of this account")
        return uri, size


def part(node: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object inside another; raise `Refusal` 1002 when it is missing."""
    value = node.get(name)
    if not isinstance(value, dict):
        raise Refusal(1002, f"{name} is missing")
    return value


def parts(node: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of objects; raise `Refusal` 1002 when it is none, or empty."""
    value = node.get(name)
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise Refusal(1002, f"{name} is missing")
    return value

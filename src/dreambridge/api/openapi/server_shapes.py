"""The shapes of what tells of the server itself."""

from typing import Literal

from pydantic import Field

from dreambridge.api.openapi.shapes import Shape


class Status(Shape):
    """Whether the server lives, or can work."""

    status: Literal["ok", "ready"]


class Health(Shape):
    """That the server lives, and its time."""

    status: Literal["ok"]
    timestamp: int = Field(description="Unix time in milliseconds.")


class Welcome(Shape):
    """Where to go on."""

    name: Literal["dreambridge"]
    version: str
    base_url: str
    models: str
    openapi: str
    docs: str
    mcp: str = Field(description="The address for clients of the Model Context Protocol.")
    llms: str = Field(description="What agents read first.")

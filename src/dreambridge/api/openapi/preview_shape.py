"""The shape of what a dry run answers."""

from typing import Literal

from pydantic import Field

from dreambridge.api.openapi.shapes import Asked, ErrorObject, Shape


class Preview(Shape):
    """What a call would do, told by a dry run."""

    object: Literal["preview"]
    dry_run: Literal[True]
    model: str
    model_used: str
    site: str | None = Field(description="Of the account that would be given it now.")
    account: str | None
    accounts: int = Field(description="How many accounts may do it.")
    request: Asked
    cost: int | None = Field(description="The forecast in credits; null where no price is known.")
    balance: int | None = Field(description="What the account has, in credits.")
    obstacle: ErrorObject | None = Field(description="Why no account would be given it now.")

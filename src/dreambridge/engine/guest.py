"""Who calls through a door that is not made of routes, and what such a door cannot know by itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.remedies import Language
from dreambridge.engine.credentials import Caller


@dataclass(frozen=True, slots=True)
class Guest:
    """A caller whom the web let in, with the server's addresses as this caller knows them.

    `url_of` gives the address of an artifact's bytes, `as_id` reads an address of ours as the id it names. `contain`
    awaits something and turns what nobody foresaw into an opaque `GatewayFault`. `answers` collects the jobs that this
    call asked for, and whether its answer is the last that has to be said of them; `seen` others whose end it tells.
    """

    caller: Caller
    language: Language
    url_of: Callable[[Artifact], str]
    as_id: Callable[[str], str]
    contain: Callable[[Awaitable[Any]], Awaitable[Any]]
    answers: dict[str, bool] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

"""What every tool works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from dreambridge.catalog import Catalog
from dreambridge.engine.guest import Guest
from dreambridge.engine.service import GenerationService

Report: TypeAlias = Callable[[float, str], Awaitable[None]]
"""Tells the client how far its call is: 0–100, and a sentence; does nothing for one that did not ask."""


@dataclass(frozen=True, slots=True)
class AgentOptions:
    """The settings of this door: models when none is named, the longest waits (s), the largest request (bytes)."""

    image_model: str
    video_model: str
    image_wait: float
    video_wait: float
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Desk:
    """The engine's door, the catalogue, and the settings."""

    service: GenerationService
    catalog: Catalog
    options: AgentOptions


@dataclass(frozen=True, slots=True)
class Visit:
    """One call of a tool: whose it is, and how to tell of its progress."""

    desk: Desk
    guest: Guest
    report: Report

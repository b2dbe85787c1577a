"""From what a chat says to a wish: which kind of model is meant, and what it is asked."""

from dataclasses import dataclass
from typing import Final

from dreambridge.api.calls import Call
from dreambridge.api.openai.chat.body import ChatBody, Said
from dreambridge.catalog.agent_planning import AGENT_NAME
from dreambridge.domain.errors import GatewayError, UnknownModel
from dreambridge.domain.generation import AgentWish, ImageWish, InputKind, Kind, MediaInput, VideoWish
from dreambridge.engine.flags import Flags
from dreambridge.engine.service import CreateOptions, Creation

# How long a call for an unknown model waits for the sites' own lists (s).
_LIST_PATIENCE: Final = 5.0
# LobeHub asks models whose name ends so for pictures in a list instead of Markdown.
IMAGE_SUFFIX: Final = ":image"
ChatWish = ImageWish | VideoWish | AgentWish


@dataclass(frozen=True, slots=True)
class Meant:
    """The model that a chat means: its name without a suffix, what it makes, what the answer looks like."""

    model: str
    asked: str
    kind: Kind
    as_images: bool = False

    @property
    def kinds(self) -> frozenset[InputKind]:
        """Tell what may go in."""
        return frozenset(InputKind) if self.kind is Kind.VIDEO else frozenset({InputKind.IMAGE})


async def find_model(call: Call, asked: ChatBody) -> Meant:
    """Find the model that a chat means on the caller's sites. Touches the network for an unknown one only.

    Raises UnknownModel, and UnsupportedOption where only other sites have it.
    """
    name = (asked.model or "").strip() or call.context.options.default_image_model
    plain = name[: -len(IMAGE_SUFFIX)] if name.lower().endswith(IMAGE_SUFFIX) else name
    return Meant(plain, name, await find_kind(call, plain), as_images=plain != name)


async def find_kind(call: Call, name: str) -> Kind:
    """Tell what a model makes on the caller's sites. Touches the network for an unknown one only.

    Raises as `find_model`.
    """
    try:
        return _kind_of(call, name)
    except UnknownModel:
        await call.context.service.live.refresh(call.caller.accounts, patience=_LIST_PATIENCE)
        return _kind_of(call, name)


def _kind_of(call: Call, name: str) -> Kind:
    if name.casefold() == AGENT_NAME:
        return Kind.AGENT
    refusals: list[GatewayError] = []
    for site in dict.fromkeys(call.caller.sites):
        try:
            return call.context.catalog.resolve(name, site).kind
        except GatewayError as error:
            refusals.append(error)
    raise refusals[0]


def build_wish(
    call: Call, asked: ChatBody, meant: Meant, flags: Flags, said: Said, inputs: tuple[MediaInput, ...]
) -> ChatWish:
    """Put what was said into the engine's words; what a flag says beats the field."""
    ratio, resolution = flags.ratio or asked.ratio, flags.resolution or asked.resolution
    if meant.kind is Kind.AGENT:
        return AgentWish(
            prompt=flags.prompt,
            conversation_id=asked.conversation_id,
            inputs=inputs,
            ratio=ratio,
            resolution=resolution,
        )
    if meant.kind is Kind.VIDEO:
        return VideoWish(
            prompt=flags.prompt,
            model=meant.model,
            ratio=ratio,
            resolution=resolution,
            size=asked.size,
            seconds=asked.duration if flags.duration is None else flags.duration,
            inputs=inputs,
            input_names=tuple(each.param for each in said.references),
            default_model=call.context.options.default_video_model,
        )
    return ImageWish(
        prompt=flags.prompt,
        model=meant.model,
        count=asked.n,
        size=asked.size,
        ratio=ratio,
        resolution=resolution,
        negative_prompt=asked.negative_prompt,
        sample_strength=asked.sample_strength,
        inputs=inputs,
        strength=asked.sample_strength if inputs else None,
    )


def unused_fields(asked: ChatBody, meant: Meant, flags: Flags) -> list[str]:
    """Name what was said and has no effect on what the model makes."""
    own = {
        Kind.IMAGE: ("duration", "conversation_id"),
        Kind.VIDEO: ("negative_prompt", "sample_strength", "n", "conversation_id"),
        Kind.AGENT: ("negative_prompt", "sample_strength", "n", "duration", "size"),
    }.get(meant.kind, ())
    length = [] if flags.duration is None else ["duration"]
    return [
        *(asked.model_extra or {}),
        *(name for name in own if getattr(asked, name) is not None or name in length),
    ]


async def create(call: Call, wish: ChatWish, options: CreateOptions) -> Creation:
    """Make the job of a wish. SPENDS CREDIT; raises what the engine does."""
    service = call.context.service
    if isinstance(wish, AgentWish):
        return await service.create_agent(wish, call.caller, options)
    if isinstance(wish, VideoWish):
        return await service.create_video(wish, call.caller, options)
    return await service.create_image(wish, call.caller, options)

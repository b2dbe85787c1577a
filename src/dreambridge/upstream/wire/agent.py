"""The creation agent: one turn of a conversation as a request, and the values that its answer is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dreambridge.upstream.wire.identity import Service, SiteRequest

PATH: Final = "/mweb/v1/creation_agent/v2/conversation"
# The conversations seen carry this one, whatever the other calls of the same page say.
_VERSION: Final = "3.1.3"
_PROTOCOL: Final = "3.0.0"
_IMAGE_FILE: Final = 5


@dataclass(frozen=True, slots=True)
class TurnFile:
    """A picture that goes with a turn: where it lies on the site, what it is called, an id of its own."""

    uri: str
    name: str
    id: str


@dataclass(frozen=True, slots=True)
class TurnHints:
    """What the pictures should be like, in the site's words; absent ones leave the choice to the agent."""

    model_key: str | None = None
    ratio_code: int | None = None
    resolution: str | None = None

    def __bool__(self) -> bool:
        return any(each is not None for each in (self.model_key, self.ratio_code, self.resolution))


@dataclass(frozen=True, slots=True)
class TurnWish:
    """One turn: what the user says in which conversation; `message_id` is the id of what is said."""

    conversation_id: str
    message_id: str
    prompt: str = field(repr=False)
    files: tuple[TurnFile, ...] = ()
    hints: TurnHints = TurnHints()


@dataclass(frozen=True, slots=True)
class Opened:
    """The site has begun the turn; its own ids of the conversation and of this run."""

    conversation_id: str | None
    thread_id: str | None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer's text, for people."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of what the agent thinks aloud."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """The agent begins to use a tool."""

    call_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolCallCompleted:
    """The agent has said all of what it wants of a tool; `arguments` is JSON text as it came."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A tool made a submission, to be followed like any other; told once for each submit id."""

    submit_id: str
    history_id: str | None = None
    resource_type: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallRefused:
    """The site refused what a tool wanted to submit; the agent may try something else in the same turn."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Title:
    """What the site calls the conversation."""

    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The site's summary of the conversation."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over: always the last value, and told once. Without success, `code` is the site's reason.

    No success and no code: the answer broke off.
    """

    ok: bool
    code: str | None = None


TurnValue: TypeAlias = (
    Opened
    | TextDelta
    | ReasoningDelta
    | ToolCallStarted
    | ToolCallCompleted
    | ToolResult
    | CallRefused
    | Title
    | Summary
    | Ended
)


def build_turn(wish: TurnWish, *, generate_id: str, at: float) -> SiteRequest:
    """Build the paid call of one turn at epoch second `at`; continuing a conversation is naming its id again."""
    parts: list[dict[str, object]] = [{"text": wish.prompt, "is_referenced": False}]
    parts += [_file_part(each) for each in wish.files]
    if wish.hints:
        parts.append({"generate_args": {"image_args": _image_args(wish.hints)}})
    message = {
        "author": {"role": "user"},
        "id": wish.message_id,
        "content": {"content_type": "", "content_parts": parts},
        "metadata": {
            "is_visually_hidden_from_conversation": False,
            "conversation_id": wish.conversation_id,
            "parent_message_id": "",
            "metrics_extra": _dump(_metrics(wish)),
            "system_hints": ["dreamina_creative_consultant"],
        },
        "create_time": int(at * 1000),
        "tools": [],
    }
    body = {
        "conversation_id": wish.conversation_id,
        "messages": [message],
        "version": _PROTOCOL,
        "workspace_id": 0,
    }
    context = {"scenario": "image_video_generation", "feature_key": "creation_agent", "tool_id": "agent"}
    query = {
        "da_version": _VERSION,
        "web_component_open_flag": "1",
        "generate_id": generate_id,
        "babi_param": _dump(context),
    }
    return SiteRequest(Service.MWEB, PATH, body, query)


def _file_part(file: TurnFile) -> dict[str, object]:
    return {
        "file": {"uri": file.uri, "file_type": _IMAGE_FILE, "file_name": file.name, "url": "", "id": file.id},
    }


def _image_args(hints: TurnHints) -> dict[str, object]:
    named: Mapping[str, object] = {
        "image_resolution_type": hints.resolution,
        "model_key": hints.model_key,
        "image_ratio": hints.ratio_code,
    }
    given = {key: value for key, value in named.items() if value is not None}
    return {**given, "intelligent_ratio": hints.ratio_code is None}


def _metrics(wish: TurnWish) -> dict[str, object]:
    return {
        "userMessageId": wish.message_id,
        "prompt": wish.prompt,
        "isAddImage": bool(wish.files),
        "conversationId": wish.conversation_id,
        "enterFrom": "click",
        "referenceCnt": len(wish.files),
        "position": "page_bottom_box",
    }


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

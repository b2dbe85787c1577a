"""The shapes of chat completions and responses, as OpenAI's clients read them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Open(BaseModel):
    """An object that may have further fields."""

    model_config = ConfigDict(extra="allow")


class Message(Open):
    """What the assistant says: Markdown with the results in it."""

    role: Literal["assistant"]
    content: str


class Choice(Open):
    """The one answer."""

    index: Literal[0]
    message: Message
    finish_reason: Literal["stop"]


class Usage(Open):
    """Numbers that strict clients want; the sites count credits, no tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(Open):
    """A whole chat answer."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class ImageCall(Open):
    """The picture of a response."""

    id: str
    type: Literal["image_generation_call"]
    status: Literal["in_progress", "generating", "completed", "failed"]
    result: str | None = Field(description="The picture as base64.")
    size: str = Field(default="", description="WIDTHxHEIGHT.")


class Spoken(Open):
    """Words of a response: only housekeeping is answered with any."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    content: list[dict[str, Any]]


class ResponseObject(Open):
    """A response as it stands."""

    id: str
    object: Literal["response"]
    created_at: int
    status: Literal["queued", "in_progress", "completed", "failed", "cancelled"]
    model: str
    output: list[ImageCall | Spoken]
    parallel_tool_calls: bool
    tool_choice: str
    tools: list[dict[str, Any]]
    error: dict[str, Any] | None


class ResponseDeleted(Open):
    """A response that is no more."""

    id: str
    object: Literal["response"]
    deleted: Literal[True]

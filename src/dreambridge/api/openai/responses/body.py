"""The body of a Responses call: which words are the prompt, which pictures go in, what the tool is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from dreambridge.api.fields import read_body_fields, read_fields
from dreambridge.api.openai.chat.body import Said, read_said
from dreambridge.api.openai.schemas import Making
from dreambridge.api.reader import Body
from dreambridge.api.references import Reference
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption

TOOL: Final = "image_generation"
CALL: Final = "image_generation_call"
ITEM_PREFIX: Final = "ig_"
RESPONSE_PREFIX: Final = "resp_"


class Tool(BaseModel):
    """The image_generation tool as the caller configures it."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    type: str = TOOL
    model: str | None = Field(
        None, description="The model that draws; absent is the model of the call, or the default."
    )
    action: str | None = Field(None, description="generate, edit or auto.")
    size: str | None = Field(None, description="As of image calls.")
    ratio: str | None = Field(None, description="As of image calls.")
    resolution: str | None = Field(None, description="As of image calls.")
    background: str | None = Field(None, description="opaque or auto.")
    output_format: str | None = Field(None, description="png, jpeg or webp.")
    partial_images: int | None = Field(None, ge=0, le=3, description="0–3, with stream.")
    input_image_mask: dict[str, Any] | None = Field(None, description="Not offered.")


class ResponseBody(Making):
    """The body of `POST /v1/responses`."""

    input: str | list[dict[str, Any]] = Field(description="The prompt, or the items of a conversation.")
    tools: list[dict[str, Any]] = Field(default_factory=list, description="image_generation; others have no effect.")
    previous_response_id: str | None = Field(None, description="A response whose picture this one may build upon.")
    background: bool = Field(False, description="Answer at once; GET /v1/responses/{id} tells what became of it.")


@dataclass(frozen=True, slots=True)
class Heard:
    """A checked call: what was asked, how the tool is to draw, whether there was a tool, and what was said."""

    asked: ResponseBody
    tool: Tool
    named: bool
    said: Said
    messages: list[dict[str, Any]]


def read_response_body(body: Body) -> Heard:
    """Check the body of a Responses call. Raises InvalidRequest, UnsupportedOption."""
    asked = read_body_fields(ResponseBody, body)
    index = next((at for at, each in enumerate(asked.tools) if each.get("type") == TOOL), None)
    tool = _read_tool({} if index is None else asked.tools[index], index or 0)
    messages = _read_input(asked.input)
    if asked.previous_response_id is not None:
        job = "job_" + asked.previous_response_id.removeprefix(RESPONSE_PREFIX)
        messages = [{"role": "assistant", "content": "", "images": [job]}, *messages]
    if not any(message.get("role") == "user" for message in messages):
        raise InvalidRequest("input has no message of the role user.", param="input")
    try:
        said = read_said(messages, always=tool.action == "edit")
    except InvalidRequest as error:
        error.message, error.param = _place(error.message), _place(error.param or "input")
        raise
    references = tuple(Reference(_place(each.param), each.source) for each in said.references)
    return Heard(asked, tool, index is not None, Said(said.text, references, said.earlier), messages)


def _read_tool(fields: Mapping[str, Any], index: int) -> Tool:
    try:
        tool = read_fields(Tool, dict(fields))
    except InvalidRequest as error:
        error.param = f"tools[{index}].{error.param}"
        raise
    if tool.input_image_mask:
        raise UnsupportedOption("The sites offer no mask; leave it out.", param=f"tools[{index}].input_image_mask")
    if tool.action not in {None, "auto", "generate", "edit"}:
        raise InvalidRequest("action takes one of auto, generate, edit.", param=f"tools[{index}].action")
    return tool


def _read_input(value: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Read the items of a conversation as the messages of a chat; an earlier picture is an answer that had it."""
    if isinstance(value, str):
        return [{"role": "user", "content": value}]
    messages: list[dict[str, Any]] = []
    for index, item in enumerate(value):
        kind = item.get("type", "message")
        if kind == CALL:
            source = item.get("result") or "art_" + str(item.get("id", "")).removeprefix(ITEM_PREFIX)
            messages.append({"role": "assistant", "content": "", "images": [source]})
        elif kind == "message":
            messages.append({"role": item.get("role", "user"), "content": item.get("content")})
        elif kind in {"input_text", "input_image"}:
            messages.append({"role": "user", "content": [item]})
        elif not isinstance(kind, str):
            raise InvalidRequest(f"input[{index}].type must be a string.", param=f"input[{index}].type")
        else:
            # Reasoning, calls of other tools and what they gave: nothing of it is a wish.
            messages.append({"role": "other", "content": ""})
    return messages


def _place(param: str) -> str:
    return param.replace("messages[", "input[")

"""Operations in which a conversation is sent: chat completions and responses."""

from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.openai.chat.body import ChatBody
from dreambridge.api.openai.responses.body import ResponseBody
from dreambridge.api.openapi.images import ACCEPTED, DOT, MADE_HEADERS
from dreambridge.api.openapi.operation import (
    IDEMPOTENCY_KEY,
    PREFER,
    SPENDING_ERRORS,
    STREAM,
    Answer,
    Content,
    Operation,
)
from dreambridge.api.openapi.preview_shape import Preview
from dreambridge.api.openapi.shapes import TaskAccepted
from dreambridge.api.openapi.talk_shapes import ChatCompletion, ResponseDeleted, ResponseObject

_URL: Final = "http://127.0.0.1:8000/v1/artifacts/art_ga63s6gjaf2f66y3xkqfqwle55.png"
_COMPLETION: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": "chatcmpl-8b1f8f43-6f3e-4f9e-8d5e-0c1a9d8f2b11",
        "model": "jimeng-4.5",
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": f"![image_0]({_URL})\n"},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        "created": 1795518782,
    }
)
CHAT: Final = Operation(
    "Chat",
    "Make pictures and videos in a conversation",
    "The last user message is the prompt, its parts the inputs; an earlier picture of the conversation goes in where "
    "the words mean one. The answer is Markdown; with `stream` progress comes as `reasoning_content` and each result "
    "when it exists. The model `agent` is the site's own assistant, which decides by itself what to make. Titles, tags "
    "and connection checks of front ends are answered with a short text, free of charge. **Spends credit**, once.",
    {
        200: Answer(
            "The answer, in one piece or in chunks.",
            (
                Content((ChatCompletion, TaskAccepted, Preview), {"a picture": dict(_COMPLETION)}),
                Content(STREAM, media_type="text/event-stream"),
            ),
            MADE_HEADERS,
        ),
        202: ACCEPTED,
    },
    bodies=(
        Content(
            ChatBody,
            {
                "a picture": {
                    "model": "jimeng-4.5",
                    "n": 1,
                    "messages": [{"role": "user", "content": "A lighthouse in a storm -ra 16:9"}],
                },
                "with a picture": {
                    "model": "jimeng-4.5",
                    "n": 1,
                    "messages": [
                        {
                            "role": "user",
                            "content": [
                                {"type": "text", "text": "Let it snow"},
                                {"type": "image_url", "image_url": {"url": DOT}},
                            ],
                        }
                    ],
                },
                "streamed": {
                    "model": "jimeng-4.5",
                    "n": 1,
                    "stream": True,
                    "messages": [{"role": "user", "content": "A lighthouse at dawn"}],
                },
                "the agent": {
                    "model": "agent",
                    "messages": [{"role": "user", "content": "Draw a husky, 16:9"}],
                },
            },
        ),
    ),
    parameters=(IDEMPOTENCY_KEY, PREFER),
    errors=SPENDING_ERRORS,
)
_RESPONSE: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": "resp_bda4dqpiv25mnu3vjpzhkzh2va",
        "object": "response",
        "created_at": 1795518770,
        "status": "completed",
        "error": None,
        "model": "gpt-image-1",
        "output": [
            {
                "id": "ig_ga63s6gjaf2f66y3xkqfqwle55",
                "type": "image_generation_call",
                "status": "completed",
                "result": "iVBORw0KGgo=",
                "size": "1024x1024",
            }
        ],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [{"type": "image_generation", "model": "jimeng-4.5"}],
    }
)
_WHOLE: Final = Answer("The response.", (Content(ResponseObject, {"completed": dict(_RESPONSE)}),), ("x-job-id",))
RESPOND: Final = Operation(
    "Responses",
    "Make a picture by the image_generation tool",
    "The model of the tool draws; without one the model of the call, if it makes pictures. Pictures in the input, of "
    "an earlier call or of `previous_response_id` go in where the words mean them, or with the action `edit` always. "
    "**Spends credit**, once.",
    {
        200: Answer(
            "The response, whole or in events.",
            (
                Content((ResponseObject, Preview), {"a picture": dict(_RESPONSE)}),
                Content(STREAM, media_type="text/event-stream"),
            ),
            MADE_HEADERS,
        ),
        202: ACCEPTED,
    },
    bodies=(
        Content(
            ResponseBody,
            {
                "a prompt": {
                    "model": "gpt-image-1",
                    "input": "A lighthouse in a storm",
                    "tools": [{"type": "image_generation", "size": "1024x1024"}],
                },
                "in events": {
                    "model": "gpt-image-1",
                    "input": [{"role": "user", "content": [{"type": "input_text", "text": "A lighthouse"}]}],
                    "tools": [{"type": "image_generation", "output_format": "png", "partial_images": 1}],
                    "stream": True,
                },
            },
        ),
    ),
    parameters=(IDEMPOTENCY_KEY, PREFER),
    errors=SPENDING_ERRORS,
)
RETRIEVE: Final = Operation(
    "Responses",
    "Look at a response",
    "The response as it stands, its pictures in it once they exist. A failed one is 200 as well and says why.",
    {200: _WHOLE},
    errors=(404,),
)
CANCEL: Final = Operation(
    "Responses", "Cancel a response", "Cancels as soon as that is safe.", {200: _WHOLE}, errors=(404, 413)
)
DELETE: Final = Operation(
    "Responses",
    "Delete a response",
    "Removes an ended response with its prompt, inputs and pictures.",
    {
        200: Answer(
            "It is gone.",
            (
                Content(
                    ResponseDeleted,
                    {"deleted": {"id": "resp_bda4dqpiv25mnu3vjpzhkzh2va", "object": "response", "deleted": True}},
                ),
            ),
        )
    },
    errors=(400, 404),
)

"""The body of a chat call: which words are the prompt, and which pictures go with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from dreambridge.api.fields import read_body_fields
from dreambridge.api.openai.schemas import Making
from dreambridge.api.reader import Body
from dreambridge.api.references import Reference, read_source
from dreambridge.domain.errors import InvalidRequest

# Content parts that carry a file → the key under which they do.
_PARTS: Final = ("image_url", "input_image", "video_url", "audio_url", "file", "input_file")
_MARKDOWN: Final = re.compile(r"!\[[^\]]*\]\(\s*<?((?:https?:|data:image/)[^\s)>]+)>?[^)]*\)")
_NOUN: Final = r"(?:pictures?|images?|photos?|drawings?|versions?|ones?)"
_ORDER: Final = (
    r"(?:first|second|third|fourth|[1-4](?:st|nd|rd|th)|last|previous|above|same|earlier|other|two|three|four)"
)
# Words by which a prompt means a picture of the conversation, and no new one ("a second picture of a dog" is new).
_MEANT: Final = re.compile(
    rf"\b(?:this|that|these|those|my|both|all)\s+(?:(?:the|of|{_ORDER})\s+){{0,3}}{_NOUN}\b"
    rf"|\bthe\s+(?:{_ORDER}\s+)+{_NOUN}\b|\bthe\s+(?:picture|image|photo|drawing)\b(?!\s+of\b)"
    r"|\b(?:picture|image|photo)\s*(?:no\.?\s*|#\s*)?[1-9]\b"
    r"|\b(?:make|change|edit|turn|redo|recolou?r|animate|colou?r|transform|convert)\s+(?:it|this|that|them|these|those)\b"
    r"|\b(?:remove|change|replace|blur|keep)\s+the\s+background\b"
    r"|[这那上前][一两几二三四1-9]*[张幅个]|第[一二三四五六七八九1-9][张幅个]|最后[一1]?[张幅个]|[这那上原]图|图\s*[一二三四1-9]"
    r"|刚才的|上面的图|前面的图|这些图|以上图|[把给让将]它|(?:换|去掉|去除|更换|虚化)(?:个|一下)?背景|^(?:变成|改成|换成|改为)",
    re.IGNORECASE,
)
_ALL: Final = re.compile(
    r"\b(?:these|those|all|both|them)\b|这些|那些|它们|[这那上前][两几二三四2-9]+[张幅个]|都|全部", re.IGNORECASE
)
_LAST: Final = re.compile(rf"\bthe\s+last\s+{_NOUN}\b|最后[一1]?[张幅个]", re.IGNORECASE)
_NUMBERS: Final = (
    ("first|1st", "一1"),
    ("second|2nd", "二2"),
    ("third|3rd", "三3"),
    ("fourth|4th", "四4"),
    ("fifth|5th", "五5"),
    ("sixth|6th", "六6"),
    ("seventh|7th", "七7"),
    ("eighth|8th", "八8"),
    ("ninth|9th", "九9"),
)
_PLACES: Final = tuple(
    re.compile(
        rf"\bthe\s+(?:{words})\s+{_NOUN}\b|\b(?:picture|image|photo)\s*(?:no\.?\s*|#\s*)?{signs[-1]}\b"
        rf"|第[{signs}][张幅个]|图\s*[{signs}]",
        re.IGNORECASE,
    )
    for words, signs in _NUMBERS
)


class StreamOptions(BaseModel):
    """What a client wants of a stream."""

    model_config = ConfigDict(extra="allow", frozen=True)

    include_usage: bool | None = None


class ChatBody(Making):
    """The body of `POST /v1/chat/completions`; the options of image and video calls may stand beside OpenAI's."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    messages: list[dict[str, Any]] = Field(description="The conversation; its last user message is the prompt.")
    stream_options: StreamOptions | None = Field(None, description="include_usage asks for a last chunk with usage.")
    n: int | None = Field(None, description="Number of pictures, 1–10; absent is the model's own default.")
    size: str | None = Field(None, description="As of image and video calls.")
    ratio: str | None = Field(
        None,
        description="Shape, such as 16:9.",
        validation_alias=AliasChoices("ratio", "aspect_ratio", "aspectRatio"),
        serialization_alias="ratio",
    )
    resolution: str | None = Field(None, description="1k, 1.5k, 2k or 4k; of videos 720p and the like.")
    negative_prompt: str | None = Field(None, description="What not to draw.")
    sample_strength: float | None = Field(None, description="0–1: fineness, or how much pictures of the input count.")
    duration: float | None = Field(None, description="Length of a video, in seconds.")
    conversation_id: str | None = Field(None, description="Of the agent: the conversation that goes on.")


@dataclass(frozen=True, slots=True)
class Said:
    """What the user said last: the words, the files with them, and whether these come from earlier in the talk."""

    text: str
    references: tuple[Reference, ...]
    earlier: bool = False


def read_chat_body(body: Body) -> ChatBody:
    """Check the body of a chat call. Raises InvalidRequest."""
    asked = read_body_fields(ChatBody, body)
    if not asked.messages:
        raise InvalidRequest("messages is empty; send at least one.", param="messages", code="empty_array")
    if not any(message.get("role") == "user" for message in asked.messages):
        raise InvalidRequest("messages has no message of the role user.", param="messages")
    return asked


def read_said(messages: list[dict[str, Any]], *, always: bool = False) -> Said:
    """Read the last user message; where its words mean a picture and it has none, an earlier one goes with it.

    With `always` an earlier picture goes with it whatever the words. Raises InvalidRequest for content that cannot be
    read.
    """
    last = max(index for index, message in enumerate(messages) if message.get("role") == "user")
    where = f"messages[{last}].content"
    text = read_text(messages[last].get("content"), where)
    own = tuple(_read_files(messages[last].get("content"), where))
    if own or not (always or _MEANT.search(text)):
        return Said(text, own)
    for index in range(last - 1, -1, -1):
        found = tuple(_find_pictures(messages[index], index))
        if found:
            return Said(text, _choose(text, found, where), earlier=True)
    return Said(text, ())


def read_text(content: object, where: str) -> str:
    """Join the words of a message's content: text, or a list of parts. Raises InvalidRequest."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise InvalidRequest(f"{where} must be a string or a list of parts.", param=where, code="invalid_type")
    words = []
    for index, part in enumerate(content):
        if isinstance(part, str):
            words.append(part)
        elif not isinstance(part, dict):
            raise InvalidRequest(f"{where}[{index}] must be an object.", param=f"{where}[{index}]", code="invalid_type")
        elif part.get("type") in {"text", "input_text", "output_text"}:
            if not isinstance(part.get("text"), str):
                place = f"{where}[{index}].text"
                raise InvalidRequest(f"{place} must be a string.", param=place, code="invalid_type")
            words.append(part["text"])
    return "\n".join(words)


def _read_files(content: object, where: str) -> Iterator[Reference]:
    for index, part in enumerate(content if isinstance(content, list) else ()):
        kind = part.get("type") if isinstance(part, dict) else None
        place = f"{where}[{index}].{kind}"
        if kind in _PARTS:
            # The Responses API has the address on the part itself.
            value = part.get(kind) or part.get("image_url") or part.get("file_id") or part.get("file_data")
            yield Reference(place, read_source(value, place))
        elif kind == "input_audio":
            yield Reference(place, read_source(part.get("input_audio"), place))
        elif kind not in {None, "text", "input_text", "output_text", "refusal"}:
            raise InvalidRequest(
                f"{where}[{index}] is of the type {str(kind)[:40]!r}, which is not taken here.",
                param=f"{where}[{index}].type",
            )


def _find_pictures(message: dict[str, Any], index: int) -> Iterator[Reference]:
    """List the pictures of an earlier message: parts, Markdown in the answers, the list `images` of some clients."""
    content, where = message.get("content"), f"messages[{index}].content"
    if isinstance(content, list):
        for place, part in enumerate(content):
            if isinstance(part, dict) and part.get("type") in {"image_url", "input_image"}:
                yield Reference(f"{where}[{place}]", read_source(part.get("image_url"), f"{where}[{place}]"))
            elif isinstance(part, dict) and isinstance(part.get("text"), str):
                yield from (Reference(f"{where}[{place}]", url) for url in _MARKDOWN.findall(part["text"]))
    elif isinstance(content, str):
        yield from (Reference(where, url) for url in _MARKDOWN.findall(content))
    images = message.get("images")
    for place, each in enumerate(images if isinstance(images, list) else ()):
        yield Reference(f"messages[{index}].images[{place}]", read_source(each, f"messages[{index}].images[{place}]"))


def _choose(text: str, found: tuple[Reference, ...], where: str) -> tuple[Reference, ...]:
    """Take the pictures that the words mean: those named by number, the last, all of them, or the first.

    Raises InvalidRequest for a number beyond them.
    """
    named = [at for at, pattern in enumerate(_PLACES) if pattern.search(text)]
    if named and named[-1] >= len(found):
        raise InvalidRequest(
            f"The prompt names picture {named[-1] + 1} of the conversation; the last message with pictures has "
            f"{len(found)}.",
            param=where,
        )
    if named:
        return tuple(found[at] for at in named)
    if _LAST.search(text):
        return found[-1:]
    return found if _ALL.search(text) else found[:1]

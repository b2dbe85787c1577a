"""What a chat says: the prompt, the pictures that go with it, and what is no wish for a picture at all."""

from typing import Any

import pytest

from dreambridge.api.openai.chat.body import read_chat_body, read_said
from dreambridge.api.openai.chat.housekeeping import answer_housekeeping, load_rules
from dreambridge.api.reader import Body
from dreambridge.domain.errors import InvalidRequest


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def part(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


MADE = {"role": "assistant", "content": "![image_0](https://x/0.png)\n![image_1](https://x/1.png)\n"}


def sources(messages: list[dict[str, Any]]) -> list[Any]:
    return [each.source for each in read_said(messages).references]


def test_the_last_user_message_is_the_prompt() -> None:
    said = read_said([{"role": "system", "content": "s"}, user("one"), MADE, user("two"), {"role": "tool"}])
    assert (said.text, said.references) == ("two", ())


def test_words_of_several_parts_are_joined_and_files_go_with_them() -> None:
    said = read_said([user([{"type": "text", "text": "a"}, part("https://x/a.png"), {"type": "text", "text": "b"}])])
    assert said.text == "a\nb"
    assert [(each.param, each.source) for each in said.references] == [
        ("messages[0].content[1].image_url", "https://x/a.png")
    ]


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "image_url", "image_url": "u"},
        {"type": "image_url", "image_url": {"url": "u", "detail": "low"}, "prompt_cache_breakpoint": True},
        {"type": "input_image", "image_url": "u"},
        {"type": "video_url", "video_url": {"url": "u"}},
        {"type": "input_audio", "input_audio": {"data": "u", "format": "wav"}},
        {"type": "file", "file": {"file_data": "u", "filename": "a.png"}},
        {"type": "input_image", "file_id": "u"},
    ],
)
def test_every_shape_of_a_file_is_read(shape: dict[str, Any]) -> None:
    assert sources([user([shape])]) == ["u"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("make it snow", ["https://x/0.png"]),
        ("put a hat on the fox in this picture", ["https://x/0.png"]),
        ("把它改成夜晚", ["https://x/0.png"]),
        ("第二张换成蓝色", ["https://x/1.png"]),
        ("make the second image blue", ["https://x/1.png"]),
        ("edit image 2: add snow", ["https://x/1.png"]),
        ("图2改成红色", ["https://x/1.png"]),
        ("the last picture in black and white", ["https://x/1.png"]),
        ("把最后一张改成黑白", ["https://x/1.png"]),
        ("both pictures mixed together", ["https://x/0.png", "https://x/1.png"]),
        ("把这两张合成", ["https://x/0.png", "https://x/1.png"]),
        ("turn this into a watercolor", ["https://x/0.png"]),
        ("remove the background", ["https://x/0.png"]),
        ("换个背景", ["https://x/0.png"]),
        ("变成水彩风格", ["https://x/0.png"]),
        ("A second picture of a dog, unrelated", []),
        ("the picture of a castle", []),
        ("blend these images", ["https://x/0.png", "https://x/1.png"]),
        ("这些图拼在一起", ["https://x/0.png", "https://x/1.png"]),
        ("a red fox", []),
        ("an image of a castle, in the style of an old photo", []),
        ("一只狐狸", []),
        ("画三张哈士奇 16:9", []),
    ],
)
def test_words_that_mean_an_earlier_picture_bring_it_along(text: str, found: list[str]) -> None:
    messages = [user("a fox"), MADE, user(text)]
    assert sources(messages) == found
    assert read_said(messages).earlier is bool(found)


@pytest.mark.parametrize("text", ["make the third picture red", "第3张变红", "edit picture 3"])
def test_a_picture_that_is_not_there_is_not_replaced_by_another(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_said([user("a fox"), MADE, user(text)])
    assert caught.value.param == "messages[2].content"
    assert "has 2" in caught.value.message


def test_pictures_of_the_message_itself_count_alone() -> None:
    messages = [user("a fox"), MADE, user([{"type": "text", "text": "make it snow"}, part("https://x/own.png")])]
    assert sources(messages) == ["https://x/own.png"]


def test_the_nearest_message_with_pictures_counts_whoever_wrote_it() -> None:
    earlier = user([{"type": "text", "text": "look"}, part("https://x/mine.png")])
    assert sources([MADE, earlier, {"role": "assistant", "content": "nice"}, user("edit this picture")]) == [
        "https://x/mine.png"
    ]
    listed = {"role": "assistant", "content": "", "images": [part("https://x/listed.png")]}
    assert sources([listed, user("edit this picture")]) == ["https://x/listed.png"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": "x"}], "n": "2"}, "n"),
        ({"messages": [{"role": "user", "content": "x"}], "stream": "yes"}, "stream"),
        ({"messages": [{"role": "user", "content": "x"}], "max_credits": -1}, "max_credits"),
    ],
)
def test_a_wrong_body_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_chat_body(Body(fields))
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("content", "param"),
    [
        (None, "messages[0].content"),
        (3, "messages[0].content"),
        ([3], "messages[0].content[0]"),
        ([{"type": "text"}], "messages[0].content[0].text"),
        ([{"type": "image_url"}], "messages[0].content[0].image_url"),
        ([{"type": "image_url", "image_url": {}}], "messages[0].content[0].image_url"),
        ([{"type": "hologram", "x": 1}], "messages[0].content[0].type"),
    ],
)
def test_content_that_cannot_be_read_is_refused_by_its_place(content: Any, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_said([user(content)])
    assert caught.value.param == param


def test_options_that_only_language_models_have_are_accepted() -> None:
    body = {"temperature": 0.7, "tools": [], "stop": None, "response_format": {"type": "text"}, "logit_bias": {}}
    asked = read_chat_body(Body({"messages": [user("a fox")], **body}))
    assert set(asked.model_extra or {}) == {"temperature", "tools", "response_format", "logit_bias"}


TASK = '### Task:\nDo something.\n### Output:\nJSON format: {{ "{key}": "…" }}\n### Chat History:\na fox with tags'


@pytest.mark.parametrize(
    ("messages", "limit", "answer"),
    [
        ([user(TASK.format(key="title"))], None, '{"title": "Pictures"}'),
        ([user(TASK.format(key="tags"))], None, '{"tags": ["Art"]}'),
        ([user(TASK.format(key="follow_ups"))], None, '{"follow_ups": []}'),
        ([user("### Task:\nsomething new")], None, "Pictures"),
        ([user("ping")], 5, "Hello. This model makes pictures or videos: describe one."),
        ([user("hello")], None, "Hello. This model makes pictures or videos: describe one."),
        ([user([{"type": "text", "text": "Hi!"}])], None, "Hello. This model makes pictures or videos: describe one."),
        ([user("anything")], 1, "ok"),
        ([user("使用四到五个字直接返回这句话的简要主题")], None, "Pictures"),
        ([user("a fox"), MADE, {"role": "system", "content": "x" * 80}], None, "The conversation is about pictures."),
        ([user("Provide a concise, 5-word-or-less title for the conversation, using title case")], None, "Pictures"),
        ([user("Based on the chat history, give this conversation a name. Keep it short")], None, "Pictures"),
        ([user("Generate a concise, 3-5 word title with an emoji summarizing the chat history.")], None, "Pictures"),
        ([user("简要总结一下对话内容，用作后续的上下文提示 prompt，控制在 200 字以内")], None, "Pictures"),
        ([user("请为这段对话生成一个标题")], None, "Pictures"),
        (
            [{"role": "system", "content": "你需要将用户的会话总结为 10 个字以内的标题"}, user("a fox")],
            None,
            "Pictures",
        ),
        (
            [{"role": "system", "content": "You are a professional conversation summarizer."}, user("a")],
            None,
            "Pictures",
        ),
        ([user("a book with the title Conversation, 3 words on its cover")], None, None),
        ([user("一本标题为“对话”的书")], None, None),
        ([{"role": "system", "content": "You draw pictures for a magazine of that title."}, user("a fox")], None, None),
        ([user("a fox")], None, None),
        ([user("a fox")], 4096, None),
        ([user("hello kitty in the snow")], None, None),
        ([{"role": "system", "content": "x" * 80}, user("a fox")], None, None),
        ([user([{"type": "text", "text": "hi"}, part("https://x/a.png")])], None, None),
        ([user("a fox")], True, None),
    ],
)
def test_housekeeping_is_told_from_a_wish(messages: list[dict[str, Any]], limit: Any, answer: str | None) -> None:
    assert answer_housekeeping(load_rules(), messages, limit) == answer

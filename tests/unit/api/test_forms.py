"""Forms as clients send them: files of every spelling, numbers as text, objects in brackets, and what is none."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dreambridge.api.errors import error_response
from dreambridge.api.fields import read_body_fields
from dreambridge.api.forms import MOST_FILES, Form, assemble, open_body
from dreambridge.api.openai.schemas import ImageBody
from dreambridge.api.reader import Body
from dreambridge.api.references import PICTURE_FIELDS, list_references
from dreambridge.domain.errors import GatewayError, InvalidRequest

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[Any]]
LIMIT = 1_000_000


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was read."""
    request = Request(scope, receive)
    try:
        async with open_body(request, LIMIT) as body:
            files = [
                [each.field, each.filename, each.sha256, len(b"".join([piece async for piece in each.pieces()]))]
                for each in (body.files if isinstance(body, Form) else ())
            ]
            answer = JSONResponse({"fields": body.fields, "files": files})
    except GatewayError as error:
        answer = error_response(error, request)
    await answer(scope, receive, send)


async def post(serve: Serve, **options: Any) -> httpx2.Response:
    async with serve(echo) as served, httpx2.AsyncClient() as client:
        return await client.post(f"http://127.0.0.1:{served.port}/", **options)


@pytest.mark.parametrize(
    ("texts", "fields"),
    [
        ([("n", "2")], {"n": "2"}),
        ([("a[]", "1")], {"a": ["1"]}),
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[0]", "1"), ("a[1]", "2")], {"a": ["1", "2"]}),
        ([("a", "1"), ("a", "2"), ("a", "3")], {"a": ["1", "2", "3"]}),
        ([("a[b]", "1"), ("a[c][d]", "2")], {"a": {"b": "1", "c": {"d": "2"}}}),
        ([("a[0][url]", "x"), ("a[1][url]", "y"), ("a[1][id]", "z")], {"a": [{"url": "x"}, {"url": "y", "id": "z"}]}),
        ([("a[][url]", "x"), ("a[][url]", "y")], {"a": [{"url": "x"}, {"url": "y"}]}),
    ],
)
def test_bracketed_names_make_objects_and_lists(texts: list[tuple[str, str]], fields: dict[str, Any]) -> None:
    assert assemble(texts) == fields


@pytest.mark.parametrize(
    "texts",
    [
        [("a", "1"), ("a[b]", "2")],
        [("a[b]", "2"), ("a", "1")],
        [("a[b]", "1"), ("a[]", "2")],
        [("a[[b]]", "1")],
        [("", "1")],
        [("a[b][c][d][e][f]", "1")],
    ],
)
def test_names_that_do_not_go_together_are_refused(texts: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidRequest):
        assemble(texts)


@pytest.mark.parametrize("names", [["image"], ["image", "image"], ["image[]"], ["image[]", "image[]"], ["image[0]"]])
async def test_files_are_found_however_their_field_is_spelled(serve: Serve, names: list[str]) -> None:
    files = [(name, ("a.png", b"x" * 300_000, "application/octet-stream")) for name in names]
    answer = (await post(serve, files=files, data={"prompt": "画", "n": "2"})).json()
    assert answer["fields"] == {"prompt": "画", "n": "2"}
    assert [each[:2] for each in answer["files"]] == [["image", "a.png"]] * len(names)
    assert {each[3] for each in answer["files"]} == {300_000}
    assert len({each[2] for each in answer["files"]}) == 1


async def test_a_form_says_numbers_and_truth_as_text_and_leaves_fields_empty() -> None:
    sent = {"prompt": "a", "n": "2", "intelligent_ratio": "true", "sample_strength": "0.5", "size": "", "seed": "7"}
    body = read_body_fields(ImageBody, Form(sent))
    assert (body.n, body.intelligent_ratio, body.sample_strength, body.size, body.seed) == (2, True, 0.5, None, 7)
    for name, value in (("n", "two"), ("n", "1.5"), ("intelligent_ratio", "perhaps"), ("seed", "1e3")):
        with pytest.raises(InvalidRequest) as caught:
            read_body_fields(ImageBody, Form({"prompt": "a", name: value}))
        assert (caught.value.param, caught.value.specific_code) == (name, "invalid_type")


async def test_a_form_without_files_and_a_json_body_are_read_at_the_same_address(serve: Serve) -> None:
    assert (await post(serve, data={"a": "1"})).json() == {"fields": {"a": "1"}, "files": []}
    assert (await post(serve, json={"a": 1})).json() == {"fields": {"a": 1}, "files": []}


@pytest.mark.parametrize("content", [b'{"prompt": "a"}', b' \n{"prompt": "a=b&c[[d"}', b"[]"])
async def test_json_that_is_called_a_form_is_told_the_header_it_lacks(serve: Serve, content: bytes) -> None:
    async def pieces() -> Any:
        for at in range(len(content)):
            yield content[at : at + 1]

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for sent in (content, pieces()):
        answer = await post(serve, content=sent, headers=headers)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (400, "invalid_type", "Content-Type")
        assert "Content-Type: application/json" in error["message"]
    assert (await post(serve, content=b"a=%7B1", headers=headers)).json()["fields"] == {"a": "{1"}


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a[[b"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_a_broken_form_is_the_callers_mistake(serve: Serve, content: bytes, content_type: str) -> None:
    answer = await post(serve, content=content, headers={"Content-Type": content_type})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_form"


async def test_a_form_beyond_the_limit_is_refused_announced_or_not(serve: Serve) -> None:
    async def pieces() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
        for _ in range(20):
            yield b"y" * 100_000
        yield b"\r\n--x--\r\n"

    assert (await post(serve, files={"a": b"x" * (LIMIT + 1)})).status_code == 413
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await post(serve, content=pieces(), headers=headers)).status_code == 413


async def test_too_many_files_are_refused(serve: Serve) -> None:
    files = [("image", (f"{index}.png", b"x", "image/png")) for index in range(MOST_FILES + 1)]
    assert (await post(serve, files=files)).json()["error"]["code"] == "invalid_form"


@pytest.mark.parametrize(
    ("value", "sources"),
    [
        ("https://x/a.png", ["https://x/a.png"]),
        (["a", {"url": "b"}, {"image_url": "c"}, {"image_url": {"url": "d"}}, {"file_id": "e"}], list("abcde")),
        ({"type": "image_url", "image_url": {"url": "a", "detail": "high"}}, ["a"]),
        ([], []),
        ("", []),
        (None, []),
    ],
)
def test_references_are_read_in_every_form(value: Any, sources: list[str]) -> None:
    assert [each.source for each in list_references(Body({"images": value}), PICTURE_FIELDS)] == sources


@pytest.mark.parametrize("value", [1, True, {}, {"url": 3}, [None, [{}]], {"url": {"url": {}}}])
def test_what_is_no_reference_is_refused_by_its_place(value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        list_references(Body({"image": value}), PICTURE_FIELDS)
    assert str(caught.value.param).startswith("image")

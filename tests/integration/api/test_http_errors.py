"""Every route, fed nonsense: always OpenAI's error object, never a success, never our fault."""

import json
from typing import Any

import httpx2
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="session")
OPEN = {"/ping", "/health", "/livez", "/readyz", "/", "/openapi.json", "/docs", "/llms.txt", "/metrics"}
# Carries what it asks about in its body, and wants no credential beside it.
CHECK = "/token/check"
BODILESS = {
    ("GET", "/v1/models"),
    ("GET", "/v1/jobs"),
    ("GET", "/v1/videos"),
    ("GET", "/v1/assets"),
    ("GET", "/v1/accounts"),
    ("GET", "/v1/keys"),
    ("POST", "/token"),
    ("POST", "/token/points"),
    ("POST", "/token/receive"),
}
ADMINISTERED = ("/v1/accounts", "/v1/keys")
KEYS = {"message", "type", "param", "code", "retryable", "charged", "site_code", "log_id", "remedy"}
NONSENSE = (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"prompt": 1}', b'{"prompt": ""}', b"[" * 50_000, b'{"n": 1e999}')


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30) as client:
        yield client


def check(answer: httpx2.Response, *statuses: int) -> dict[str, Any]:
    """Check that an answer is an error object with one of the statuses."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.headers["x-should-retry"] == "false"
    assert "retry-after" not in answer.headers
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == KEYS
    assert error["message"]
    assert error["remedy"]
    assert error["charged"] == "no"
    return error


async def routes(http: httpx2.AsyncClient) -> list[tuple[str, str]]:
    document = (await http.get("/openapi.json")).json()
    found = [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]
    assert len(found) > 10
    # The files of pages need no credential, and most names are none of them.
    return [route for route in found if route[1] not in {"/docs/{asset}", "/studio/{file}"}]


def filled(path: str) -> str:
    return "/".join("nonsense" if part.startswith("{") else part for part in path.split("/"))


async def test_without_a_credential_nothing_but_health_answers(http: Any) -> None:
    for method, path in await routes(http):
        answer = await http.request(method, filled(path))
        if path in OPEN:
            assert answer.status_code == 200
        elif path == CHECK:
            assert check(answer, 400)["code"] == "invalid_json"
        else:
            assert check(answer, 401)["code"] == "invalid_api_key"
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "value", ["Bearer", "", "Basic YTpi", "Bearer ,", "Bearer \xe9", "sandbox", "Bearer x:zz", "Bearer " + "a" * 9000]
)
async def test_a_broken_credential_is_refused_everywhere(http: Any, value: str) -> None:
    for method, path in await routes(http):
        if path not in OPEN and path != CHECK:
            check(await http.request(method, filled(path), headers={"Authorization": value.encode("latin-1")}), 401)


@pytest.mark.parametrize("content", NONSENSE, ids=range(len(NONSENSE)))
async def test_nonsense_with_a_good_credential_is_the_callers_mistake(gateway: Any, http: Any, content: bytes) -> None:
    admin = (gateway.data_dir / "admin.key").read_text().strip()
    for method, path in await routes(http):
        if path in OPEN or (method, path) in BODILESS:
            continue
        token = admin if path.startswith(ADMINISTERED) else "sandbox-nonsense"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        check(await http.request(method, filled(path), headers=headers, content=content), 400, 404)


async def test_the_wrong_method_is_told_the_right_ones(http: Any) -> None:
    for method, path in await routes(http):
        answer = await http.request("PROPFIND", filled(path))
        assert check(answer, 405)["code"] == "method_not_supported"
        assert method in answer.headers["allow"].split(", ")


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v2/models",
        "/v1/images/variations",
        "/v1/images/generations/",
        "/redoc",
        "/v1/artifacts/a/b",
        "/%00",
        "/v1/images/generations%0d%0ax",
    ],
)
async def test_an_unknown_address_is_told_as_such(http: Any, path: str) -> None:
    for method in ("GET", "POST"):
        assert check(await http.request(method, path), 404)["code"] == "unknown_url"


async def test_a_head_request_has_the_head_of_the_answer_and_no_body(http: Any) -> None:
    answer = await http.head("/nowhere")
    assert (answer.status_code, answer.content) == (404, b"")
    assert (await http.head("/ping")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/artifacts/art_" + "a" * 26 + ".png",
        "/v1/artifacts/..%2f..%2fetc%2fpasswd.png",
        "/v1/artifacts/x.png",
        "/v1/artifacts/x.%2e%2e",
        "/v1/artifacts/.png",
        "/v1/artifacts/%00.png",
    ],
)
async def test_an_artifact_that_is_not_there_is_not_found(http: Any, path: str) -> None:
    check(await http.get(path), 404)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=٣", "limit"),
        ("order=up", "order"),
        ("state=done", "state"),
    ],
)
async def test_a_bad_query_is_refused_by_name(http: Any, query: str, param: str) -> None:
    answer = await http.get(f"/v1/jobs?{query}", headers={"Authorization": "Bearer sandbox-nonsense"})
    assert check(answer, 400)["param"] == param


async def test_a_broken_body_is_told_line_and_column_and_a_careless_one_is_read(http: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-careless"}
    broken = await http.post("/v1/images/generations", headers=headers, content=b'{"prompt": "a fox",\n "n": }')
    assert "line 2, column 7" in check(broken, 400)["message"]
    careless = "{'prompt': 'a, ]fox', n: 1, size: \"512x512\", /* all of it */}"
    answer = await http.post("/v1/images/generations", headers=headers, content=careless.encode())
    assert answer.status_code == 200
    assert answer.headers["x-dreambridge-lenient"] == "true"
    job = (await http.get(f"/v1/jobs/{answer.headers['x-job-id']}", headers=headers)).json()
    assert job["request"]["prompt"] == "a, ]fox"


async def test_a_body_beyond_the_limit_is_refused(http: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-nonsense"}
    content = json.dumps({"prompt": "x" * 9_000_000}).encode()
    assert check(await http.post("/v1/images/generations", headers=headers, content=content), 413)["code"] == (
        "body_too_large"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/v1/images/generations",
        "/v1/images/edits",
        "/v1/videos",
        "/v1/videos/generations",
        "/v1/chat/completions",
        "/v1/responses",
    ],
)
async def test_json_without_its_content_type_is_told_so_and_makes_nothing(http: Any, path: str) -> None:
    # What `curl -d` sends when no header says otherwise.
    headers = {"Authorization": "Bearer sandbox-untyped", "Content-Type": "application/x-www-form-urlencoded"}
    body = {"prompt": "a", "input": "a", "model": "jimeng-4.5", "messages": [{"role": "user", "content": "a"}]}
    error = check(await http.post(path, headers=headers, content=json.dumps(body)), 400)
    assert (error["param"], error["code"]) == ("Content-Type", "invalid_type")
    assert "looks like JSON" in error["message"]
    assert (await http.get("/v1/jobs", headers=headers)).json()["data"] == []


async def test_other_names_and_other_pages_are_kept_out(http: Any) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        check(await http.post("/v1/images/generations", headers=headers, json={"prompt": "a"}), 403)


async def test_remedies_come_in_chinese_when_asked_for(http: Any) -> None:
    answer = await http.get("/v1/models", headers={"Accept-Language": "zh-CN"})
    assert "凭据" not in check(answer, 401)["message"]
    assert "会话" in answer.json()["error"]["remedy"]
    assert answer.headers["content-language"] == "zh"


async def test_bytes_of_an_artifact_are_guarded_and_come_in_ranges(http: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-artifact"}
    body = {"prompt": "a", "n": 1, "size": "512x512"}
    url = (await http.post("/v1/images/generations", headers=headers, json=body)).json()["data"][0]["url"]
    whole = await http.get(url)
    assert whole.status_code == 200
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert whole.headers["referrer-policy"] == "no-referrer"
    assert whole.headers["cache-control"].startswith("private")
    size = len(whole.content)
    part = await http.get(url, headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (
        206,
        whole.content[4:10],
        f"bytes 4-9/{size}",
    )
    head = await http.head(url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")
    assert (await http.get(url, headers={"Range": "pages=1"})).content == whole.content
    beyond = await http.get(url, headers={"Range": f"bytes={size}-"})
    assert check(beyond, 416)["param"] == "Range"
    assert beyond.headers["content-range"] == f"bytes */{size}"

"""The OpenAPI document: every route is described, every example is right, every answer is as it says."""

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from tests.described import Case, cases, check_answer, faults

from dreambridge.engine.admin import ADMIN_FILE

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = {"Authorization": "Bearer sandbox-openapi"}
# Operations of which no JSON example can be sent as it stands, each with the reason. Nothing else is left out.
NOT_SENT: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("POST", "/v1/accounts"): "an account is added once; a test of its own does",
        ("POST", "/v1/keys"): "a name is taken once; `places` sends it",
    }
)
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAQAAAAEAAQAAAAB0CZXLAAAAH0lEQVR42u3BAQ0AAADCoPdPbQ43oAAAAAAAAAAAvg0hAAABYOSdlwAAAABJRU5ErkJggg=="
)


def check(document: dict[str, Any], case: Case, answer: httpx2.Response) -> None:
    """Hold a real answer against the document: status, media type, headers, body."""
    assert check_answer(document, case, answer.status_code, answer.headers, answer.content) == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, headers=TOKEN, timeout=60) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def admin(http: Any, gateway: Any) -> dict[str, str]:
    """Give the headers of the admin."""
    return {"Authorization": f"Bearer {(gateway.data_dir / ADMIN_FILE).read_text().strip()}"}


def by_whom(case: Case, admin: dict[str, str]) -> dict[str, str]:
    """Give the headers of whoever may do this."""
    return admin if case.path.startswith(("/v1/accounts", "/v1/keys")) else TOKEN


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def document(http: Any) -> dict[str, Any]:
    read: dict[str, Any] = (await http.get("/openapi.json")).json()
    return read


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def places(http: Any, document: dict[str, Any], admin: dict[str, str]) -> dict[str, str]:
    """Give something real for each variable of a path; what deletes gets its own."""
    made = await http.post("/v1/images/generations", json={"prompt": "a fox", "n": 1, "size": "512x512"})
    name = made.json()["data"][0]["url"].rpartition("/")[2]
    job_id = made.headers["x-job-id"]
    film = await http.post("/v1/videos/generations", json={"prompt": "a fox", "model": "jimeng-video-3.0"})
    asset_id = (await http.post("/v1/assets", json={"url": made.json()["data"][0]["url"]})).json()["id"]
    account = await http.post("/v1/accounts", json={"session": "sandbox-openapi-places"}, headers=admin)
    case = next(each for each in cases(document) if (each.method, each.path) == ("POST", "/v1/keys"))
    (example,) = case.operation["requestBody"]["content"]["application/json"]["examples"].values()
    key = await http.post("/v1/keys", json=example["value"], headers=admin)
    check(document, case, key)
    named = {
        "key_id": key.json()["id"],
        "account_id": account.json()["id"],
        "job_id": job_id,
        "task_id": job_id,
        "response_id": f"resp_{job_id[4:]}",
        "name": name,
        "asset_id": asset_id,
    }
    return {
        **named,
        "video_id": film.headers["x-job-id"],
        "model_id": "gpt-image-1",
        "asset": "page.js",
        "file": "app.js",
    }


async def test_every_route_is_described(gateway: Any, document: dict[str, Any]) -> None:
    described = {(case.method, case.path) for case in cases(document)}
    served = {
        (method, route.path.replace(":path}", "}"))
        for route in gateway.app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert served == described
    assert len(served) > 10


async def test_every_operation_has_a_tag_a_summary_and_an_example_of_each_json_body(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    ids = [case.operation["operationId"] for case in cases(document)]
    assert len(ids) == len(set(ids))
    for case in cases(document):
        where = f"{case.method} {case.path}"
        assert set(case.operation["tags"]) <= tags, where
        assert case.operation["tags"], where
        assert case.operation["summary"], where
        assert case.operation["description"], where
        successes = [status for status in case.operation["responses"] if status.startswith("2")]
        assert successes, where
        assert "403" in case.operation["responses"], where
        for media_type, content in case.operation.get("requestBody", {"content": {}})["content"].items():
            assert content["examples"], f"{where} takes {media_type} without an example"
        for parameter in case.operation["parameters"]:
            assert parameter["description"], f"{where}: {parameter['name']}"
        for status in successes:
            for media_type, content in case.operation["responses"][status]["content"].items():
                if media_type == "application/json" and where != "GET /openapi.json":
                    assert content["examples"], f"{where} answers {status} without an example"


async def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    contents = [
        (f"{case.method} {case.path}", content)
        for case in cases(document)
        for described in (case.operation.get("requestBody"), *case.operation["responses"].values())
        for content in (described or {}).get("content", {}).values()
    ]
    contents += [
        (name, content)
        for name, response in document["components"]["responses"].items()
        for content in response["content"].values()
    ]
    count = 0
    for where, content in contents:
        for name, example in content.get("examples", {}).items():
            assert faults(document, content["schema"], example["value"]) == [], f"{where}: {name}"
            count += 1
    assert count > 30


async def test_every_schema_is_one_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert faults(document, {"$ref": f"#/components/schemas/{name}"}, None) != [], f"{name} takes anything"


async def test_every_error_class_is_an_example_of_its_status(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    assert set(responses["Error404"]["content"]["application/json"]["examples"]) == {
        "model_not_found",
        "not_found",
        "unknown_url",
    }
    assert "session_expired" in responses["Error401"]["content"]["application/json"]["examples"]
    assert "session_expired" in responses["Error503"]["content"]["application/json"]["examples"]
    assert set(responses) >= {f"Error{status}" for status in (400, 401, 403, 404, 405, 413, 429, 502, 503, 504)}


async def test_every_example_of_a_body_is_taken_and_answered_as_described(
    http: Any, document: dict[str, Any], places: dict[str, str], admin: dict[str, str]
) -> None:
    sent = 0
    for case in cases(document):
        body = case.operation.get("requestBody", {"content": {}})["content"].get("application/json")
        if body is None or (case.method, case.path) in NOT_SENT:
            continue
        for name, example in body["examples"].items():
            for prefer in ({}, {"Prefer": "respond-async"}):
                answer = await http.request(
                    case.method,
                    case.path.format(**places),
                    json=example["value"],
                    headers={**by_whom(case, admin), **prefer},
                )
                assert answer.status_code < 300, f"{case.method} {case.path}, {name}: {answer.text}"
                check(document, case, answer)
                sent += 1
    assert sent >= 8


async def test_every_example_of_a_form_is_taken_with_real_files(
    http: Any, document: dict[str, Any], places: dict[str, str]
) -> None:
    sent = 0
    for case in cases(document):
        form = case.operation.get("requestBody", {"content": {}})["content"].get("multipart/form-data")
        if form is None:
            continue
        for name, example in form["examples"].items():
            value = example["value"]
            names = [field for field in value if "binary" in str(form["schema"]["properties"].get(field))]
            files = [(field, (f"{field}.png", PICTURE, "image/png")) for field in names]
            fields = {field: str(said) for field, said in value.items() if field not in names}
            answer = await http.request(case.method, case.path.format(**places), data=fields, files=files)
            assert answer.status_code < 300, f"{case.method} {case.path}, {name}: {answer.text}"
            check(document, case, answer)
            sent += 1
    assert sent >= 2


async def test_every_reading_operation_answers_as_described(
    http: Any, document: dict[str, Any], places: dict[str, str], admin: dict[str, str]
) -> None:
    for case in cases(document):
        if case.method == "GET":
            answer = await http.get(case.path.format(**places), headers=by_whom(case, admin))
            assert answer.status_code == 200, f"{case.path}: {answer.text}"
            check(document, case, answer)


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models?kind=video", "/v1/models?kind=agent", "/v1/jobs?limit=3"])
async def test_lists_are_as_described(http: Any, document: dict[str, Any], path: str) -> None:
    case = next(each for each in cases(document) if (each.method, each.path) == ("GET", path.partition("?")[0]))
    answer = await http.get(path)
    assert answer.json()["data"] or "kind=agent" in path
    check(document, case, answer)


async def test_the_parts_of_a_picture_and_its_facts_are_as_described(
    http: Any, document: dict[str, Any], places: dict[str, str]
) -> None:
    case = next(each for each in cases(document) if each.path == "/v1/artifacts/{name}")
    address = f"/v1/artifacts/{places['name']}"
    for path, headers, status in (
        (address, {"Range": "bytes=0-9"}, 206),
        (address, {"Range": "bytes=999999999-"}, 416),
        (address.partition(".")[0], {}, 200),
    ):
        answer = await http.get(path, headers=headers)
        assert answer.status_code == status
        check(document, case, answer)


async def test_a_job_is_emptied_cancelled_and_deleted_as_described(http: Any, document: dict[str, Any]) -> None:
    described = {(case.method, case.path): case for case in cases(document)}
    body = {"prompt": "a fox to forget", "n": 1}
    made = await http.post("/v1/images/generations", json=body)
    job_id, name = made.headers["x-job-id"], made.json()["data"][0]["url"].rpartition("/")[2]
    removing = described["DELETE", "/v1/artifacts/{name}"]
    for artifact, status in ((name, 404), (name.partition(".")[0], 200), (name.partition(".")[0], 404)):
        answer = await http.delete(f"/v1/artifacts/{artifact}")
        assert answer.status_code == status
        check(document, removing, answer)
    cancelled = await http.post(f"/v1/jobs/{job_id}/cancel")
    check(document, described["POST", "/v1/jobs/{job_id}/cancel"], cancelled)
    deleted = await http.delete(f"/v1/jobs/{job_id}")
    assert deleted.status_code == 200
    check(document, described["DELETE", "/v1/jobs/{job_id}"], deleted)


async def test_an_asset_is_sent_in_part_listed_and_deleted_as_described(http: Any, document: dict[str, Any]) -> None:
    described = {(case.method, case.path): case for case in cases(document)}
    example = described["POST", "/v1/assets"].operation["requestBody"]["content"]["application/json"]["examples"]
    asset_id = (await http.post("/v1/assets", json=example["base64"]["value"])).json()["id"]
    check(document, described["GET", "/v1/assets"], await http.get("/v1/assets?limit=1"))
    for span, status in (("bytes=0-9", 206), ("bytes=999999999-", 416)):
        answer = await http.get(f"/v1/assets/{asset_id}/content", headers={"Range": span})
        assert answer.status_code == status
        check(document, described["GET", "/v1/assets/{asset_id}/content"], answer)
    deleted = await http.delete(f"/v1/assets/{asset_id}")
    assert deleted.status_code == 200
    check(document, described["DELETE", "/v1/assets/{asset_id}"], deleted)


async def test_an_account_is_added_checked_and_removed_as_described(
    http: Any, document: dict[str, Any], admin: dict[str, str]
) -> None:
    described = {(case.method, case.path): case for case in cases(document)}
    create = described["POST", "/v1/accounts"]
    ((_, example),) = create.operation["requestBody"]["content"]["application/json"]["examples"].items()
    made = await http.post("/v1/accounts", json=example["value"], headers=admin)
    assert made.status_code == 201
    check(document, create, made)
    path = f"/v1/accounts/{made.json()['id']}"
    checked = await http.post(f"{path}/check", headers=admin)
    assert checked.json()["credit"]["total"] > 0
    check(document, described["POST", "/v1/accounts/{account_id}/check"], checked)
    check(document, described["GET", "/v1/accounts"], await http.get("/v1/accounts"))
    check(document, described["DELETE", "/v1/accounts/{account_id}"], await http.delete(path, headers=admin))
    again = await http.delete(path, headers=admin)
    assert again.status_code == 404
    check(document, described["DELETE", "/v1/accounts/{account_id}"], again)


async def test_failures_are_as_described(http: Any, document: dict[str, Any]) -> None:
    for case in cases(document):
        answer = await http.request(
            case.method, case.path.replace("{", "").replace("}", ""), headers={"Authorization": "Bearer nobody"}
        )
        check(document, case, answer)
        assert answer.status_code == 401 or not case.secured


async def test_a_wrong_answer_is_noticed(document: dict[str, Any]) -> None:
    case = next(each for each in cases(document) if each.path == "/livez")
    head = {"x-request-id": "req_a"}
    check(document, case, httpx2.Response(200, json={"status": "ok"}, headers=head))
    for status, content in ((200, {"status": "fine"}), (200, {}), (200, {"status": "ok", "more": 1}), (500, {})):
        with pytest.raises(AssertionError):
            check(document, case, httpx2.Response(status, json=content, headers=head))


async def test_a_key_is_revoked_as_described_and_its_usage_is_csv_where_that_is_wanted(
    http: Any, document: dict[str, Any], admin: dict[str, str]
) -> None:
    described = {(case.method, case.path): case for case in cases(document)}
    creating = described["POST", "/v1/keys"]
    made = await http.post("/v1/keys", json={"name": "to be revoked"}, headers=admin)
    check(document, creating, made)
    address = f"/v1/keys/{made.json()['id']}"
    usage = await http.get(f"{address}/usage", headers={**admin, "Accept": "text/csv"})
    assert usage.text.startswith("day,requests,images,videos,credits")
    check(document, described["GET", "/v1/keys/{key_id}/usage"], usage)
    check(document, described["DELETE", "/v1/keys/{key_id}"], await http.delete(address, headers=admin))

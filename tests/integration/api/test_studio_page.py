"""The page at `/`: for browsers, under a strict policy, small, and nothing of it from elsewhere."""

import gzip
import hashlib
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="session")

STUDIO = Path(__file__).parents[3] / "src" / "dreambridge" / "studio"
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "Accept-Encoding": "gzip, br"}
FIRST_LOAD = 150_000


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url) as client:
        yield client


async def sent_bytes(http: httpx2.AsyncClient, path: str) -> int:
    """Count the bytes of an answer's body as they are sent, packed or not."""
    async with http.stream("GET", path, headers=BROWSER) as answer:
        assert answer.status_code == 200, path
        return sum([len(piece) async for piece in answer.aiter_raw()])


def named_files(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(studio/[^"]+)"', page)


async def test_a_browser_gets_the_page_and_everybody_else_the_addresses(http: httpx2.AsyncClient) -> None:
    page = await http.get("/", headers=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    assert "accept" in page.headers["vary"]
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = await http.get("/", headers=headers)
        assert answer.json()["name"] == "dreambridge"
        assert "accept" in answer.headers["vary"]


async def test_every_file_is_under_a_policy_without_other_hosts_or_anything_inline(http: httpx2.AsyncClient) -> None:
    page = await http.get("/", headers=BROWSER)
    for path in ("/", *(f"/{name}" for name in named_files(page.text))):
        answer = await http.get(path, headers=BROWSER)
        policy = {
            name: sources for name, *sources in map(str.split, answer.headers["content-security-policy"].split(";"))
        }
        assert policy["default-src"] == ["'none'"]
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
        assert {each for sources in policy.values() for each in sources} <= {"'none'", "'self'", "data:", "blob:"}
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<style|style=|\son\w+=|<script[^>]*>[^<]", page.text)


async def test_the_whole_first_load_is_small(http: httpx2.AsyncClient) -> None:
    page = await http.get("/", headers=BROWSER)
    names = {f"/{name}" for name in named_files(page.text)} | {
        f"/studio/{path.name}" for path in STUDIO.iterdir() if path.suffix in {".js", ".css", ".webmanifest"}
    }
    assert sum([await sent_bytes(http, path) for path in ("/", *sorted(names))]) <= FIRST_LOAD


async def test_an_unchanged_file_is_not_sent_again(http: httpx2.AsyncClient) -> None:
    first = await http.get("/studio/app.js", headers=BROWSER)
    tag = first.headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = await http.get("/studio/app.js", headers={**BROWSER, "If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await http.get("/studio/app.js", headers={**BROWSER, "If-None-Match": '"other"'})).status_code == 200


async def test_a_file_is_packed_for_those_who_take_it_so(http: httpx2.AsyncClient) -> None:
    plain = (STUDIO / "app.js").read_bytes()
    for accepted, packed in (("gzip", True), ("br, gzip;q=0.5", True), ("br", False), ("gzip;q=0", False), ("", False)):
        async with http.stream("GET", "/studio/app.js", headers={"Accept-Encoding": accepted}) as answer:
            raw = b"".join([piece async for piece in answer.aiter_raw()])
        assert (answer.headers.get("content-encoding") == "gzip") is packed, accepted
        assert (gzip.decompress(raw) if packed else raw) == plain
        assert "accept-encoding" in answer.headers["vary"]


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "nothing.js",
        "..%2fapi%2fstudio.py",
        "%2e%2e/api/studio.py",
        "../api/studio.py",
        "%00",
        "app.js%2f..",
    ],
)
async def test_nothing_but_the_studios_files_is_served(http: httpx2.AsyncClient, name: str) -> None:
    answer = await http.get(f"/studio/{name}", headers=BROWSER)
    assert answer.status_code == 404


async def test_every_module_that_is_imported_is_there_and_loads_beside_the_first(http: httpx2.AsyncClient) -> None:
    page = (await http.get("/", headers=BROWSER)).text
    preloaded = {name.removeprefix("studio/") for name in named_files(page)}
    for path in STUDIO.glob("*.js"):
        for wanted in re.findall(r'(?:from|import\()\s*"\./([\w-]+\.js)"', path.read_text(encoding="utf-8")):
            assert (STUDIO / wanted).is_file(), f"{path.name} imports {wanted}"
            assert wanted in preloaded or wanted == "zip.js", f"{wanted} is found late"


async def test_what_others_wrote_is_as_they_released_it() -> None:
    notice = (STUDIO / "VENDORED.txt").read_text(encoding="utf-8")
    named = re.search(r"sha256 ([0-9a-f]{64})", notice)
    assert named
    assert hashlib.sha256((STUDIO / "preact.js").read_bytes()).hexdigest() == named[1]


async def test_both_languages_have_the_same_words() -> None:
    english, chinese = (
        set(
            re.findall(
                r"(?:^|[{,]\s)\s*(\w+): [\"\[]", (STUDIO / f"words-{name}.js").read_text(encoding="utf-8"), re.MULTILINE
            )
        )
        for name in ("en", "zh")
    )
    assert english
    # Chinese says the API's errors in its own words; English has those of the API.
    assert not english - chinese
    assert all(each.startswith("error_") for each in chinese - english)


async def test_files_are_short_enough_to_read() -> None:
    own = [path for path in STUDIO.iterdir() if path.suffix in {".js", ".css", ".html"} and path.name != "preact.js"]
    assert {path.name for path in own if len(path.read_text(encoding="utf-8").splitlines()) > 250} == set()

"""What the how-tos say is so: addresses, names of models, routes and fields, in both languages alike."""

import re

import httpx2
import pytest
import pytest_asyncio
from tests.clients.replay import exchanges
from tests.papers.blocks import ROOT, blocks_of, pages, read
from tests.papers.clients import CLIENTS
from tests.running import Running

HOW_TO = sorted(page for page in pages() if page.startswith("docs/how-to/"))
ENGLISH = [page for page in pages() if not page.endswith(".zh.md")]
TRANSLATED = [page for page in ENGLISH if (ROOT / page.replace(".md", ".zh.md")).exists()]
MODEL = re.compile(
    r"(?<![\w/.-])((?:jimeng|dreamina|seedance|nanobanana)[\w.:-]*\w|gpt-image-[\w.-]*\w|dall-e-\d|sora-2(?:-pro)?|gpt-4[\w-]*)(?![\w*])"
)
ROUTE = re.compile(r"`(?:GET |POST |DELETE )?(/(?:v1|token|mcp|health|llms|docs|metrics|openapi)[\w/{}.-]*)")
UNDESCRIBED = ["/docs", "/llms.txt", "/mcp", "/openapi.json"]
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
CHINESE = re.compile(r"[\u4e00-\u9fff]")
COMMENT = {"js": re.compile(r"(?:^|\s+)//.*$", re.MULTILINE)}
OTHER_COMMENT = re.compile(r"(?:^|\s+)#.*$", re.MULTILINE)


def name_of(page: str) -> str:
    """Name the subject of a page, whatever its language."""
    return page.rpartition("/")[2].partition(".")[0]


OF_CLIENTS = [page for page in HOW_TO if name_of(page) in CLIENTS]


def chinese(page: str) -> str:
    """Name the Chinese page of an English one."""
    return page.replace(".md", ".zh.md")


def skeleton(language: str, text: str) -> tuple[list[str], list[str]]:
    """Part a block into what stands between double quotes and what does not, without comments."""
    bare = COMMENT.get(language, OTHER_COMMENT).sub("", text)
    return STRING.split(bare), STRING.findall(bare)


def alike(language: str, english: str, other: str) -> bool:
    """Tell whether two blocks differ only in comments and in words that were translated."""
    rest, words = skeleton(language, english)
    other_rest, other_words = skeleton(language, other)
    return rest == other_rest and all(
        mine == theirs or CHINESE.search(theirs) for mine, theirs in zip(words, other_words, strict=True)
    )


@pytest.mark.parametrize("page", TRANSLATED)
def test_both_languages_have_the_same_blocks(page: str) -> None:
    english, other = blocks_of(page), blocks_of(chinese(page))
    assert [block.language for block in english] == [block.language for block in other]
    for mine, theirs in zip(english, other, strict=True):
        assert alike(mine.language, mine.text, theirs.text), f"{mine} and {theirs}\n{mine.text}\n{theirs.text}"


def test_blocks_that_differ_would_be_noticed() -> None:
    assert alike("sh", 'x "a fox" # yes\n', 'x "狐狸" # 是\n')
    assert not alike("sh", 'x "a fox"\n', 'x "a hen"\n')
    assert not alike("sh", 'x "a fox"\n', 'y "狐狸"\n')


def test_every_how_to_is_there_in_both_languages() -> None:
    english = {page for page in HOW_TO if not page.endswith(".zh.md")}
    assert {chinese(page) for page in english} == set(HOW_TO) - english
    assert [page for page in english if CHINESE.search(read(page).replace("简体中文", ""))] == []
    assert [page for page in HOW_TO if page not in english and len(CHINESE.findall(read(page))) < 100] == []


@pytest.mark.parametrize("page", HOW_TO)
def test_both_languages_speak_of_the_same_things(page: str) -> None:
    """Hold quoted code of a page against its translation: names of fields, models, settings, headers."""
    if page.endswith(".zh.md"):
        return
    quoted = [set(re.findall(r"`([\w./:=-]*[_:/=][\w./:=-]*)`", read(each))) for each in (page, chinese(page))]
    assert quoted[0] == quoted[1]


@pytest.mark.parametrize("name", ["index", "index.zh"])
def test_the_index_leads_to_every_how_to_of_its_language(name: str) -> None:
    ends = ".zh.md" if name.endswith(".zh") else ".md"
    others = {page.rpartition("/")[2] for page in HOW_TO if page.endswith(ends)}
    if ends == ".md":
        others = {each for each in others if not each.endswith(".zh.md")}
    linked = set(re.findall(r"\]\(([\w.-]+\.md)", read(f"docs/how-to/{name}.md")))
    assert others - {f"{name}.md"} <= linked


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("page", pages())
async def test_every_model_that_a_page_names_exists(page: str, gateway: Running) -> None:
    names = set(MODEL.findall(read(page)))
    async with httpx2.AsyncClient(base_url=gateway.url, headers={"Authorization": "Bearer sandbox"}) as web:
        answers = {name: (await web.get(f"/v1/models/{name}")).status_code for name in sorted(names)}
    assert {name: status for name, status in answers.items() if status != 200} == {}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_model_that_does_not_exist_would_be_noticed(gateway: Running) -> None:
    assert MODEL.findall("`jimeng-9.9`, `gpt-image*`, docs/jimeng-1.md, jimeng-4.5:image.") == [
        "jimeng-9.9",
        "jimeng-4.5:image",
    ]
    async with httpx2.AsyncClient(base_url=gateway.url, headers={"Authorization": "Bearer sandbox"}) as web:
        assert (await web.get("/v1/models/jimeng-9.9")).status_code == 404


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def routes(gateway: Running) -> list[str]:
    async with httpx2.AsyncClient(base_url=gateway.url) as web:
        described = (await web.get("/openapi.json")).json()["paths"]
    return [re.sub(r"\{[^}]*\}", "X", route) for route in described] + UNDESCRIBED


@pytest.mark.parametrize("page", pages())
def test_every_route_that_a_page_names_exists(page: str, routes: list[str]) -> None:
    for named in ROUTE.findall(read(page)):
        path = re.sub(r"\{[^}]*\}", "X", named).rstrip("/.")
        assert any(path == each or each.startswith(f"{path}/") for each in routes), named


@pytest.mark.parametrize("page", OF_CLIENTS)
def test_the_address_in_a_page_is_the_one_its_client_builds_on(page: str, gateway: Running) -> None:
    client = CLIENTS[page.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0]]
    bases = set(re.findall(r"http://127\.0\.0\.1:8000(?:/v1)?(?![\w/])", read(page)))
    assert bases, "the page gives no address"
    paths = list(client.paths())
    assert paths
    for base in bases:
        for path in paths:
            assert client.address(base, path) == f"http://127.0.0.1:8000{path}", f"{base} is not what it wants"


@pytest.mark.parametrize("page", OF_CLIENTS)
def test_a_page_names_the_models_that_its_client_insists_on(page: str) -> None:
    client = CLIENTS[name_of(page)]
    assert client.insists_on <= client.models()
    assert {name for name in client.insists_on if f"`{name}`" not in read(page)} == set()


def test_every_recorded_client_has_a_page() -> None:
    gateways = {"gateway-a", "gateway-b", "gateway-c"}
    assert {each.file for each in exchanges()} - gateways == {each.recorded for each in CLIENTS.values()}
    assert (ROOT / "docs/how-to/other-gateways.md").exists()
    assert {f"docs/how-to/{name}.md" for name in CLIENTS} <= set(HOW_TO)

"""Every command, program and setting of the papers is carried out, and gives what its page promises."""

import asyncio

import pytest
from tests.papers.bench import Bench
from tests.papers.blocks import Block, blocks_in, blocks_of, elsewhere, pages
from tests.papers.conftest import Benches
from tests.papers.results import files_in, judge
from tests.papers.runners import RUNNERS, claimants

BLOCKS = [block for page in pages() for block in blocks_of(page)]


async def carry_out(block: Block, bench: Bench) -> None:
    """Have a block carried out by the one who claims it, and judge what came of it."""
    (name,) = claimants(block)
    run = RUNNERS[name].run
    if run is None:
        return
    before = files_in(bench.folder)
    try:
        await judge(block, bench, await run(block, bench), before)
    except AssertionError as failed:
        raise AssertionError(f"{block} ({name})\n{block.text}\n{failed}") from failed


async def carry_out_all(page: str, bench: Bench) -> None:
    """Go through a page from its beginning to its end."""
    for block in blocks_of(page):
        await carry_out(block, bench)


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("name", sorted({page.removesuffix(".md").removesuffix(".zh") for page in pages()}))
async def test_every_block_of_a_page_does_what_the_page_says(name: str, benches: Benches) -> None:
    versions = [page for page in (f"{name}.md", f"{name}.zh.md") if page in pages()]
    # Both go to their ends, so that no program of the one is left when the other fails.
    outcomes = await asyncio.gather(*(carry_out_all(page, benches(page)) for page in versions), return_exceptions=True)
    for failed in filter(None, outcomes):
        raise failed


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_is_carried_out_by_exactly_one(block: Block) -> None:
    assert len(claimants(block)) == 1, claimants(block)


def test_what_cannot_be_carried_out_here_is_still_in_a_page_and_says_why() -> None:
    texts = {block.text.strip() for block in BLOCKS}
    assert [text for text, reason in elsewhere().items() if text.strip() not in texts or not reason.strip()] == []


ADDRESS = "http://127.0.0.1:8000/v1/images/generations"
POST = f"""curl -s {ADDRESS} -H "Authorization: Bearer sandbox" -H "Content-Type: application/json" -d"""
WRONG = {
    "a command that fails": "```sh\nfalse\n```\n",
    "a refusal that curl does not mind": f"""```sh\n{POST} '{{"prompt":"a fox","model":"none-such"}}'\n```\n""",
    "a picture that nobody gets to see": f"""```sh\n{POST} '{{"prompt":"a fox","n":1}}' > /dev/null\n```\n""",
    "a call that makes nothing": f"```sh\necho {ADDRESS}\n```\n",
    "a picture where none is promised": "```sh\nprompt=fox; dreambridge  generate $prompt\n```\n",
    "a file that is no picture": f"""```sh\n{POST} '{{"prompt":"b","n":1}}' -o /dev/null; echo no > fox.png\n```\n""",
    "an output of another shape": '```sh\necho \'{"a": 1}\'\n```\n\n```json\n{"a": "1"}\n```\n',
    "an output of other words": "```sh\necho 17 foxes\n```\n\n```text\n18 hens\n```\n",
    "a program that raises": "```python\nraise ValueError\n```\n",
    "a module that throws": '```js\nthrow new Error("no")\n```\n',
    "a key that opens nothing": "```env\nBASE_URL=http://127.0.0.1:8000\nOPENAI_API_KEY=sk-wrong\n```\n",
    "an agent's address that leads nowhere": '```json\n{"mcpServers": {"a": {"url": "http://127.0.0.1:8000/v1"}}}\n```\n',
}


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("wrong", WRONG)
async def test_a_page_that_is_wrong_would_be_noticed(wrong: str, benches: Benches) -> None:
    bench = benches("wrong.md")
    *right, last = blocks_in("wrong.md", WRONG[wrong])
    for block in right:
        await carry_out(block, bench)
    with pytest.raises(Exception, match=r".") as caught:
        await carry_out(last, bench)
    assert caught.type.__name__ in {"AssertionError", "ExceptionGroup", "MCPError"}


def test_a_block_that_nobody_knows_would_be_noticed() -> None:
    (block,) = blocks_in("wrong.md", "```ruby\nputs 1\n```\n")
    assert claimants(block) == []

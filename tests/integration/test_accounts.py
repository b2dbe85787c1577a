"""Whose account does what: lists, pace, detection, proxies, and what becomes of a session afterwards."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from dreambridge.store.database import DEFAULT_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.conftest import House, Reply, Street

NewSession = Callable[[str], str]


# ------------------------------------------------------------------ lists of sessions


async def test_an_expired_session_of_a_list_leaves_the_job_to_the_other(
    street: Street, new_session: NewSession
) -> None:
    await street.site("us")
    expired, good = new_session("expired"), new_session("good")
    street.register(expired, scenario="expired-at-submit")
    street.register(good, credit=1000)
    async with street.gateway() as house:
        reply = await house.draw(f"us-{expired},us-{good}")
        assert reply.status == 200
        (line,) = await house.ledger()
        assert line["session"] == good
        assert house.calls("generate") == 2
        # The list made it, and the session that drew it sees it too.
        assert (await house.job(reply, f"us-{good},us-{expired}"))["status"] == "completed"
        assert (await house.job(reply, f"us-{good}"))["status"] == "completed"


async def test_a_list_of_expired_sessions_says_so_after_each_was_tried_once(
    street: Street, new_session: NewSession
) -> None:
    await street.site("us", scenario="expired-at-submit")
    async with street.gateway() as house:
        reply = await house.draw(",".join(f"us-{new_session(name)}" for name in "abc"))
        assert (reply.status, reply.error["code"]) == (401, "session_expired")
        assert house.calls("generate") == 3
        assert await house.ledger() == []


async def test_a_list_over_two_sites_uses_the_site_that_works(street: Street, new_session: NewSession) -> None:
    await street.site("us", scenario="punished")
    await street.site("sg")
    one = new_session("one")
    async with street.gateway() as house:
        assert (await house.draw(f"us-{one},sg-{one}")).status == 200
        assert len(await house.ledger("sg")) == 1
        assert await house.ledger("us") == []


async def test_an_account_that_was_barred_is_left_alone_afterwards(house: House, new_session: NewSession) -> None:
    token = f"us-{new_session('barred')}"
    first = await house.draw(token, "a fox [sim:punished]")
    second = await house.draw(token, "an owl")
    assert (first.status, second.status) == (403, 403)
    assert second.error["code"] == "account_barred"
    assert house.calls("generate") == 1


# ------------------------------------------------------------------ pace


async def test_an_account_never_has_more_generations_at_once_than_set(street: Street, new_session: NewSession) -> None:
    await street.site("us", generation="fixed:20")
    async with street.gateway(account_concurrency=2) as house:
        token = f"us-{new_session('one')}"
        replies = await asyncio.gather(*(house.draw(token, f"fox {n}") for n in range(6)))
        assert {reply.status for reply in replies} == {200}
        lines = await house.ledger()
        assert len(lines) == 6
        changes = sorted([(line["accepted_at"], 1) for line in lines] + [(line["ready_at"], -1) for line in lines])
        assert max(itertools.accumulate(change for _, change in changes)) == 2


async def test_submissions_of_an_account_keep_the_gap_and_those_of_two_do_not_wait_for_each_other(
    street: Street, new_session: NewSession
) -> None:
    await street.site("us")
    async with street.gateway(submit_gap_ms=200, account_concurrency=20) as house:
        tokens = [f"us-{new_session(name)}" for name in "ab"]
        await asyncio.gather(*(house.draw(token, f"fox {n}") for n in range(5) for token in tokens))
        lines = await house.ledger()
        by_session = {
            token: sorted(line["accepted_at"] for line in lines if line["session"] == token[3:]) for token in tokens
        }
        for times in by_session.values():
            assert len(times) == 5
            # 200 ms to 260 ms apart when sent; the way to the site may shift each a little.
            assert times[-1] - times[0] > 0.75
        spans = [(times[0], times[-1]) for times in by_session.values()]
        assert max(first for first, _ in spans) < min(last for _, last in spans)


# ------------------------------------------------------------------ whose a bare session is


async def three_sites(street: Street) -> None:
    for name in ("cn", "us", "sg"):
        await street.site(name, sessions="listed")


@pytest.mark.parametrize(("home", "asked"), [("cn", ["cn"]), ("us", ["cn", "us"]), ("sg", ["cn", "us", "sg"])])
async def test_a_bare_session_is_looked_for_in_order_once_and_remembered_over_a_restart(
    street: Street, new_session: NewSession, home: str, asked: list[str]
) -> None:
    await three_sites(street)
    token = new_session("wanderer")
    street.register(token, home, credit=1000)
    for _ in range(2):
        async with street.gateway() as house:
            for prompt in ("a fox", "an owl"):
                assert (await house.draw(token, prompt)).status == 200
            assert [name for name in ("cn", "us", "sg") if house.calls("passport", name)] == asked
            assert sum(house.calls("passport", name) for name in ("cn", "us", "sg")) == len(asked)
    assert len(street.sites[home].world.records) == 4


async def test_an_explicit_mark_asks_nobody_even_when_it_is_wrong(street: Street, new_session: NewSession) -> None:
    await three_sites(street)
    token = new_session("marked")
    street.register(token, "us", credit=1000)
    async with street.gateway() as house:
        assert (await house.draw(f"us-{token}")).status == 200
        wrong = await house.draw(f"{token}:cn")
        assert (wrong.status, wrong.error["code"]) == (401, "session_expired")
        assert not any(house.calls("passport", name) for name in ("cn", "us", "sg"))


async def test_a_session_that_lives_nowhere_is_refused_with_nothing_sent(
    street: Street, new_session: NewSession
) -> None:
    await three_sites(street)
    async with street.gateway() as house:
        for _ in range(2):
            reply = await house.draw(new_session("nobody"))
            assert (reply.status, reply.error["code"]) == (401, "invalid_api_key")
        assert [house.calls("passport", name) for name in ("cn", "us", "sg")] == [1, 1, 1]
        assert not any(house.calls("generate", name) for name in ("cn", "us", "sg"))


async def test_a_site_that_is_down_decides_nothing(street: Street, new_session: NewSession) -> None:
    await three_sites(street)
    token = new_session("late")
    street.register(token, "us", credit=1000)
    street.sites["us"].world.options = street.sites["us"].world.options.with_changes({"scenario": "site-down"})
    async with street.gateway() as house:
        reply = await house.draw(token)
        assert (reply.status, reply.error["code"]) == (502, "site_unreachable")
        assert reply.headers["x-should-retry"] == "true"
        house.change_site("us", scenario=None)
        assert (await house.draw(token)).status == 200


# ------------------------------------------------------------------ whose a job is


async def test_jobs_are_shown_to_their_owner_only(house: House, new_session: NewSession) -> None:
    mine, yours = new_session("mine"), new_session("yours")
    reply = await house.draw(f"us-{mine}")
    job_id = reply.headers["x-job-id"]
    paths = [f"/v1/jobs/{job_id}", f"/v1/images/tasks/{job_id}"]
    for path in paths:
        # Marks and suffixes change nothing.
        for token in (f"us-{mine}", f"{mine}:us"):
            assert (await house.ask("GET", path, token)).status == 200
        for token in (f"us-{yours}", f"us-{mine},us-{yours}"):
            assert (await house.ask("GET", path, token)).status == 404
    assert (await house.ask("POST", f"/v1/jobs/{job_id}/cancel", f"us-{yours}")).status == 404
    assert (await house.ask("DELETE", f"/v1/jobs/{job_id}", f"us-{yours}")).status == 404
    listed = {token: (await house.ask("GET", "/v1/jobs", f"us-{token}")).json["data"] for token in (mine, yours)}
    assert [job["id"] for job in listed[mine]] == [job_id]
    assert listed[yours] == []


# ------------------------------------------------------------------ what becomes of a session


def traces(folder: Path, secret: str) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def sessions_kept(data_dir: Path) -> int:
    with closing(sqlite3.connect(data_dir / DEFAULT_FILE)) as database:
        return int(database.execute("SELECT count(*) FROM sessions").fetchone()[0])


async def test_no_session_lies_in_clear_anywhere_and_none_is_kept_after_its_jobs(
    street: Street, new_session: NewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dreambridge.engine.upkeep._ROUND", 0.1)
    await street.site("us", generation="fixed:50")
    token = new_session("hush")
    async with street.gateway() as house:
        unsent = await house.draw(f"http://user:p%40ssword@127.0.0.1:9@us-{token}", "never sent")
        assert unsent.status == 502
        body = {"prompt": "a fox", "n": 1, "async": True}
        reply = await house.ask("POST", "/v1/images/generations", f"us-{token}", body=body)
        await asyncio.sleep(0.3)
        with closing(sqlite3.connect(house.data_dir / DEFAULT_FILE)) as database, database:
            # As if both had been kept for an hour: what is no longer needed goes, what a job needs stays.
            database.execute("UPDATE sessions SET kept_at = kept_at - 3600")
        await asyncio.sleep(0.3)
        assert sessions_kept(house.data_dir) == 1
        assert (await house.job(reply, f"us-{token}"))["ended_at"] is None
        (artifact,) = (await house.ended(reply, f"us-{token}"))["artifacts"]
        assert (await house.ask("GET", artifact["url"], f"us-{token}")).status == 200
        async with asyncio.timeout(5):
            while True:
                if not sessions_kept(house.data_dir):
                    break
                await asyncio.sleep(0.05)
        assert traces(house.data_dir, token) == []
        assert traces(house.data_dir, "p%40ssword") == []
    assert traces(house.data_dir, token) == []
    assert traces(house.data_dir, "p%40ssword") == []


# ------------------------------------------------------------------ proxies


@dataclass
class Proxy:
    """A forward proxy on loopback: notes the paths it carries, and hangs up on who tells no password."""

    port: int = 0
    seen: list[str] = field(default_factory=list)
    down: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with AsyncExitStack() as stack:
            stack.callback(writer.close)
            try:
                while head := await reader.readuntil(b"\r\n\r\n"):
                    await self._carry(head, reader, writer)
            except (asyncio.IncompleteReadError, ConnectionError):
                return

    async def _carry(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        body = await reader.readexactly(length)
        if self.down or "proxy-authorization" not in headers:
            raise ConnectionError
        method, address, _ = lines[0].split(" ")
        target = urlsplit(address)
        self.seen.append(target.path)
        kept = [line for line in lines[1:] if not line.lower().startswith(("proxy-", "connection"))]
        path = target.path + (f"?{target.query}" if target.query else "")
        onward, back = None, None
        try:
            onward, back = await asyncio.open_connection(target.hostname, target.port)
            request = "\r\n".join([f"{method} {path} HTTP/1.1", "Connection: close", *kept])
            back.write(request.encode("latin-1") + body)
            answer = await onward.read()
            writer.write(answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            await writer.drain()
        finally:
            if back is not None:
                back.close()
        raise ConnectionError


@asynccontextmanager
async def proxying() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()


async def fetch_picture(house: House, reply: Reply, token: str) -> Reply:
    return await house.ask("GET", reply.json["data"][0]["url"], token)


async def test_everything_of_a_session_goes_through_its_proxy(street: Street, new_session: NewSession) -> None:
    await street.site("us", sessions="listed")
    await street.site("cn", sessions="listed")
    await street.site("sg", sessions="listed")
    token = new_session("abroad")
    street.register(token, "us", credit=1000)
    async with proxying() as proxy, street.gateway() as house:
        credential = f"http://user:p@ss@127.0.0.1:{proxy.port}@{token}"
        reply = await house.draw(credential)
        assert reply.status == 200
        assert (await fetch_picture(house, reply, credential)).status == 200
        calls = sum((site.world.stats.calls.total() for site in street.sites.values()), 0)
        assert calls == len(proxy.seen)
        assert sum(path.startswith("/passport/") for path in proxy.seen) == 2
        assert "/mweb/v1/aigc_draft/generate" in proxy.seen
        assert any("tplv" in path for path in proxy.seen), "the picture too"


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_down_is_never_gone_around(
    street: Street, new_session: NewSession, scheme: str, unused_tcp_port: int
) -> None:
    await street.site("us")
    async with street.gateway() as house:
        reply = await house.draw(f"{scheme}://127.0.0.1:{unused_tcp_port}@us-{new_session('abroad')}")
        assert (reply.status, reply.error["code"], reply.error["charged"]) == (502, "site_unreachable", "no")
        assert street.sites["us"].world.stats.calls.total() == 0


async def test_a_picture_is_not_fetched_past_a_proxy_that_went_down(street: Street, new_session: NewSession) -> None:
    await street.site("us", url_seconds=0)
    token = new_session("abroad")
    async with street.gateway() as house, proxying() as proxy:
        credential = f"http://user:pass@127.0.0.1:{proxy.port}@us-{token}"
        reply = await house.draw(credential)
        assert reply.status == 200
        proxy.down = True
        house.change_site(url_seconds=3600)
        picture = await fetch_picture(house, reply, credential)
        assert (picture.status, picture.error["code"]) == (502, "site_unreachable")
        assert house.calls("media") == sum("tplv" in path for path in proxy.seen)
        assert street.sites["us"].world.stats.calls.total() == len(proxy.seen)

import copy
import hashlib
import json
import uuid
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.settings import SimulatorOptions

PATHS = {
    "generate": "/mweb/v1/aigc_draft/generate",
    "history": "/mweb/v1/get_history_by_ids",
    "queue": "/mweb/v1/get_history_queue_info",
    "cancel": "/mweb/v1/aigc_draft/cancel_generate",
    "remove": "/mweb/v1/remove_history",
    "config": "/mweb/v1/get_common_config",
    "image": "/mweb/v1/get_image_by_uri",
    "settings": "/mweb/v1/update_settings",
    "video_config": "/mweb/v1/video_generate/get_common_config",
    "audio_config": "/mweb/v1/audio_generate/get_common_config",
    "items": "/mweb/v1/get_local_item_list",
    "assets": "/mweb/v1/get_asset_list",
    "records": "/mweb/v1/get_history",
    "token": "/mweb/v1/get_upload_token",
    "check": "/mweb/v1/algo_proxy",
    "audit_job": "/mweb/v1/imagex/submit_audit_job",
    "audit": "/mweb/v1/execute_generate_audit",
    "credit": "/commerce/v1/benefits/user_credit",
    "claim": "/commerce/v1/benefits/credit_receive",
    "ledger": "/commerce/v1/benefits/user_credit_history",
    "member": "/commerce/v1/subscription/user_info",
    "passport": "/passport/account/info/v2",
}


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_775_001_600.0  # 08:00 in China

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def move(clock: Hand) -> Callable[[float], None]:
    return clock.move


@pytest.fixture
async def open_site(clock: Hand) -> AsyncIterator[Callable[..., Awaitable[SimulatorServer]]]:
    """Start simulated sites with options; they stop with the test. `generation` is ten seconds unless told."""
    started: list[SimulatorServer] = []

    async def start(**options: Any) -> SimulatorServer:
        site = SimulatorServer(SimulatorOptions(**{"generation": "fixed:10", "cluster": "cn"} | options), clock=clock)
        await site.start()
        started.append(site)
        return site

    yield start
    for site in started:
        await site.stop()


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    # One connection a request: a dropped one must not disturb the next.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        yield session


@pytest.fixture
def ask(web: aiohttp.ClientSession) -> Callable[..., Awaitable[Any]]:
    """Make one call and read its JSON."""

    async def call(
        site: SimulatorServer, name: str, body: Any = None, *, session: str = "alice", query: str = ""
    ) -> Any:
        headers = {"Cookie": f"sessionid={session}"} if session else {}
        url = f"{site.base_url}{PATHS[name]}{query}"
        async with web.post(url, json={} if body is None else body, headers=headers) as answer:
            return json.loads(await answer.text())

    return call


@pytest.fixture
def draft() -> Callable[[], dict[str, Any]]:
    """Make a text-to-image draft as the page does; tests break it."""

    def make() -> dict[str, Any]:
        def node(**fields: Any) -> dict[str, Any]:
            return {"type": "", "id": str(uuid.uuid4()), **fields}

        size = node(min_version="3.0.2", width=2048, height=2048, resolution_type="2k")
        core = node(
            model="high_aes_general_v40l",
            prompt="a red fox",
            negative_prompt="",
            seed=2_512_345_678,
            sample_strength=0.5,
            image_ratio=1,
            large_image_info=size,
            intelligent_ratio=False,
        )
        component = node(
            type="image_base_component",
            min_version="3.0.2",
            aigc_mode="workbench",
            metadata=node(
                created_platform=3, created_platform_version="", created_time_in_ms="1775001600000", created_did=""
            ),
            generate_type="generate",
            abilities=node(generate=node(core_param=core), gen_option=node(generate_all=False)),
        )
        return node(
            type="draft",
            min_version="3.0.2",
            min_features=[],
            is_from_tsn=True,
            version="3.3.9",
            main_component_id=component["id"],
            component_list=[component],
        )

    return make


@pytest.fixture
def body(draft: Callable[[], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Make the body of a submission; keywords change `core_param`, `size`, `gen_count` or the outer fields."""

    def make(
        *, size: tuple[int, int] | None = None, gen_count: int | None = None, outer: Any = None, **core: Any
    ) -> dict[str, Any]:
        document = copy.deepcopy(draft())
        abilities = document["component_list"][0]["abilities"]
        param = abilities["generate"]["core_param"]
        info = param["large_image_info"]
        info["resolution_type"] = core.pop("resolution", info["resolution_type"])
        param.update(core)
        if size:
            info["width"], info["height"] = size
        if gen_count is not None:
            abilities["gen_option"]["gen_count"] = gen_count
        return {
            "extend": {"root_model": param["model"]},
            "submit_id": str(uuid.uuid4()),
            "metrics_extra": "{}",
            "draft_content": json.dumps(document),
            "http_common_info": {"aid": 513695},
            **(outer or {}),
        }

    return make


@pytest.fixture
def submit(
    ask: Callable[..., Awaitable[Any]], body: Callable[..., dict[str, Any]]
) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Submit a draft that is accepted, and return the record of the answer."""

    async def send(site: SimulatorServer, *, session: str = "alice", **changes: Any) -> dict[str, Any]:
        answer = await ask(site, "generate", body(**changes), session=session)
        assert answer["ret"] == "0", answer
        record: dict[str, Any] = answer["data"]["aigc_data"]
        return record

    return send


@pytest.fixture
def look(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[dict[str, Any] | None]]:
    """Look a record up by its submit id; None when the site does not show it."""

    async def find(site: SimulatorServer, submit_id: str, *, session: str = "alice") -> dict[str, Any] | None:
        answer = await ask(site, "history", {"submit_ids": [submit_id]}, session=session)
        assert answer["ret"] == "0", answer
        record: dict[str, Any] | None = answer["data"].get(submit_id)
        return record

    return find


@pytest.fixture
def control(web: aiohttp.ClientSession) -> Callable[..., Awaitable[Any]]:
    """Use the control interface: GET without a value, POST with one."""

    async def use(site: SimulatorServer, action: str, value: Any = None) -> Any:
        url = f"{site.base_url}/_simulator/{action}"
        async with web.get(url) if value is None else web.post(url, json=value) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    return use


@pytest.fixture
def bring(web: aiohttp.ClientSession, ask: Callable[..., Awaitable[Any]]) -> "Bringer":
    """Upload files as the page does; see `Bringer`."""
    return Bringer(web, ask)


class Bringer:
    """Walk the steps of an upload, each by itself, signed by botocore. `brought` does all of them."""

    def __init__(self, web: aiohttp.ClientSession, ask: Callable[..., Awaitable[Any]]) -> None:
        self._web = web
        self._ask = ask

    async def token(self, site: SimulatorServer, scene: int = 2, session: str = "alice") -> dict[str, Any]:
        answer = await self._ask(site, "token", {"scene": scene}, session=session)
        assert answer["ret"] == "0", answer
        token: dict[str, Any] = answer["data"] | {"vod": scene == 1}
        return token

    async def storage(
        self, site: SimulatorServer, token: dict[str, Any], action: str, *, body: bytes | None = None, **query: str
    ) -> dict[str, Any]:
        version = "2020-11-19" if token["vod"] else "2018-08-01"
        place = {"SpaceName": token["space_name"]} if token["vod"] else {"ServiceId": token["space_name"]}
        url = f"{site.base_url}/?" + urlencode({"Action": action, "Version": version} | place | query)
        headers = signed(token, url, body)
        call = self._web.get(url, headers=headers) if body is None else self._web.post(url, headers=headers, data=body)
        async with call as answer:
            told: dict[str, Any] = json.loads(await answer.text())
        return told

    async def apply(self, site: SimulatorServer, token: dict[str, Any], size: int) -> dict[str, Any]:
        """Apply for an upload and return where the bytes go: StoreUri, Auth, host, SessionKey, Vid."""
        if token["vod"]:
            answer = await self.storage(
                site, token, "ApplyUploadInner", FileType="video", IsInner="1", FileSize=str(size)
            )
            node: dict[str, Any] = answer["Result"]["InnerUploadAddress"]["UploadNodes"][0]
            return {**node["StoreInfos"][0], **node, "host": node["UploadHost"]}
        answer = await self.storage(site, token, "ApplyImageUpload", FileSize=str(size), s="x")
        address: dict[str, Any] = answer["Result"]["UploadAddress"]
        return {**address["StoreInfos"][0], **address, "host": address["UploadHosts"][0]}

    async def send(self, place: dict[str, Any], content: bytes, crc: str | None = None) -> tuple[int, str]:
        url = f"http://{place['host']}/upload/v1/{place['StoreUri']}"
        headers = {"Authorization": place["Auth"], "Content-CRC32": crc or f"{zlib.crc32(content):08x}"}
        async with self._web.post(url, headers=headers, data=content) as answer:
            return answer.status, await answer.text()

    async def commit(self, site: SimulatorServer, token: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
        action = "CommitUploadInner" if token["vod"] else "CommitImageUpload"
        body = json.dumps({"SessionKey": place["SessionKey"]}).encode()
        return await self.storage(site, token, action, body=body)

    async def brought(
        self, site: SimulatorServer, content: bytes, *, scene: int = 2, session: str = "alice"
    ) -> dict[str, Any]:
        """Upload one file and return the `Result` of its commit."""
        token = await self.token(site, scene, session)
        place = await self.apply(site, token, len(content))
        status, text = await self.send(place, content)
        assert (status, json.loads(text)["code"]) == (200, 2000), text
        result: dict[str, Any] = (await self.commit(site, token, place))["Result"]
        return result

    async def picture(self, site: SimulatorServer, content: bytes, *, session: str = "alice") -> str:
        """Upload one picture and return its uri."""
        uri: str = (await self.brought(site, content, session=session))["Results"][0]["Uri"]
        return uri


def signed(token: dict[str, Any], url: str, body: bytes | None) -> dict[str, str]:
    """Sign as botocore does, with the headers that the page signs."""
    request = AWSRequest(method="GET" if body is None else "POST", url=url, data=body or b"")
    if body is not None:
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    keys = Credentials(token["access_key_id"], token["secret_access_key"], token["session_token"])
    SigV4Auth(keys, "vod" if token["vod"] else "imagex", token["region"]).add_auth(request)
    return dict(request.headers.items())


@pytest.fixture
def sign() -> Callable[[str, bytes | None], dict[str, str]]:
    """Sign a URL with made-up keys; header names come back in lower case."""
    token = {"access_key_id": "key", "secret_access_key": "secret", "session_token": "STS2", "vod": False}

    def headers(url: str, body: bytes | None) -> dict[str, str]:
        told = signed(token | {"region": "cn-north-1"}, url, body)
        return {"host": "imagex.example"} | {name.lower(): value for name, value in told.items()}

    return headers

"""Requests of other people's clients, kept as data: read from TOML and sent as they stand.

A file holds one client. An exchange is what happens between the client and us when its user does one thing; it has a
credential of its own, so that what it made can be counted. In paths, bodies and parts `$NAME` stands for what an
earlier answer of the exchange held (`keep`), `$PICTURES` for the address of a server of pictures, `$PICTURE` for one
picture in base64.
"""

import base64
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx2
from tests.clients.media_host import picture

FOLDER = Path(__file__).parent / "recorded"
_NAMES = re.compile(r"\$([A-Z_]+)")


@dataclass(frozen=True)
class Exchange:
    """What a client sends when its user does one thing, and what it takes for success."""

    client: str
    file: str
    name: str
    requests: list[dict[str, Any]]
    headers: Mapping[str, str]
    jobs: int | None = None
    pictures: int = 0
    size: str | None = None
    key: str | None = None
    tasks: bool = False

    @property
    def token(self) -> str:
        """Name a credential that no other exchange uses."""
        return self.key or f"sandbox-{self.file}-{crc32(self.name.encode()):08x}"


@dataclass(frozen=True)
class Answer:
    """What came back, and what a reading needs to judge it."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    exchange: Exchange
    web: httpx2.AsyncClient = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    async def media(self, url: str, kind: str, *, bearer: str | None = None) -> bytes:
        """Get what an address of the answer holds, as the client would: with no credential unless it sends one."""
        assert url.startswith(("http://", "https://")), url
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        answer = await self.web.get(url, headers=headers, follow_redirects=True)
        assert answer.status_code == 200, (url, answer.status_code)
        assert answer.headers["content-type"].startswith(f"{kind}/"), (url, answer.headers["content-type"])
        return answer.content


def exchanges() -> Iterator[Exchange]:
    """Read every exchange of every client."""
    for path in sorted(FOLDER.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        for row in document["exchange"]:
            yield Exchange(
                client=document["client"],
                file=path.stem,
                name=row["name"],
                requests=row["request"],
                headers=document.get("headers", {}),
                **{name: row[name] for name in ("jobs", "pictures", "size", "key", "tasks") if name in row},
            )


class Sender:
    """Sends the requests of one exchange to a gateway."""

    def __init__(self, web: httpx2.AsyncClient, url: str, exchange: Exchange, pictures: str) -> None:
        self._web = web
        self._url = url
        self._exchange = exchange
        self._kept = {"PICTURES": pictures, "PICTURE": base64.b64encode(picture()).decode(), "TOKEN": exchange.token}

    async def send(self, row: Mapping[str, Any]) -> Answer:
        """Send one request and keep what later ones need."""
        headers = {
            **self._exchange.headers,
            "Authorization": f"Bearer {self._exchange.token}",
            **row.get("headers", {}),
        }
        if "json" in row or "text" in row:
            headers.setdefault("Content-Type", "application/json")
        answer = await self._web.request(
            row["method"],
            self._url + self._fill(row["path"]),
            headers={name: self._fill(value) for name, value in headers.items()},
            **self._body(row),
        )
        found = Answer(answer.status_code, answer.headers, answer.content, self._exchange, self._web)
        for name, path in row.get("keep", {}).items():
            self._kept[name] = str(_look(found.json, path))
        return found

    def _body(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if "json" in row:
            text = self._fill(row["json"])
            json.loads(text)
            return {"content": text.encode()}
        if "text" in row:  # JSON as people write it
            return {"content": self._fill(row["text"]).encode()}
        if "part" in row:
            return {"files": [self._part(part) for part in row["part"]]}
        return {}

    def _part(self, part: Mapping[str, Any]) -> tuple[str, tuple[str | None, bytes | str, str | None]]:
        if "text" in part:
            return part["name"], (None, self._fill(part["text"]), None)
        kind = part.get("type", "application/octet-stream")
        return part["name"], (part.get("filename", "upload"), picture(part["picture"]), kind)

    def _fill(self, text: str) -> str:
        return _NAMES.sub(lambda match: self._kept.get(match[1], match[0]), text)


def _look(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value

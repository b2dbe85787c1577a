"""What accounts have brought to the site: credentials handed out, uploads under way, files kept."""

import base64
import json
import secrets
import tempfile
import time
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

Service = Literal["imagex", "vod"]

_MOST_TOKENS = 20_000
_MOST_OPEN = 2_000
_IN_MEMORY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Token:
    """Temporary credentials of one account for one service, dead from `expires_at` (epoch seconds) on."""

    access_key: str
    secret: str
    session_token: str
    session: str
    service: Service
    expires_at: float


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One committed upload. `name` is its storage uri, or the vid of a video or a sound.

    Of its pixels only `proof` is kept, a small JPEG (empty for a sound). `kind` is image, video or audio.
    """

    name: str
    session: str
    kind: str
    width: int
    height: int
    seconds: float
    proof: bytes = field(repr=False)


@dataclass(slots=True)
class Opening:
    """An upload that was applied for. `crc` and `written` follow the bytes that came."""

    service: Service
    uri: str
    vid: str
    auth: str
    session: str
    session_key: str
    size: int
    file: BinaryIO
    crc: int = 0
    written: int = 0
    complete: bool = False

    def take(self, piece: bytes) -> None:
        """Write some bytes down."""
        self.file.write(piece)
        self.crc = zlib.crc32(piece, self.crc)
        self.written += len(piece)

    def rewind(self) -> None:
        """Forget the bytes of an earlier try."""
        self.file.seek(0)
        self.file.truncate()
        self.crc = self.written = 0
        self.complete = False


class Depot:
    """Remember uploads. Credentials and unfinished uploads do not survive a restart; kept files do, by the journal."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[str, Token] = OrderedDict()
        self._open: OrderedDict[str, Opening] = OrderedDict()
        self._by_session_key: dict[str, Opening] = {}
        self.kept: dict[str, KeptFile] = {}

    def issue(self, session: str, service: Service, expires_at: float) -> Token:
        """Make credentials."""
        token = Token(
            access_key="AKTP" + secrets.token_hex(20),
            secret=base64.b64encode(secrets.token_bytes(30)).decode(),
            session_token="STS2" + base64.b64encode(json.dumps([service, secrets.token_hex(24)]).encode()).decode(),
            session=session,
            service=service,
            expires_at=expires_at,
        )
        self._tokens[token.access_key] = token
        if len(self._tokens) > _MOST_TOKENS:
            self._tokens.popitem(last=False)
        return token

    def token(self, access_key: str) -> Token | None:
        """Return credentials by their public half."""
        return self._tokens.get(access_key)

    def open(self, token: Token, bucket: str, size: int) -> Opening:
        """Make room for a file of `size` bytes, under a name of its own."""
        name = secrets.token_hex(16)
        opening = Opening(
            service=token.service,
            uri=f"{bucket}/{name}",
            vid=f"v02870g1{int(time.time()):08x}{secrets.token_hex(6)}" if token.service == "vod" else "",
            auth=f"SpaceKey/{bucket}/1/:version:v2:{secrets.token_urlsafe(48)}",
            session=token.session,
            session_key=base64.b64encode(json.dumps({"uri": name, "key": secrets.token_hex(16)}).encode()).decode(),
            size=size,
            file=tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES),  # type: ignore[arg-type]  # noqa: SIM115
        )
        self._open[opening.uri] = opening
        self._by_session_key[opening.session_key] = opening
        if len(self._open) > _MOST_OPEN:
            self.close_opening(next(iter(self._open.values())))
        return opening

    def opening(self, uri: str) -> Opening | None:
        """Return an upload under way by the address its bytes go to."""
        return self._open.get(uri)

    def opening_of(self, session_key: str) -> Opening | None:
        """Return an upload under way by its session key."""
        return self._by_session_key.get(session_key)

    def close_opening(self, opening: Opening) -> None:
        """Forget an upload under way and its bytes."""
        opening.file.close()
        self._open.pop(opening.uri, None)
        self._by_session_key.pop(opening.session_key, None)

    def clear(self) -> None:
        """Forget everything."""
        self.close()
        self._tokens.clear()
        self.kept.clear()

    def close(self) -> None:
        """Let go of all bytes."""
        for opening in list(self._open.values()):
            self.close_opening(opening)

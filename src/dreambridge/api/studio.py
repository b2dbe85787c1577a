"""The studio: a page for people at `/`, and its files. It uses the public API and nothing else."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.domain.errors import JobNotFound

_FOLDER: Final = Path(__file__).parents[1] / "studio"
_PAGE: Final = "index.html"
_KINDS: Final = MappingProxyType(
    {
        ".css": "text/css",
        ".html": "text/html",
        ".js": "text/javascript",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".txt": "text/plain",
        ".webmanifest": "application/manifest+json",
    }
)
# Packed already: gzip would only make it larger.
_PACKED: Final = frozenset({".png"})
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Asked for anew at each visit, and answered 304 while nothing has changed: a new version is there at once.
_GUARD: Final = MappingProxyType(
    {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
        "content-security-policy": _POLICY,
    }
)


@dataclass(frozen=True, slots=True)
class StudioFile:
    """One file as it is sent: plain, packed where that helps, and the tag of its content."""

    plain: bytes
    packed: bytes | None
    tag: str
    kind: str


def load_files(folder: Path = _FOLDER) -> dict[str, StudioFile]:
    """Read the files of the studio, by name, packing each once."""
    return {
        path.name: _load_file(path) for path in sorted(folder.iterdir()) if path.is_file() and path.suffix in _KINDS
    }


def _load_file(path: Path) -> StudioFile:
    plain = path.read_bytes()
    packed = None if path.suffix in _PACKED else gzip.compress(plain, 9, mtime=0)
    return StudioFile(plain, packed, hashlib.sha256(plain).hexdigest()[:20], _KINDS[path.suffix])


class StudioRoutes:
    """`/` for browsers, and `/studio/{file}`; none wants a credential."""

    def __init__(self, welcome: Callable[[Request], Awaitable[Response]]) -> None:
        self._welcome = welcome
        self._files = load_files()

    async def page(self, request: Request) -> Response:
        """Answer with the page to whoever asks for HTML, with addresses in JSON to everybody else."""
        if "text/html" in request.headers.get("accept", "").lower():
            response = self._send(request, self._files[_PAGE])
        else:
            response = await self._welcome(request)
        response.headers.add_vary_header("accept")
        return response

    async def file(self, request: Request) -> Response:
        """Answer with a file of the page. Raises JobNotFound for any other."""
        name = request.path_params["file"]
        if name not in self._files or name == _PAGE:
            raise JobNotFound("There is no such file of the studio.")
        return self._send(request, self._files[name])

    @staticmethod
    def _send(request: Request, file: StudioFile) -> Response:
        packed = file.packed if _takes_gzip(request.headers.get("accept-encoding", "")) else None
        tag = f'"{file.tag}-gzip"' if packed is not None else f'"{file.tag}"'
        headers = {**_GUARD, "etag": tag, "vary": "accept-encoding"}
        known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        if tag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        if packed is not None:
            headers["content-encoding"] = "gzip"
        return Response(file.plain if packed is None else packed, media_type=file.kind, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False

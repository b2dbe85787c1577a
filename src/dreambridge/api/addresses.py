"""Which names this server answers to, and the absolute addresses it gives out."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from dreambridge.api.options import ApiOptions

# One of the sides on offer: what a list of pictures shows on a fine screen.
_THUMBNAIL: Final = 512
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def split_host(host: str) -> str:
    """Take the port and the brackets of an IPv6 address off a Host header; the name in lower case."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


class Addresses:
    """The names and addresses of one server."""

    def __init__(self, options: ApiOptions) -> None:
        self._public = (options.public_url or "").rstrip("/")
        self._any = "*" in options.allowed_hosts
        self._origins: Final = frozenset(options.allowed_origins)
        named = {split_host(host) for host in options.allowed_hosts if not host.startswith((".", "*"))}
        public = split_host(urlsplit(self._public).netloc) if self._public else ""
        self._named: Final = frozenset({*named, public} - {""})
        self._suffixes = tuple(
            host.lower().lstrip("*") for host in options.allowed_hosts if host[:1] in ".*" and host[1:]
        )

    def permits_host(self, host: str, reached: str | None) -> bool:
        """Tell whether a Host header names this server.

        Any page can point a name of its own at a loopback or private address (DNS rebinding), so only known names
        count. `reached` is the address the connection really came in on: written as a number it cannot be rebound.
        """
        name = split_host(host)
        return bool(name) and (name in _LOOPBACK or name == reached or self._is_named(name))

    def permits_origin(self, origin: str, host: str) -> bool:
        """Tell whether a page of this origin may change something here: one of our own, of a named host, or named."""
        if "*" in self._origins or origin in self._origins:
            return True
        try:
            parts = urlsplit(origin.lower())
        except ValueError:
            return False
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            return False
        return parts.netloc == host.lower() or self._is_named(split_host(parts.netloc))

    def _is_named(self, name: str) -> bool:
        return self._any or name in self._named or name.endswith(self._suffixes or ("\0",))

    def are_ours(self, request: Request, authority: str) -> bool:
        """Tell whether `host:port` of an address is this server, by any of the names a caller may know it by.

        Those are the request's Host, the public URL's, the host names of the settings, and at our own port loopback.
        """
        name, port = _split_authority(authority)
        asked = _split_authority(request.headers.get("host", ""))
        if not name:
            return False
        if (name, port) == asked or name in self._named or name.endswith(self._suffixes or ("\0",)):
            return True
        reached = request.scope.get("server") or ("", None)
        ours = {_plain_port(reached[1]), *({asked[1]} if asked[0] in _LOOPBACK else ())}
        return (name in _LOOPBACK or name == reached[0]) and port in ours

    def own_path(self, path: str) -> str:
        """Take the public URL's own path off a path of ours."""
        return path.removeprefix(urlsplit(self._public).path)

    def base(self, request: Request) -> str:
        """Give the address clients reach us at, without a trailing slash; the Host was checked before."""
        return self._public or f"{request.scope['scheme']}://{request.headers['host']}"

    def job(self, request: Request, job_id: str) -> str:
        """Give the absolute address of a job."""
        return f"{self.base(request)}/v1/jobs/{job_id}"

    def artifact(self, request: Request, artifact_id: str, extension: str) -> str:
        """Give the absolute address of an artifact's bytes, which needs no credential."""
        return f"{self.base(request)}/v1/artifacts/{artifact_id}.{extension}"

    def thumbnail(self, request: Request, artifact_id: str, extension: str) -> str:
        """Give the absolute address of a small version of a picture, which needs no credential."""
        return f"{self.artifact(request, artifact_id, extension)}?w={_THUMBNAIL}"

    def asset(self, request: Request, asset_id: str) -> str:
        """Give the absolute address of an asset's bytes, which needs its owner's credential."""
        return f"{self.base(request)}/v1/assets/{asset_id}/content"


def _split_authority(authority: str) -> tuple[str, int | None]:
    """Take `host:port` apart; the port that goes without saying is none."""
    try:
        return split_host(authority), _plain_port(urlsplit(f"//{authority}").port)
    except ValueError:
        return "", None


def _plain_port(port: int | None) -> int | None:
    # A server behind another one does not know which of the two schemes its address has.
    return None if port in {80, 443} else port

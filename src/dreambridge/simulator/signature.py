"""Signatures the simulated site checks or makes: the `Sign` header and signed media addresses."""

import base64
import hashlib
import hmac
from urllib.parse import quote, unquote

_MEDIA_SECRET = b"dreambridge-simulator-media"  # protects nothing: placeholders are public


def expected_sign(path: str, *, platform: str, version: str, device_time: str, device: str = "") -> str:
    """Return the `Sign` header that the site computes for a request.

    It is the MD5 of the last seven characters of the path and four other headers between two fixed salts; six
    requests captured from browsers confirm the recipe (`contract/samples/sign.json`).
    """
    text = f"9e2c|{path[-7:]}|{platform}|{version}|{device_time}|{device}|11ac"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def media_signature(uri: str, expires: int) -> str:
    """Return the URL-quoted signature of a media address that dies at `expires` (Unix seconds)."""
    digest = hmac.digest(_MEDIA_SECRET, f"{uri}\n{expires}".encode(), "sha1")
    return quote(base64.b64encode(digest), safe="")


def media_signature_holds(uri: str, expires: int, given: str) -> bool:
    """Tell whether a signature (quoted or not) belongs to this address and expiry."""
    own = unquote(media_signature(uri, expires))
    # A client that decodes the query like a form turns plus signs into spaces.
    return hmac.compare_digest(own.encode(), unquote(given).replace(" ", "+").encode())

"""Checks AWS Signature Version 4 as the storage services do. Shares no code with any client."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

_ALGORITHM = "AWS4-HMAC-SHA256"
_HEADER = re.compile(
    _ALGORITHM + r"\s+Credential=([^\s,/]+)/(\d{8})/([^\s,/]+)/([^\s,/]+)/aws4_request,\s*"
    r"SignedHeaders=([a-z0-9;\-]+),\s*Signature=([0-9a-f]{64})"
)
_MUST_BE_SIGNED = ("x-amz-date", "x-amz-security-token")


@dataclass(frozen=True, slots=True)
class Claim:
    """What an `Authorization` header says."""

    access_key: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What was signed. Header names are lower case; query values are decoded."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


def read_claim(authorization: str) -> Claim | None:
    """Read an `Authorization` header; None when it is not of this scheme."""
    found = _HEADER.fullmatch(authorization.strip())
    if found is None:
        return None
    return Claim(found[1], found[2], found[3], found[4], tuple(found[5].split(";")), found[6])


def complaint(request: SignedRequest, claim: Claim, secret: str) -> str | None:
    """Return what is wrong with a signed request; None when the signature holds."""
    if told := _about_headers(request, claim):
        return told
    digest = hashlib.sha256(request.body).hexdigest()
    # Clients write the query decoded or encoded; both were seen to work, and plain values make no difference.
    for encoded in (True, False):
        own = _signature(request, claim, secret, digest, encoded=encoded)
        if hmac.compare_digest(own, claim.signature):
            return None
    return "the signature is another one"


def _about_headers(request: SignedRequest, claim: Claim) -> str | None:
    wanted = ("x-amz-content-sha256", *_MUST_BE_SIGNED) if request.method == "POST" else _MUST_BE_SIGNED
    unsigned = [name for name in wanted if name not in claim.signed_headers]
    missing = [name for name in claim.signed_headers if name not in request.headers]
    if unsigned or missing:
        return f"{unsigned[0]} is not signed" if unsigned else f"signed header {missing[0]} is missing"
    date = request.headers["x-amz-date"]
    if not re.fullmatch(r"\d{8}T\d{6}Z", date) or date[:8] != claim.day:
        return f"x-amz-date {date} is not of the scope's day {claim.day}"
    told = request.headers.get("x-amz-content-sha256")
    if told is not None and told != hashlib.sha256(request.body).hexdigest():
        return "x-amz-content-sha256 is not the hash of the body"
    return None


def _signature(request: SignedRequest, claim: Claim, secret: str, digest: str, *, encoded: bool) -> str:
    pairs = [(_quote(name), _quote(value)) if encoded else (name, value) for name, value in request.query]
    canonical = "\n".join(
        (
            request.method,
            request.path,
            "&".join(f"{name}={value}" for name, value in sorted(pairs)),
            *(f"{name}:{' '.join(request.headers[name].split())}" for name in claim.signed_headers),
            "",
            ";".join(claim.signed_headers),
            digest,
        )
    )
    scope = f"{claim.day}/{claim.region}/{claim.service}/aws4_request"
    text = "\n".join((_ALGORITHM, request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (claim.day, claim.region, claim.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _quote(text: str) -> str:
    return quote(text, safe="-_.~")

"""The signature of calls to the sites' storage: AWS Signature Version 4, with no signed `host`."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from dreambridge.domain.secret import Secret

_SIGNED: Final = frozenset({"x-amz-date", "x-amz-security-token"})
_HASH: Final = "x-amz-content-sha256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials, and what a signature made with them is good for."""

    access_key: str
    secret: Secret
    session_token: Secret
    region: str
    service: str


def sign_request(credentials: Credentials, method: str, url: str, body: bytes, *, at: float) -> dict[str, str]:
    """Compute the headers that sign a call at epoch second `at`, their names in lower case.

    A GET signs its date and session token; a POST the hash of its body too. The values of the query must be plain:
    the sites sign them as they are, others as they are encoded.
    """
    # 13 MB that a gateway without uploads need not load.
    from awscrt import auth, http  # noqa: PLC0415

    parts = urlsplit(url)
    has_body = method != "GET"
    signed = _SIGNED | {_HASH} if has_body else _SIGNED
    request = http.HttpRequest(method, f"{parts.path or '/'}?{parts.query}", http.HttpHeaders([]))
    config = auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4,
        signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=auth.AwsCredentialsProvider.new_static(
            credentials.access_key, credentials.secret.reveal(), credentials.session_token.reveal()
        ),
        region=credentials.region,
        service=credentials.service,
        date=datetime.fromtimestamp(int(at), UTC),
        should_sign_header=lambda name: name.lower() in signed,
        signed_body_value=_digest(body) if has_body else auth.AwsSignedBodyValue.EMPTY_SHA256,
        signed_body_header_type=(
            auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256 if has_body else auth.AwsSignedBodyHeaderType.NONE
        ),
    )
    # With credentials at hand the answer is there at once; nothing waits here.
    done = auth.aws_sign_request(request, config).result(timeout=1)
    return {name.lower(): value for name, value in done.headers}


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()

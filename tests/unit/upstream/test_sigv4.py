import subprocess
import sys
from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from dreambridge.domain.secret import Secret
from dreambridge.upstream.wire.sigv4 import Credentials, sign_request

AT = 1767323045.9
STAMP = datetime.fromtimestamp(int(AT), UTC).strftime("%Y%m%dT%H%M%SZ")
APPLY = (
    "https://imagex.example.com/?Action=ApplyImageUpload&ServiceId=tb4s082cfz&FileSize=123&s=0a9z&Version=2018-08-01"
)
COMMIT = "https://vod.example.com/?Action=CommitUploadInner&SpaceName=dreamina&Version=2020-11-19"
BODY = b'{"SessionKey":"a=="}'


class WithoutHost(SigV4Auth):  # type: ignore[misc]
    """Sign what the request's headers name and no more: the sites leave out the host."""

    def headers_to_sign(self, request: AWSRequest) -> object:
        headers = super().headers_to_sign(request)
        del headers["host"]
        return headers


def botocore_says(method: str, url: str, body: bytes, service: str, region: str, sha256: str | None) -> str:
    signer = WithoutHost(BotoCredentials("AKTPx", "secret/+=", "STS2token=="), service, region)
    headers = {"X-Amz-Date": STAMP, "X-Amz-Security-Token": "STS2token=="}
    if sha256 is not None:
        headers["X-Amz-Content-SHA256"] = sha256
    request = AWSRequest(method, url, headers=headers, data=body)
    request.context["timestamp"] = STAMP
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


@pytest.mark.parametrize("region", ["cn-north-1", "us-east-1", "ap-southeast-1", "ap-singapore-1"])
@pytest.mark.parametrize(
    ("method", "url", "body", "service", "signed"),
    [
        ("GET", APPLY, b"", "imagex", "x-amz-date;x-amz-security-token"),
        ("POST", COMMIT, BODY, "vod", "x-amz-content-sha256;x-amz-date;x-amz-security-token"),
    ],
)
def test_the_signature_is_the_one_botocore_computes(
    method: str, url: str, body: bytes, service: str, signed: str, region: str
) -> None:
    credentials = Credentials("AKTPx", Secret("secret/+="), Secret("STS2token=="), region, service)
    headers = sign_request(credentials, method, url, body, at=AT)
    expected = botocore_says(method, url, body, service, region, headers.get("x-amz-content-sha256"))
    scope = f"AKTPx/{STAMP[:8]}/{region}/{service}/aws4_request"
    assert headers["authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature={expected}"
    )
    assert headers["x-amz-date"] == STAMP
    assert headers["x-amz-security-token"] == "STS2token=="
    assert set(headers) - {"authorization"} == set(signed.split(";"))


def test_the_signing_library_is_loaded_with_the_first_signature_only() -> None:
    code = "import sys, dreambridge.upstream.uploader; print(any(name.startswith('awscrt') for name in sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"

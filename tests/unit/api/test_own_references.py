"""Which addresses are this server's own, and what they name."""

import pytest
from starlette.requests import Request

from dreambridge.api.addresses import Addresses
from dreambridge.api.options import ApiOptions
from dreambridge.api.own_references import strip_own_address

ART = "art_vogpyhd5ohxwxp6orrp7p7biqi"
ASSET = "asset_vogpyhd5ohxwxp6orrp7p7biqi"
JOB = "job_vogpyhd5ohxwxp6orrp7p7biqi"
ADDRESSES = Addresses(
    ApiOptions(public_url="https://draw.example.org/base", allowed_hosts=("lan.example:8000", ".inside.example"))
)


def request(host: str = "box.example:8000", server: tuple[str, int] | None = ("10.0.0.5", 8000)) -> Request:
    return Request({"type": "http", "scheme": "http", "headers": [(b"host", host.encode())], "server": server})


@pytest.mark.parametrize(
    "base",
    [
        "http://box.example:8000",
        "HTTP://BOX.example:8000",
        "https://draw.example.org/base",
        "https://draw.example.org:443/base",
        "https://draw.example.org",
        "http://lan.example",
        "http://a.inside.example:1",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://10.0.0.5:8000",
        "http://someone@localhost:8000",
    ],
)
@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"/v1/artifacts/{ART}.png", ART),
        (f"/v1/artifacts/{ART}", ART),
        (f"/v1/artifacts/{ART}.png?download=1#top", ART),
        (f"/v1/assets/{ASSET}/content", ASSET),
        (f"/v1/assets/{ASSET}", ASSET),
        (f"/v1/jobs/{JOB}", JOB),
        (f"/v1/videos/{JOB}/content", JOB),
    ],
)
def test_an_address_of_ours_is_read_as_what_it_names(base: str, path: str, name: str) -> None:
    assert strip_own_address(ADDRESSES, request(), base + path) == name


@pytest.mark.parametrize(
    "text",
    [
        f"http://other.example:8000/v1/artifacts/{ART}.png",
        f"http://localhost:8001/v1/artifacts/{ART}.png",
        f"http://localhost/v1/artifacts/{ART}.png",
        f"http://10.0.0.6:8000/v1/artifacts/{ART}.png",
        f"http://box.example:8000@other.example/v1/artifacts/{ART}.png",
        f"http://box.example.other.example:8000/v1/artifacts/{ART}.png",
        f"http://box.example:8000/v2/artifacts/{ART}.png",
        f"http://box.example:8000/other/v1/artifacts/{ART}.png",
        f"http://box.example:8000/v1/artifacts/../jobs/{ART}.png",
        "http://box.example:8000/v1/artifacts/",
        "http://box.example:8000/v1/models",
        "http://box.example:99999/v1/models",
        "http://[::1/v1",
        "http://",
        ART,
        "data:image/png;base64,aGVsbG8=",
        "aGVsbG8=",
        "",
    ],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert strip_own_address(ADDRESSES, request(), text) == text


def test_behind_another_port_the_one_that_was_asked_counts_as_well() -> None:
    mapped = request("localhost:9000", ("172.17.0.2", 8000))
    assert strip_own_address(ADDRESSES, mapped, f"http://127.0.0.1:9000/v1/artifacts/{ART}.png") == ART
    assert strip_own_address(ADDRESSES, request("box.example", None), f"http://localhost/v1/jobs/{JOB}") == JOB


def test_a_server_that_answers_to_any_name_is_not_every_server() -> None:
    anyone = Addresses(ApiOptions(allowed_hosts=("*",)))
    address = f"https://other.example/v1/artifacts/{ART}.png"
    assert strip_own_address(anyone, request(), address) == address
    assert strip_own_address(anyone, request("other.example"), address) == ART

import pytest

from dreambridge.media.addresses import AddressNotAllowed, check_ip, check_url

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::8.8.8.8"]
PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "198.18.0.1",
]
NEVER = [
    "0.0.0.0",  # noqa: S104 - refused, not listened on
    "::",
    "169.254.169.254",
    "169.254.1.1",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "224.0.0.1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "2002:a9fe:a9fe::1",
    "64:ff9b::169.254.169.254",
    "not-an-address",
]
ALSO_NOT_PUBLIC = [
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "203.0.113.9",
    "2001:db8::1",
    "2002:7f00:1::1",
    "64:ff9b::10.0.0.1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_admitted(address: str) -> None:
    check_ip(address)


@pytest.mark.parametrize("address", [*PRIVATE, *NEVER, *ALSO_NOT_PUBLIC])
def test_everything_else_is_refused(address: str) -> None:
    with pytest.raises(AddressNotAllowed):
        check_ip(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_networks_are_admitted_where_the_operator_says_so(address: str) -> None:
    check_ip(address, private_ok=True)


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_link_local_addresses_are_refused_even_then(address: str) -> None:
    with pytest.raises(AddressNotAllowed):
        check_ip(address, private_ok=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png?x=1&sig=a%2Fb%3D~tplv",
        "https://p3-dreamina-sign.byteimg.com/tos-cn-i-x/abc~tplv.webp?lk3s=1&x-expires=2&x-signature=%2B",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]:8443/",
        "https://3com.example/",
    ],
)
def test_public_https_addresses_are_admitted(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//example.com/",
        "https://",
        "https:///nothing",
        "https://user:pass@example.com/",
        "https://user@example.com/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://1.2.3.0x4/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\r\nX: y",
        "https://example.com\\@127.0.0.1/",
        "https://１２７.0.0.1/",
        "https://[::1",
        "https://example.com/" + "a" * 9000,
    ],
)
def test_other_addresses_are_refused_by_their_text(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        check_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/a", "http://localhost:9000/a", "https://10.0.0.1/"])
def test_loopback_is_admitted_for_the_sandbox(url: str) -> None:
    check_url(url, private_ok=True)


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://2130706433/", "ftp://127.0.0.1/"])
def test_the_sandbox_does_not_open_metadata_or_disguised_addresses(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        check_url(url, private_ok=True)


def test_a_refusal_does_not_repeat_the_query() -> None:
    with pytest.raises(AddressNotAllowed) as caught:
        check_url("https://10.0.0.1/a?token=verysecret")
    assert "verysecret" not in str(caught.value)

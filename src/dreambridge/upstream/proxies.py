"""Read the address of the proxy that a session goes through."""

import base64
from typing import Final

from yarl import URL

from dreambridge.domain.secret import Secret
from dreambridge.upstream.failures import NeverSentError

SOCKS: Final = frozenset({"socks5", "socks5h"})
_HTTP: Final = frozenset({"http", "https"})


def read_proxy(proxy: Secret | None) -> URL | None:
    """Read a proxy's address; raises `NeverSentError` for one we cannot use, without showing it."""
    if proxy is None:
        return None
    try:
        address = URL(proxy.reveal())
    except ValueError:
        raise NeverSentError("the proxy's address cannot be read") from None
    if address.scheme not in SOCKS | _HTTP or not address.host:
        raise NeverSentError("the proxy's address is not http, https or socks5")
    return address


def build_proxy_header(address: URL) -> str | None:
    """Build the `Proxy-Authorization` for the credentials in an address, `None` when it has none."""
    if address.user is None:
        return None
    pair = f"{address.user}:{address.password or ''}".encode()
    return "Basic " + base64.b64encode(pair).decode()

"""Decide, without touching the network, which addresses may be opened."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

# Where clouds answer with instance credentials outside the link-local block; never the place of a picture.
_METADATA: Final = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "home.arpa", "lan")
# A last label that reads as a number (decimal, octal, hexadecimal) makes the whole host an IPv4 address to many
# resolvers: 2130706433, 0177.1 and 0x7f.1 are all 127.0.0.1.
_NUMERIC_LABEL: Final = re.compile(r"\d+|0[xX][0-9a-fA-F]*")
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,253}")
_PRINTABLE: Final = re.compile(r"[\x21-\x5b\x5d-\x7e]{1,8192}")  # no blanks, no controls, no backslash


class AddressNotAllowed(Exception):
    """Report an address that must not be opened; the message holds no path and no query."""


def check_ip(text: str, *, private_ok: bool = False) -> None:
    """Refuse an IP address that is not public.

    `private_ok` also admits loopback and private networks, but never link-local, multicast or metadata addresses.
    Addresses that embed an IPv4 address (mapped, 6to4, Teredo, NAT64) are judged by it as well.
    Raises `AddressNotAllowed`.
    """
    try:
        address = ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError as error:
        raise AddressNotAllowed(f"{text!r} is not an IP address") from error
    for each in (address, *_embedded(address)):
        if not _admitted(each, private_ok=private_ok):
            raise AddressNotAllowed(f"{address} is not a public address")


def check_url(url: str, *, private_ok: bool = False, plain_ok: bool = False) -> None:
    """Refuse an address by its text alone: scheme, user, host name, literal IP address.

    Only https is admitted, with `private_ok` or `plain_ok` http too. Host names still have to be resolved and each
    resulting address given to `check_ip`. Raises `AddressNotAllowed`.
    """
    if not _PRINTABLE.fullmatch(url):
        raise AddressNotAllowed("the address holds characters that do not belong into one, or is too long")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise AddressNotAllowed("the address cannot be read") from error
    if parts.scheme not in ({"https", "http"} if private_ok or plain_ok else {"https"}):
        raise AddressNotAllowed(f"the scheme {parts.scheme!r} is not allowed")
    if parts.username is not None or parts.password is not None:
        raise AddressNotAllowed("the address carries a user name")
    if not host:
        raise AddressNotAllowed("the address names no host")
    if ":" in host or _is_ipv4(host):
        check_ip(host, private_ok=private_ok)
    else:
        _check_name(host.lower().rstrip("."), private_ok=private_ok)


def _check_name(host: str, *, private_ok: bool) -> None:
    if not _HOST_NAME.fullmatch(host) or _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        raise AddressNotAllowed("the address names no proper host")
    local = any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
    if local and not private_ok:
        raise AddressNotAllowed(f"{host} is a name of the local network")


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> tuple[ipaddress.IPv4Address, ...]:
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(each for each in found if each is not None)


def _admitted(address: ipaddress.IPv4Address | ipaddress.IPv6Address, *, private_ok: bool) -> bool:
    if address in _METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped is not None or address in _NAT64):
        return True  # the address inside decides
    return private_ok or (address.is_global and not address.is_reserved)

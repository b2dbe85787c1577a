"""Read what a person pastes for an account: a session id, a Cookie header, a cURL line, or an export of cookies.

Pure, and silent: whatever is wrong, no error repeats any of the text.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.secret import Secret

LONGEST: Final = 64 * 1024
# The names a session id goes by, the one that the sites read first; seen in 6 sources.
_SESSION_COOKIES: Final = ("sessionid", "sessionid_ss", "sid_tt")
_GUARD: Final = "sid_guard"
# Where an account is at home, as cookies say it; seen in 2 sources.
_HOME_COOKIES: Final = ("store-country-code", "store-region")
_COOKIE_LINE: Final = re.compile(r"^[ \t]*cookie[ \t]*:[ \t]*(?P<value>.+)$", re.IGNORECASE | re.MULTILINE)
_HOST_LINE: Final = re.compile(
    r"^[ \t]*:?(?:origin|referer|host|authority)[ \t]*:[ \t]*(?P<value>\S+)", re.IGNORECASE | re.MULTILINE
)
_PROXY_FIRST: Final = re.compile(
    r"(?P<proxy>[a-z0-9]+://[^\s;]*?)@(?P<rest>(?:cookie[ \t]*:)?[ \t]*[\w-]+=.*)", re.IGNORECASE | re.DOTALL
)
_PAIR: Final = re.compile(r"\s*[\w.\-]+=")
_CARET_LINE: Final = re.compile(r"\^\r?\n")
_CARET: Final = re.compile(r"\^(.)", re.DOTALL)
_ANSI: Final = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
# A moment between 2001 and 2100; anything else is no epoch second.
_EARLIEST: Final = 1e9
_LATEST: Final = 4.1e9
_COLUMNS: Final = 7


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a text told: the session as `credential` in the words of `Authorization`, and hints about its home.

    `hosts` are hosts of a site that the text names, `homes` codes of a country or region. `made_at` and `expires_at`
    (epoch seconds) are the cookie's own word, which the site need not keep.
    """

    credential: Secret
    proxy: Secret | None = None
    hosts: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    made_at: float | None = None
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: str
    value: str
    domain: str | None = None
    expires: float | None = None


def read_paste(text: str) -> Pasted:
    """Read a paste. Raises `InvalidRequest` that names the field `session` and none of the text."""
    text = text.strip().strip("\ufeff")
    if not text:
        raise _unreadable("session is empty; paste a session id, a Cookie header, a cURL line or a cookie export.")
    if len(text) > LONGEST:
        raise _unreadable(f"session has more than {LONGEST} characters; paste one account at a time.")
    if text[0] in "[{":
        return _from_cookies(_read_export(text))
    if re.match(r"curl(?:\.exe)?\s", text, re.IGNORECASE):
        return _read_curl(text)
    return _read_lines(text)


def _read_lines(text: str) -> Pasted:
    if "\t" in text and (rows := _read_table(text)):
        return _from_cookies(rows)
    if line := _COOKIE_LINE.search(text):
        return _from_cookies(
            _read_header(line["value"]), hosts=_hosts_of(m["value"] for m in _HOST_LINE.finditer(text))
        )
    if behind := _PROXY_FIRST.fullmatch(text):
        line = _COOKIE_LINE.fullmatch(behind["rest"])
        header = line["value"] if line else behind["rest"]
        return _from_cookies(_read_header(header), proxy=Secret(behind["proxy"]))
    if _PAIR.match(text):
        return _from_cookies(_read_header(text))
    return Pasted(Secret(text))


def _from_cookies(cookies: Iterable[_Cookie], *, hosts: tuple[str, ...] = (), proxy: Secret | None = None) -> Pasted:
    found = [each for each in cookies if each.value]
    guard = next((each for each in found if each.name == _GUARD), None)
    carrying = [each for name in _SESSION_COOKIES for each in found if each.name == name]
    if not carrying and guard is not None:
        carrying = [_Cookie(_GUARD, unquote(guard.value).partition("|")[0], guard.domain, guard.expires)]
    if not carrying:
        raise _unreadable("There is no `sessionid` cookie in it: copy it while you are signed in on the site.")
    chosen = carrying[0]
    if len({unquote(each.value) for each in carrying if each.name == chosen.name}) > 1:
        raise _unreadable("It holds the sessions of several sites; paste the cookies of one site.")
    session = unquote(chosen.value)
    made_at, expires_at = _read_guard(guard, session)
    return Pasted(
        credential=Secret(session),
        proxy=proxy,
        hosts=hosts or ((chosen.domain,) if chosen.domain else ()),
        homes=tuple(dict.fromkeys(each.value.lower() for name in _HOME_COOKIES for each in found if each.name == name)),
        made_at=made_at,
        expires_at=expires_at or _moment(chosen.expires),
    )


def _read_guard(guard: _Cookie | None, session: str) -> tuple[float | None, float | None]:
    """Read when a session was made and ends: `<session>|<made at>|<seconds>|<date>`, seen in 5 sources.

    Gateways make this cookie up with 60 days, a real one had a year: so only one that came with the session counts, and
    what it says is a promise of the site, not a fact.
    """
    parts = unquote(guard.value).split("|") if guard is not None else []
    if len(parts) < 3 or parts[0] != session:
        return None, None
    made_at, seconds = _moment(parts[1]), _number(parts[2])
    return made_at, None if made_at is None or not seconds else _moment(made_at + seconds)


def _read_header(text: str) -> Iterable[_Cookie]:
    for pair in text.replace("\r", ";").replace("\n", ";").split(";"):
        name, _, value = pair.strip().partition("=")
        yield _Cookie(name.strip(), value.strip().strip('"'))


def _read_export(text: str) -> list[_Cookie]:
    """Read the JSON that browsers' extensions and test tools export."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _unreadable("It begins like a cookie export, but is no JSON; copy the whole of it.") from None
    rows = document.get("cookies") if isinstance(document, Mapping) else document
    if isinstance(document, Mapping) and not isinstance(rows, list):
        return [_Cookie(name, value) for name, value in document.items() if isinstance(value, str)]
    if not isinstance(rows, list):
        raise _unreadable("It is JSON, but no list of cookies.")
    return [_read_row(row) for row in rows if isinstance(row, Mapping)]


def _read_row(row: Mapping[str, Any]) -> _Cookie:
    domain = row.get("domain") or row.get("host")
    expires = _number(row.get("expirationDate") or row.get("expires"))
    host = domain.lstrip(".").lower() if isinstance(domain, str) else None
    return _Cookie(str(row.get("name") or ""), str(row.get("value") or ""), host, expires)


def _read_table(text: str) -> list[_Cookie]:
    """Read the lines of a cookies.txt: domain, subdomains, path, secure, expiry, name, value."""
    rows = [line.removeprefix("#HttpOnly_").rstrip("\r").split("\t") for line in text.split("\n")]
    return [
        _Cookie(row[5], row[6], row[0].lstrip(".").lower(), _number(row[4])) for row in rows if len(row) == _COLUMNS
    ]


def _read_curl(text: str) -> Pasted:
    """Read a line that a browser copied as cURL, for bash or for cmd."""
    if '^"' in text or _CARET_LINE.search(text):
        text = _CARET.sub(r"\1", _CARET_LINE.sub(" ", text))
    try:
        words = shlex.split(_ANSI.sub(lambda quoted: shlex.quote(_ESCAPE.sub(_unescape, quoted[1])), text))
    except ValueError:
        raise _unreadable("The cURL line is not whole: a quotation mark is never closed.") from None
    headers: list[str] = []
    cookies: list[_Cookie] = []
    addresses: list[str] = []
    proxy: Secret | None = None
    for option, value in _options(words[1:]):
        if option in {"-H", "--header"}:
            headers.append(value)
        elif option in {"-b", "--cookie"} and "=" in value:
            cookies += _read_header(value)
        elif option in {"-x", "--proxy"}:
            proxy = Secret(value if "://" in value else f"http://{value}")
        elif option in {"", "--url"}:
            addresses.append(value)
    lines = "\n".join(headers)
    for line in _COOKIE_LINE.finditer(lines):
        cookies += _read_header(line["value"])
    if not cookies:
        raise _unreadable(
            "The cURL line carries no cookie: copy a request to the site itself, made while you are signed in."
        )
    hosts = _hosts_of([*addresses, *(found["value"] for found in _HOST_LINE.finditer(lines))])
    return _from_cookies(cookies, hosts=hosts, proxy=proxy)


def _options(words: list[str]) -> Iterable[tuple[str, str]]:
    """Pair the options that matter with their values; what is no option is an address, under an empty name."""
    left = iter(words)
    for word in left:
        if word in {"-H", "--header", "-b", "--cookie", "-x", "--proxy", "--url"}:
            yield word, next(left, "")
        elif word[:2] in {"-H", "-b", "-x"}:
            yield word[:2], word[2:]
        elif word.startswith("--") and "=" in word:
            name, _, value = word.partition("=")
            yield name, value
        elif not word.startswith("-") and "://" in word:
            yield "", word


def _hosts_of(values: Iterable[str]) -> tuple[str, ...]:
    hosts: dict[str, None] = {}
    for value in values:
        try:
            host = urlsplit(value if "://" in value else f"//{value}").hostname
        except ValueError:
            continue
        if host:
            hosts[host.lower()] = None
    return tuple(hosts)


def _unescape(found: "re.Match[str]") -> str:
    code = found[1] or found[2]
    if code:
        # Half a surrogate pair is no character, and nothing behind us could keep it.
        return chr(int(code, 16)).encode(errors="ignore").decode()
    return {"n": "\n", "r": "\r", "t": "\t"}.get(found[3], found[3])


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _moment(value: object) -> float | None:
    """Read an epoch second, also one written in milliseconds."""
    number = _number(value)
    if number is not None and number > _LATEST:
        number /= 1000
    return number if number is not None and _EARLIEST < number < _LATEST else None


def _unreadable(message: str) -> InvalidRequest:
    return InvalidRequest(message, param="session", code="session_unreadable")

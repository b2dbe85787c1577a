"""What people paste: a session and its hints are found in it, and no error repeats any of it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.catalog import load_catalog
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.secret import Secret
from dreambridge.engine.homes import likely_sites
from dreambridge.engine.pasting import LONGEST, Pasted, read_paste

ID = "0123456789abcdef" * 2
OTHER = "f" * 32
MADE, YEAR = 1_760_000_000, 31_536_000
GUARD = f"{ID}%7C{MADE}%7C{YEAR}%7CSat%2C+10-Oct-2026+08%3A53%3A20+GMT"
ORDER = ("cn", "us", "sg")


@pytest.mark.parametrize("text", [ID, f" {ID}\n", f"us-{ID}", f"{ID}:cn", f"http://u:p@h:1@us-{ID}", "sandbox-a"])
def test_a_credential_is_left_as_it_is(text: str) -> None:
    assert read_paste(text) == Pasted(Secret(text.strip()))


@pytest.mark.parametrize(
    "text",
    [
        f"sessionid={ID}",
        f"uid_tt=1; sessionid={ID}; sid_tt={OTHER}",
        f"Cookie: a=b; sessionid={ID}",
        f"cookie:sessionid={ID};",
        f"sessionid_ss={ID}; sid_tt={OTHER}",
        f"sid_tt={ID}",
        f'sessionid="{ID}"',
        f"sid_guard={GUARD}",
        f"accept: */*\r\ncookie: a=b; sessionid={ID}\r\nuser-agent: x",
        f"curl https://x/ -b 'sessionid={ID}'",
        f"curl https://x/ --cookie='sessionid={ID}'",
        f"curl https://x/ -H 'Cookie: sessionid={ID}'",
        f"curl https://x/ -H'Cookie: sessionid={ID}'",
        f'curl.exe https://x/ --header "cookie: sessionid={ID}"',
        f"curl 'https://x/' \\\n  -H 'accept: */*' \\\n  -H $'cookie: a=it\\'s\\u0021; sessionid={ID}' \\\n  -d '{{}}'",
        f'curl ^"https://x/?a=1^&b=2^" ^\r\n  -H ^"cookie: a=^\\^"q^\\^"; sessionid={ID}; b=^%^3D^" ^\r\n  -k',
        f'curl "https://x/" ^\n  -H "cookie: sessionid={ID}" ^\n  --compressed',
        json.dumps([{"name": "a", "value": "b"}, {"name": "sessionid", "value": ID}]),
        json.dumps({"cookies": [{"name": "sessionid", "value": ID, "domain": "x"}], "origins": []}),
        json.dumps({"sessionid": ID, "other": "x"}),
        f"# Netscape HTTP Cookie File\n#HttpOnly_.x\tTRUE\t/\tTRUE\t0\tsessionid\t{ID}\n",
    ],
)
def test_the_session_is_found_in_cookies_lines_and_exports(text: str) -> None:
    assert read_paste(text).credential == Secret(ID)


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        (f"socks5://u:p@h:1@sessionid={ID}; a=b", "socks5://u:p@h:1"),
        (f"http://h:1@Cookie: sessionid={ID}", "http://h:1"),
        (f"curl -x h:1 https://x/ -b sessionid={ID}", "http://h:1"),
        (f"curl --proxy https://h:1 https://x/ -b sessionid={ID}", "https://h:1"),
    ],
)
def test_a_proxy_comes_with_it(text: str, proxy: str) -> None:
    found = read_paste(text)
    assert (found.credential, found.proxy) == (Secret(ID), Secret(proxy))


@pytest.mark.parametrize(
    ("text", "made_at", "expires_at"),
    [
        (f"sessionid={ID}; sid_guard={GUARD}", MADE, MADE + YEAR),
        (f"sessionid={ID}; sid_guard={ID}|{MADE}|5184000|x", MADE, MADE + 5_184_000),
        # One of another session, or one made up badly, says nothing.
        (f"sessionid={OTHER}; sid_guard={GUARD}", None, None),
        (f"sessionid={ID}; sid_guard={ID}|yesterday|5184000|x", None, None),
        (f"sessionid={ID}; sid_guard={ID}|5|5184000|x", None, None),
        (f"sessionid={ID}; sid_guard={ID}", None, None),
        (f"sessionid={ID}", None, None),
        (json.dumps([{"name": "sessionid", "value": ID, "expirationDate": MADE + 0.5}]), None, MADE + 0.5),
        (json.dumps([{"name": "sessionid", "value": ID, "expirationDate": MADE * 1000}]), None, MADE),
        (json.dumps([{"name": "sessionid", "value": ID, "expires": -1}]), None, None),
    ],
)
def test_the_cookie_tells_when_it_was_made_and_ends(text: str, made_at: float | None, expires_at: float | None) -> None:
    found = read_paste(text)
    assert (found.made_at, found.expires_at) == (made_at, expires_at)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, ORDER),
        (f"sessionid={ID}", ORDER),
        (f"curl https://jimeng.jianying.com/mweb/v1/x -b sessionid={ID}", ("cn",)),
        (f"curl https://example.org/ -H 'origin: https://jimeng.jianying.com' -b sessionid={ID}", ("cn",)),
        (f"curl https://dreamina.capcut.com/x -b sessionid={ID}", ("us", "sg")),
        (f"curl https://dreamina.capcut.com/x -b 'sessionid={ID}; store-country-code=hk'", ("hk", "us", "sg")),
        (f"curl https://example.org/ -b sessionid={ID}", ORDER),
        (f"host: jimeng.jianying.com\ncookie: sessionid={ID}", ("cn",)),
        (f"sessionid={ID}; store-region=cn-gd", ORDER),
        (f"sessionid={ID}; store-country-code=us", ("us", "cn", "sg")),
        (json.dumps([{"name": "sessionid", "value": ID, "domain": ".jianying.com"}]), ("cn",)),
        (json.dumps([{"name": "sessionid", "value": ID, "domain": ".capcut.com"}]), ("us", "sg")),
    ],
)
def test_the_likeliest_sites_are_asked_first_and_impossible_ones_never(text: str, expected: tuple[str, ...]) -> None:
    sites = {name: site for name, site in load_catalog().sites.items() if name != "sandbox"}
    assert likely_sites(read_paste(text), sites, ORDER) == expected


BROKEN = [
    "",
    "   \n",
    "a=hunter2; b=hunter2",
    "cookie: a=hunter2",
    "curl 'https://hunter2",
    "curl https://hunter2/",
    "curl -b hunter2.txt https://x/",
    '[{"name": "sessionid", "value": "hunter2"',
    "[1, 2, 3]",
    '{"cookies": 5}',
    '[{"name": "a", "value": "hunter2"}]',
    "[" * 5000,
    "hunter2" * LONGEST,
    json.dumps(
        [
            {"name": "sessionid", "value": f"{n}hunter2", "domain": domain}
            for n, domain in enumerate((".jianying.com", ".capcut.com"))
        ]
    ),
]


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_what_cannot_be_read_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_paste(text)
    assert caught.value.param == "session"
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(st.text() | st.text(alphabet="curl -b'\"^\\=;:[]{}\t\nsession").map(lambda text: f"curl {text}"))
def test_no_text_makes_it_stumble(text: str) -> None:
    with suppress(InvalidRequest):
        assert "Secret(…)" in repr(read_paste(text))

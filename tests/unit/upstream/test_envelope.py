import json
from typing import Any

import pytest

from dreambridge.catalog import Catalog
from dreambridge.domain import errors
from dreambridge.domain.errors import AnswerUnreadable, Charged, GatewayError, Retry, SiteRefused
from dreambridge.upstream.wire.call import Answer
from dreambridge.upstream.wire.envelope import open_envelope
from dreambridge.upstream.wire.reading import read_document, scrub


@pytest.mark.parametrize(
    ("ret", "error"),
    [
        (1015, errors.SessionExpired),
        (1006, errors.OutOfCredit),
        (5000, errors.OutOfCredit),
        (1, errors.SiteBusy),
        (1057, errors.SiteBusy),
        (1310, errors.SiteBusy),
        (1018, errors.AccountBarred),
        (-6, errors.AccountBarred),
        (4013, errors.AccountBarred),
        (2038, errors.ContentRefused),
        (987654, errors.SiteRefused),
    ],
)
def test_a_refusal_becomes_a_typed_error_whether_its_code_is_text_or_number(
    ret: int, error: type[GatewayError], catalog: Catalog
) -> None:
    for written in (ret, str(ret)):
        with pytest.raises(error) as caught:
            open_envelope({"ret": written, "errmsg": "words", "logid": "L1", "data": {}}, catalog.codes)
        assert caught.value.site_code == str(ret)
        assert caught.value.log_id == "L1"
        assert "words" not in caught.value.message


def test_an_unknown_refusal_is_never_retried_and_not_charged(catalog: Catalog) -> None:
    with pytest.raises(SiteRefused) as caught:
        open_envelope({"ret": "987654", "log_id": "L2"}, catalog.codes)
    assert (caught.value.retry, caught.value.charged) == (Retry.NEVER, Charged.NO)
    assert caught.value.log_id == "L2"


@pytest.mark.parametrize("document", [{}, {"data": {}}, {"ret": "ok"}, {"ret": {}}])
def test_an_answer_without_a_numeric_code_is_unreadable(document: dict[str, Any], catalog: Catalog) -> None:
    with pytest.raises(AnswerUnreadable):
        open_envelope(document, catalog.codes)


@pytest.mark.parametrize(
    ("status", "body", "error", "word"),
    [
        (429, b"{}", errors.SiteBusy, "429"),
        (500, b'{"ret":"0"}', errors.SiteUnreachable, "500"),
        (503, b"<html>", errors.SiteUnreachable, "503"),
        (404, b'{"ret":"0"}', errors.SiteRefused, "404"),
        (302, b"", errors.SiteRefused, "302"),
        (200, b"<!doctype html><html>", errors.AnswerUnreadable, "web page"),
        (200, b'{"ret":"0","data":{"aigc', errors.AnswerUnreadable, "truncated"),
        (200, b"", errors.AnswerUnreadable, "empty"),
        (200, b"[1]", errors.AnswerUnreadable, "no object"),
        (200, b"\xff\xfe", errors.AnswerUnreadable, "broken"),
        (200, b"[" * 100_000, errors.AnswerUnreadable, "broken"),
    ],
)
def test_an_answer_that_is_no_answer_says_what_it_is(
    status: int, body: bytes, error: type[GatewayError], word: str
) -> None:
    with pytest.raises(GatewayError, match=word) as caught:
        read_document(Answer(status, body))
    assert type(caught.value) is error


def test_a_scrubbed_sample_keeps_keys_types_and_lengths_and_no_words() -> None:
    sample = {
        "prompt": "secret words",
        "count": 4,
        "ratio": 0.5,
        "done": True,
        "none": None,
        "items": [{"url": "https://signed.invalid/x"}] * 20,
        "7897777067020": {"status": 45},
    }
    kept = scrub(sample)
    text = json.dumps(kept)
    assert "secret" not in text
    assert "signed" not in text
    assert "7897777067020" not in text
    assert isinstance(kept, dict)
    assert kept["prompt"] == "<str 12>"
    assert (kept["count"], kept["ratio"], kept["done"], kept["none"]) == ("<int>", "<float>", True, None)
    assert kept["items"][0] == {"url": "<str 24>"}
    assert kept["items"][-1] == "… 20 in all"
    assert kept["<key 13>"] == {"status": "<int>"}

import json
from typing import Any

import pytest

from dreambridge.catalog import Catalog
from dreambridge.domain.account import Credit
from dreambridge.domain.errors import AnswerUnreadable, GatewayError, SiteRefused
from dreambridge.upstream.wire.credit import (
    LedgerRow,
    SessionCheck,
    parse_check,
    parse_claim,
    parse_credit,
    parse_ledger,
)
from dreambridge.upstream.wire.envelope import Envelope, open_envelope

BALANCE = {
    "credit": {"vip_credit": 3, "gift_credit": 22, "purchase_credit": 5},
    "expiring_credits": [
        {"credit_amount": 10, "expire_time": 1768247199},
        {"credit_amount": 22, "expire_time": 1768147199},
        {"credit_amount": 0, "expire_time": 1768000000},
    ],
}


def shapes(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"ret": "0", "errmsg": "success", "logid": "L", "data": payload},
        {"ret": 0, "errmsg": "success", "log_id": "L", "response": json.dumps(payload), "sign": "x"},
        payload,
    ]


def opened(document: dict[str, Any], catalog: Catalog) -> Envelope:
    return open_envelope(document, catalog.codes, bare=True)


@pytest.mark.parametrize("shape", [0, 1, 2])
def test_the_balance_is_read_in_every_wrapper(shape: int, catalog: Catalog) -> None:
    credit = parse_credit(opened(shapes(BALANCE)[shape], catalog))
    assert credit == Credit(gift=22, purchased=5, vip=3, expires_at=1768147199)
    assert credit.total == 30


def test_a_balance_of_nothing_is_a_balance(catalog: Catalog) -> None:
    assert parse_credit(opened({"ret": "0", "data": {"credit": {"gift_credit": "0"}}}, catalog)) == Credit()


@pytest.mark.parametrize(
    "document",
    [
        {"ret": "0", "data": {}},
        {"ret": "0", "data": {"credit": {}}},
        {"ret": "0", "response": '{"credit": {"gift'},
        {"ret": "0", "data": None},
    ],
)
def test_a_balance_that_is_not_there_is_unreadable_and_not_zero(document: dict[str, Any], catalog: Catalog) -> None:
    with pytest.raises(AnswerUnreadable):
        parse_credit(opened(document, catalog))


def test_a_claim_tells_what_it_brought(catalog: Catalog) -> None:
    payload = {"cur_total_credits": 66, "receive_quota": 66, "is_first_receive": True}
    assert {parse_claim(opened(shape, catalog)) for shape in shapes(payload)} == {66}


def test_the_ledger_tells_spending_from_returns_by_submission(catalog: Catalog) -> None:
    rows = [
        {
            "amount": 2,
            "create_time": 1768097931,
            "title": "x",
            "history_type": 2,
            "submit_id": "sid",
            "status": "Checked",
        },
        {"amount": 2, "create_time": 1768097990, "history_type": 1, "submit_id": "sid"},
        {"amount": 66, "history_type": 1},
        {"title": "no amount"},
    ]
    expected = (
        LedgerRow("sid", 2, spent=True, at=1768097931),
        LedgerRow("sid", 2, spent=False, at=1768097990),
        LedgerRow(None, 66, spent=False),
    )
    for shape in shapes({"total_credit": 22, "records": rows, "has_more": False}):
        assert parse_ledger(opened(shape, catalog)) == expected


def test_an_empty_ledger_may_be_null_but_not_a_text(catalog: Catalog) -> None:
    assert parse_ledger(opened({"ret": "0", "data": {"records": None}}, catalog)) == ()
    with pytest.raises(AnswerUnreadable):
        parse_ledger(opened({"ret": "0", "data": {"records": "none"}}, catalog))


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        ({"data": {"user_id": 123, "user_id_str": "123"}, "message": "success"}, SessionCheck.ALIVE),
        ({"user_id": 123, "message": "success"}, SessionCheck.ALIVE),
        ({"data": {"user_id_str": "123"}}, SessionCheck.ALIVE),
        ({"data": {"user_id": 0, "user_id_str": "0"}, "message": "success"}, SessionCheck.DEAD),
        ({"data": {"error_code": 13, "description": "expired"}, "message": "error"}, SessionCheck.DEAD),
        ({"error_code": "13", "message": "error"}, SessionCheck.DEAD),
        ({"data": {"error_code": 1011}, "message": "error"}, SessionCheck.DEAD),
        ({"ret": "1015", "errmsg": "login error"}, SessionCheck.DEAD),
    ],
)
def test_the_passport_tells_a_living_session_from_a_dead_one(
    document: dict[str, Any], verdict: SessionCheck, catalog: Catalog
) -> None:
    assert parse_check(document, catalog.codes) is verdict


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"data": {"error_code": 7}, "message": "error"}, SiteRefused),
        ({"message": "error"}, AnswerUnreadable),
        ({}, AnswerUnreadable),
    ],
)
def test_a_passport_answer_that_decides_nothing_kills_no_session(
    document: dict[str, Any], error: type[GatewayError], catalog: Catalog
) -> None:
    with pytest.raises(error):
        parse_check(document, catalog.codes)

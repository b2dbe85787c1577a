"""Every way a site can fail a job, from its wire to the answer: status, class, charge, remedy, and what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.conftest import House, Reply, Street

TOKEN = "us-" + "1234567890abcdef" * 2


@dataclass(frozen=True)
class Expected:
    """What an answer has to say."""

    scenario: str
    status: int
    kind: str
    code: str
    charged: str = "no"
    site_code: str | None = None
    param: str | None = None


CALLER, SERVER, CONTENT, QUOTA = (
    "invalid_request_error",
    "server_error",
    "image_generation_user_error",
    "insufficient_quota",
)
REFUSED_AT_SUBMIT = [
    Expected("expired-at-submit", 401, CALLER, "session_expired", site_code="1015"),
    Expected("punished", 403, CALLER, "account_barred", site_code="1018"),
    Expected("risk", 403, CALLER, "account_barred", site_code="1019"),
    Expected("risk-1021", 403, CALLER, "account_barred", site_code="1021"),
    Expected("risk-2035", 403, CALLER, "account_barred", site_code="2035"),
    Expected("risk-4013", 403, CALLER, "account_barred", site_code="4013"),
    Expected("risk-minus-6", 403, CALLER, "account_barred", site_code="-6"),
    Expected("compliance", 403, CALLER, "account_barred", site_code="4010"),
    Expected("no-credit", 429, QUOTA, "insufficient_quota", site_code="1006"),
    Expected("no-credit-5000", 429, QUOTA, "insufficient_quota", site_code="5000"),
    Expected("daily-limit", 429, QUOTA, "insufficient_quota", site_code="121101"),
    Expected("refused", 400, CONTENT, "content_policy_violation", site_code="2038", param="prompt"),
    Expected("retired-model", 400, CALLER, "unsupported_option", site_code="2061", param="model"),
    Expected("denied", 502, SERVER, "site_refused", site_code="3018"),
    Expected("unknown-ret", 502, SERVER, "site_refused", site_code="987654"),
]
FAILED_IN_THE_RECORD = [
    Expected("input-refused", 400, CONTENT, "content_policy_violation", "unknown", "2038", "prompt"),
    Expected(
        "input-refused-key-only",
        400,
        CONTENT,
        "content_policy_violation",
        "unknown",
        "web_text_violates_community_guidelines_toast",
        "prompt",
    ),
    Expected("output-refused", 400, CONTENT, "content_policy_violation", "unknown", "2041"),
    Expected("face", 400, CONTENT, "content_policy_violation", "unknown", "4011", "image"),
    Expected("copyright", 400, CONTENT, "content_policy_violation", "unknown", "web_fail2generate_copyright_block"),
    Expected("failed", 502, SERVER, "generation_failed", "unknown", "100402"),
    Expected("no-resources", 429, QUOTA, "insufficient_quota", "unknown", "140001"),
    Expected("unknown-failure", 502, SERVER, "generation_failed", "unknown", "987654"),
    Expected("empty-success", 502, SERVER, "generation_failed", "unknown"),
]


def check(reply: Reply, expected: Expected, *, again: bool = False) -> None:
    """Compare the whole of an error answer."""
    assert reply.status == expected.status
    error = reply.error
    assert error["type"] == expected.kind
    assert error["code"] == expected.code
    assert error["charged"] == expected.charged
    assert error["retryable"] is again
    assert error["param"] == expected.param
    if expected.site_code is not None:
        assert error["site_code"] == expected.site_code
    assert error["message"]
    assert reply.headers["x-should-retry"] == ("true" if again else "false")
    assert ("retry-after" in reply.headers) is again
    assert reply.headers["x-job-id"].startswith("job_")
    assert reply.headers["x-request-id"]


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


async def check_remedies(house: House, reply: Reply, expected: Expected) -> None:
    """The remedy is English in the answer, and Chinese for who reads Chinese; the rest is the same error."""
    assert reply.error["remedy"]
    assert not is_chinese(reply.error["remedy"])
    job = await house.job(reply, TOKEN, accept_language="zh-CN,zh;q=0.9,en;q=0.5")
    assert job["status"] == "failed"
    assert is_chinese(job["error"]["remedy"])
    same = ("type", "code", "charged", "retryable", "site_code", "param")
    assert {name: job["error"][name] for name in same} == {name: reply.error[name] for name in same}
    assert job["error"]["code"] == expected.code


@pytest.mark.parametrize("expected", REFUSED_AT_SUBMIT, ids=lambda each: each.scenario)
async def test_a_refusal_at_submission_says_what_to_do_and_costs_nothing(house: House, expected: Expected) -> None:
    reply = await house.draw(TOKEN, f"a fox [sim:{expected.scenario}]")
    check(reply, expected)
    assert house.calls("generate") == 1
    assert await house.ledger() == []
    await check_remedies(house, reply, expected)


@pytest.mark.parametrize("expected", FAILED_IN_THE_RECORD, ids=lambda each: each.scenario)
async def test_a_failure_in_the_record_is_told_with_its_charge_and_never_sent_again(
    house: House, expected: Expected
) -> None:
    reply = await house.draw(TOKEN, f"a fox [sim:{expected.scenario}]")
    check(reply, expected)
    assert house.calls("generate") == 1
    assert len(await house.ledger()) == 1
    await check_remedies(house, reply, expected)


@pytest.mark.parametrize(
    ("scenario", "items"),
    [
        ("status-10", 4),
        ("never-50", 4),
        ("no-finish-time", 4),
        ("cover-only", 4),
        ("staggered", 4),
        ("integer-ret", 4),
        ("absent", 4),
        ("late", 4),
        ("partial", 3),
        ("failed-with-items", 2),
    ],
)
async def test_whatever_the_site_made_is_delivered(house: House, scenario: str, items: int) -> None:
    reply = await house.draw(TOKEN, f"a fox [sim:{scenario}]", n=4)
    assert reply.status == 200
    assert len(reply.json["data"]) == items
    assert reply.json.get("partial", False) is (items < 4)
    assert (await house.job(reply, TOKEN))["partial"] is (items < 4)
    assert len(await house.ledger()) == 1


@pytest.mark.parametrize(
    ("scenario", "seconds"),
    [
        ("drop-after", 70),
        ("http-502-after", 70),
        ("html-after", 70),
        ("truncated", 70),
        ("garbage", 70),
        ("no-record-id", 70),
        ("late-and-lost", 150),
    ],
)
async def test_a_paid_call_whose_answer_was_lost_is_found_by_its_submit_id(
    street: Street, scenario: str, seconds: int
) -> None:
    # Still being made when it is found: then the site's forecast tells when to look.
    await street.site("us", generation=f"fixed:{seconds}")
    async with street.gateway(confirm_seconds=4, send_window_seconds=0.5) as house:
        reply = await house.draw(TOKEN, f"a fox [sim:{scenario}]")
        assert reply.status == 200
        assert house.calls("generate") == 1
        (line,) = await house.ledger()
        assert line["charged"] == line["credits"] > 0


@pytest.mark.parametrize("scenario", ["drop-before", "http-500-once", "http-502-once", "html"])
async def test_a_call_that_never_arrived_is_sent_once_more_under_the_same_id(house: House, scenario: str) -> None:
    reply = await house.draw(TOKEN, f"a fox [sim:{scenario}]")
    assert reply.status == 200
    assert house.calls("generate") == 2
    assert len(await house.ledger()) == 1
    assert (await house.job(reply, TOKEN))["submissions"] == 1


UNCONFIRMED = Expected("", 504, SERVER, "submission_unconfirmed", "unknown")


@pytest.mark.parametrize("scenario", ["http-500", "drop-before-always"])
async def test_a_second_unclear_answer_ends_the_job_as_unconfirmed(house: House, scenario: str) -> None:
    reply = await house.draw(TOKEN, f"a fox [sim:{scenario}]")
    check(reply, UNCONFIRMED)
    assert house.calls("generate") == 2
    assert await house.ledger() == []
    await check_remedies(house, reply, UNCONFIRMED)


async def test_a_call_that_could_not_be_looked_up_is_never_sent_again(street: Street) -> None:
    await street.site("us", scenario="site-down")
    async with street.gateway(confirm_seconds=0.5, send_window_seconds=0.5, image_timeout=1.0) as house:
        check(await house.draw(TOKEN), UNCONFIRMED)
        assert house.calls("generate") == 1
        assert house.calls("history") >= 5


async def test_an_unclear_call_is_not_repeated_where_the_operator_says_so(street: Street) -> None:
    await street.site("us")
    async with street.gateway(unconfirmed="fail") as house:
        check(await house.draw(TOKEN, "a fox [sim:http-500-once]"), UNCONFIRMED)
        assert house.calls("generate") == 1


@pytest.mark.parametrize(
    "scenario", ["history-2008-once", "history-500-once", "history-drop-once", "history-garbage-once"]
)
async def test_a_look_that_fails_is_repeated_until_the_record_can_be_read(house: House, scenario: str) -> None:
    reply = await house.draw(TOKEN, f"a fox [sim:{scenario}]")
    assert reply.status == 200
    assert house.calls("generate") == 1


TIMED_OUT = Expected("", 502, SERVER, "generation_timeout", "unknown")


@pytest.mark.parametrize("scenario", ["stuck", "stuck-in-queue", "history-502"])
async def test_a_generation_without_end_is_given_up_with_its_charge_unknown(street: Street, scenario: str) -> None:
    await street.site("us")
    async with street.gateway(image_timeout=1.0) as house:
        reply = await house.draw(TOKEN, f"a fox [sim:{scenario}]")
        check(reply, TIMED_OUT)
        assert len(await house.ledger()) == 1
        await check_remedies(house, reply, TIMED_OUT)


async def test_a_session_that_ends_while_its_picture_is_made_is_told_with_the_charge_unknown(house: House) -> None:
    reply = await house.draw(TOKEN, "a fox [sim:expired-while-waiting]")
    check(reply, Expected("", 401, CALLER, "session_expired", "unknown", "1015"))
    assert house.calls("generate") == 1


async def test_a_site_that_cannot_be_reached_is_told_and_nothing_was_sent(street: Street) -> None:
    site = await street.site("us")
    async with street.gateway() as house:
        await site.stop()
        reply = await house.draw(TOKEN)
        expected = Expected("", 502, SERVER, "site_unreachable")
        check(reply, expected, again=True)
        assert 1 <= int(reply.headers["retry-after"]) <= 60
        assert site.world.stats.calls.total() == 0
        await check_remedies(house, reply, expected)


async def test_an_empty_account_claims_its_daily_credit_and_the_job_goes_on(street: Street) -> None:
    await street.site("us", credit=0)
    async with street.gateway() as house:
        reply = await house.draw(TOKEN)
        assert reply.status == 200
        assert len(await house.ledger()) == 1


async def test_an_empty_account_claims_nothing_where_the_operator_says_so(street: Street) -> None:
    await street.site("us", credit=0)
    async with street.gateway(claim_daily_credit="never") as house:
        reply = await house.draw(TOKEN)
        check(reply, Expected("", 429, QUOTA, "insufficient_quota", site_code="1006"))
        assert house.calls("claim") == 0


@pytest.mark.parametrize("scenario", ["rate-1", "rate-1057", "rate-1310"])
async def test_a_rate_limit_is_waited_out(house: House, scenario: str) -> None:
    house.change_site(scenario=scenario)
    accepted = await house.ask(
        "POST", "/v1/images/generations", TOKEN, body={"prompt": "a fox", "n": 1}, prefer="respond-async, wait=1"
    )
    assert accepted.status == 202
    assert await house.ledger() == []
    assert house.calls("generate") == 1
    house.change_site(scenario=None)
    job = await house.ended(accepted, TOKEN)
    assert job["status"] == "completed"
    assert job["attempts"] == 2
    assert len(await house.ledger()) == 1


async def test_a_rate_limit_longer_than_the_clients_patience_is_a_job_that_still_runs(house: House) -> None:
    house.change_site(scenario="rate-1057")
    reply = await house.draw(TOKEN, x_stainless_read_timeout="2")
    assert reply.status == 504
    assert reply.error["code"] == "still_running"
    assert reply.error["retryable"] is False
    assert reply.headers["x-should-retry"] == "false"
    assert reply.headers["location"].endswith(reply.headers["x-job-id"])
    house.change_site(scenario=None)
    again = await house.draw(TOKEN, x_stainless_retry_count="1")
    assert again.status == 200
    assert again.headers["x-job-id"] == reply.headers["x-job-id"]
    assert len(await house.ledger()) == 1


async def test_an_address_that_expired_before_it_was_fetched_is_asked_for_anew(street: Street) -> None:
    await street.site("us", url_seconds=0)
    async with street.gateway() as house:
        reply = await house.draw(TOKEN)
        assert reply.status == 200
        house.change_site(url_seconds=3600)
        picture = await house.ask("GET", reply.json["data"][0]["url"], TOKEN)
        assert picture.status == 200
        assert picture.content.startswith(b"\x89PNG")
        assert house.calls("generate") == 1


@pytest.mark.parametrize("scenario", ["media-500-once", "media-truncated", "media-404"])
async def test_bytes_that_fail_at_first_are_fetched_again(house: House, scenario: str) -> None:
    reply = await house.draw(TOKEN, f"a fox [sim:{scenario}]")
    picture = await house.ask("GET", reply.json["data"][0]["url"], TOKEN)
    assert picture.status == 200
    assert picture.content.startswith(b"\x89PNG")

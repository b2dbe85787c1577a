"""A site's code becomes the class, the retry and the charge that the engine acts on."""

import pytest

from dreambridge.catalog import Codes, load_catalog
from dreambridge.domain.errors import Charged, ContentRefused, OutOfCredit, Retry

EVERY_RET = frozenset(
    """1 -6 1000 1001 1002 1006 1010 1014 1015 1018 1019 1021 1057 1063 1159 1161 1162 1180 1189 1190 1310 2002
    2003 2004 2005 2008 2014 2020 2035 2038 2039 2040 2041 2042 2043 2046 2047 2048 2050 2052 2061 2203 2204 3018 3019
    3020 3021 4001 4002 4003 4010 4013 5000 5001 5002 7057 10020 121101""".split()  # noqa: SIM905 - three lines instead of sixty
)


@pytest.fixture(scope="module")
def codes() -> Codes:
    return load_catalog().codes


def test_every_code_that_was_ever_seen_has_a_row(codes: Codes) -> None:
    assert set(codes.ret) == EVERY_RET


@pytest.mark.parametrize(
    ("ret", "error", "retry"),
    [
        ("1015", "SessionExpired", Retry.OTHER),
        ("1006", "OutOfCredit", Retry.OTHER),
        ("5000", "OutOfCredit", Retry.OTHER),
        ("121101", "OutOfCredit", Retry.OTHER),
        ("1057", "SiteBusy", Retry.LATER),
        ("1310", "SiteBusy", Retry.LATER),
        (1, "SiteBusy", Retry.LATER),
        ("1018", "AccountBarred", Retry.OTHER),
        (-6, "AccountBarred", Retry.OTHER),
        ("4010", "AccountBarred", Retry.OTHER),
        ("2038", "ContentRefused", Retry.NEVER),
        ("1002", "SiteRefused", Retry.NEVER),
        ("2061", "UnsupportedOption", Retry.NEVER),
        ("2008", "SiteRefused", Retry.SAME),
        ("5001", "GenerationFailed", Retry.SAME),
        ("424242", "SiteRefused", Retry.NEVER),
    ],
)
def test_a_refused_call_costs_nothing_and_says_whether_to_try_again(
    codes: Codes, ret: str | int, error: str, retry: Retry
) -> None:
    meaning = codes.for_ret(ret)
    assert (meaning.error.__name__, meaning.retry, meaning.charged) == (error, retry, Charged.NO)


@pytest.mark.parametrize(
    ("texts", "error"),
    [
        ((), ContentRefused),
        ((None, ""), ContentRefused),
        (("web_dre_m10n_generate_popup_credit_ininsufficient_title", ""), OutOfCredit),
        (("", "积分不足"), OutOfCredit),
        (("content violation",), ContentRefused),
    ],
)
def test_the_disputed_code_is_read_by_its_text_when_that_tells(
    codes: Codes, texts: tuple[str | None, ...], error: type
) -> None:
    assert codes.for_ret("4001", *texts).error is error


@pytest.mark.parametrize(
    ("fail_code", "texts", "error", "charged"),
    [
        ("2038", (), "ContentRefused", Charged.UNKNOWN),
        (2039, (), "ContentRefused", Charged.UNKNOWN),
        ("4011", ("RejectFace",), "ContentRefused", Charged.UNKNOWN),
        ("1006", (), "OutOfCredit", Charged.NO),
        ("100402", (), "GenerationFailed", Charged.UNKNOWN),
        ("130006", (), "ContentRefused", Charged.UNKNOWN),
        ("140001", (), "OutOfCredit", Charged.UNKNOWN),
        ("", ("web_fail2generate_copyright_block",), "ContentRefused", Charged.UNKNOWN),
        (None, ("web_text_violates_community_guidelines_toast",), "ContentRefused", Charged.UNKNOWN),
        (None, (None, "OutputImageRisk"), "ContentRefused", Charged.UNKNOWN),
        ("", ("x_account_block_y",), "AccountBarred", Charged.UNKNOWN),
        ("", ("daily_usage_limit",), "OutOfCredit", Charged.UNKNOWN),
        ("", ("TaskCanceled",), "JobCancelled", Charged.REFUNDED),
        ("", ("你已取消生成，积分已返还",), "JobCancelled", Charged.REFUNDED),
        ("", ("视频未通过审核，本次不消耗积分",), "ContentRefused", Charged.NO),
        ("", ("你输入的文字不符合平台规则，请修改后重试",), "ContentRefused", Charged.UNKNOWN),
        ("", ("Success",), "GenerationFailed", Charged.UNKNOWN),
        (None, (), "GenerationFailed", Charged.UNKNOWN),
    ],
)
def test_a_failed_record_is_read_by_its_code_then_by_its_texts(
    codes: Codes, fail_code: str | int | None, texts: tuple[str | None, ...], error: str, charged: Charged
) -> None:
    meaning = codes.for_record(fail_code, *texts)
    assert (meaning.error.__name__, meaning.charged) == (error, charged)


def test_a_dead_session_is_known_by_the_session_check(codes: Codes) -> None:
    assert codes.for_passport(13).error.__name__ == "SessionExpired"
    assert codes.for_passport(99).error.__name__ == "SiteRefused"


def test_a_meaning_becomes_an_error_in_our_own_words(codes: Codes) -> None:
    error = codes.for_record("2038").to_error(log_id="20260111103306A1")
    assert isinstance(error, ContentRefused)
    assert (error.site_code, error.log_id, error.param) == ("2038", "20260111103306A1", "prompt")
    assert (error.retry, error.charged) == (Retry.NEVER, Charged.UNKNOWN)
    assert codes.for_ret("31337").to_error(site_code="31337").site_code == "31337"

"""What follows a failure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.domain import errors
from dreambridge.domain.errors import Charged, GatewayError, Retry
from dreambridge.engine.retries import MOST_ATTEMPTS, Next, decide, pause

CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, GatewayError)]


@pytest.mark.parametrize(
    ("error", "attempts", "others", "expected", "after"),
    [
        (errors.SessionExpired("x"), 1, True, Next.OTHER_ACCOUNT, 0),
        (errors.SessionExpired("x"), 1, False, Next.FAIL, 0),
        (errors.AccountBarred("x"), 3, True, Next.OTHER_ACCOUNT, 0),
        (errors.OutOfCredit("x"), 1, False, Next.FAIL, 0),
        (errors.SiteBusy("x"), 1, True, Next.OTHER_ACCOUNT, 0),
        (errors.SiteBusy("x"), 1, False, Next.AGAIN, 2),
        (errors.SiteBusy("x"), 4, False, Next.AGAIN, 16),
        (errors.SiteBusy("x", retry_after=33), 1, False, Next.AGAIN, 33),
        (errors.SiteBusy("x"), MOST_ATTEMPTS, False, Next.FAIL, 0),
        (errors.NoAccountReady("x"), 1, True, Next.AGAIN, 2),
        (errors.SiteUnreachable("x"), 1, False, Next.AGAIN, 0.5),
        (errors.SiteUnreachable("x"), 3, True, Next.AGAIN, 2),
        (errors.SiteUnreachable("x"), 4, True, Next.FAIL, 0),
        (errors.ContentRefused("x"), 1, True, Next.FAIL, 0),
        (errors.SiteRefused("x"), 1, True, Next.FAIL, 0),
        (errors.SiteRefused("x", retry=Retry.SAME), 1, False, Next.AGAIN, 0.5),
        (errors.GatewayFault("x"), 1, True, Next.FAIL, 0),
        (errors.SubmissionUnconfirmed("x"), 1, True, Next.FAIL, 0),
    ],
)
def test_each_kind_of_failure_has_its_consequence(
    error: GatewayError, attempts: int, others: bool, expected: Next, after: float
) -> None:
    decision = decide(error, attempts=attempts, others=others)
    assert decision.next is expected
    assert decision.after == after


@given(
    st.sampled_from(CLASSES),
    st.sampled_from(Retry),
    st.sampled_from([Charged.YES, Charged.UNKNOWN, Charged.REFUNDED]),
    st.integers(1, 20),
    st.booleans(),
)
def test_nothing_that_may_have_been_charged_is_tried_again(
    kind: type[GatewayError], retry: Retry, charged: Charged, attempts: int, others: bool
) -> None:
    error = kind("x", retry=retry, charged=charged)
    assert decide(error, attempts=attempts, others=others).next is Next.FAIL


@given(st.sampled_from(CLASSES), st.sampled_from(Retry), st.booleans())
def test_trying_again_comes_to_an_end(kind: type[GatewayError], retry: Retry, others: bool) -> None:
    error = kind("x", retry=retry, charged=Charged.NO)
    assert decide(error, attempts=MOST_ATTEMPTS, others=others).next is Next.FAIL


@given(st.integers(1, 60), st.floats(0.1, 5.0))
def test_pauses_grow_and_stay_within_a_minute(attempts: int, first: float) -> None:
    assert first <= pause(attempts, first=first) <= 60
    assert pause(attempts, first=first) <= pause(attempts + 1, first=first)

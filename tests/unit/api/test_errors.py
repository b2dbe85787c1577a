"""The table of errors: complete, in OpenAI's shape, and honest about trying again."""

from collections.abc import Iterator

import pytest

from dreambridge.api.errors import TABLE, error_headers, render_error, row_for, status_of
from dreambridge.domain import errors as e
from dreambridge.domain.remedies import ADVICE, Language, advice_for
from dreambridge.domain.repeating import is_retryable


def tree(kind: type[e.GatewayError] = e.GatewayError) -> Iterator[type[e.GatewayError]]:
    if kind.__module__ == e.__name__:
        yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


CLASSES = sorted(set(tree()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_has_a_status_and_advice_of_its_own(kind: type[e.GatewayError]) -> None:
    assert kind in TABLE
    advice = ADVICE[kind]
    for text in (advice.cause, advice.remedy):
        assert text.endswith(".")
        assert text.isascii() or "…" in text
    for text in (advice.cause_zh, advice.remedy_zh):
        assert text.endswith("。")
    assert advice.remedy_in(Language.ZH) == advice.remedy_zh


def test_no_row_is_left_over() -> None:
    assert set(TABLE) == set(ADVICE) == set(CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_rendered_whole(kind: type[e.GatewayError]) -> None:
    body = render_error(kind("What happened.", param="size", site_code="1000", log_id="log"), Language.EN)
    assert body["message"] == "What happened."
    assert body["param"] == "size"
    assert isinstance(body["code"], str)
    assert isinstance(body["type"], str)
    assert isinstance(body["retryable"], bool)
    assert body["charged"] in {"no", "yes", "refunded", "unknown"}
    assert (body["site_code"], body["log_id"]) == ("1000", "log")
    assert body["remedy"] == advice_for(kind).remedy


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, e.RequestError)])
def test_the_callers_own_mistake_is_never_a_server_error_nor_worth_retrying(kind: type[e.GatewayError]) -> None:
    assert 400 <= row_for(kind).status < 500
    assert row_for(kind).status not in {408, 409, 422, 429}
    assert error_headers(kind("No."))["x-should-retry"] == "false"
    assert "retry-after" not in error_headers(kind("No."))


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (e.NotAuthenticated, 401, "invalid_api_key"),
        (e.NotPermitted, 403, "not_permitted"),
        (e.UnknownModel, 404, "model_not_found"),
        (e.UnknownRoute, 404, "unknown_url"),
        (e.MethodNotAllowed, 405, "method_not_supported"),
        (e.BodyTooLarge, 413, "body_too_large"),
        (e.ContentRefused, 400, "content_policy_violation"),
        (e.OutOfCredit, 429, "insufficient_quota"),
        (e.SiteBusy, 429, "rate_limit_exceeded"),
        (e.QueueFull, 429, "queue_full"),
        (e.NoAccountReady, 503, "no_account_ready"),
        (e.SiteUnreachable, 502, "site_unreachable"),
        (e.GenerationFailed, 502, "generation_failed"),
        (e.AnswerUnreadable, 502, "answer_unreadable"),
        (e.SubmissionUnconfirmed, 504, "submission_unconfirmed"),
        (e.StillRunning, 504, "still_running"),
        (e.GatewayFault, 500, "internal_error"),
    ],
)
def test_well_known_failures_keep_their_status_and_code(kind: type[e.GatewayError], status: int, code: str) -> None:
    error = kind("No.")
    assert (status_of(error), render_error(error)["code"]) == (status, code)


@pytest.mark.parametrize(("kind", "theirs"), [(e.SessionExpired, 401), (e.AccountBarred, 403)])
def test_a_session_of_the_request_is_the_callers_to_renew_and_ours_is_the_operators(
    kind: type[e.GatewayError], theirs: int
) -> None:
    ours, sent = kind("No."), kind("No.")
    sent.from_request = True  # type: ignore[attr-defined]
    assert (status_of(ours), render_error(ours)["type"]) == (503, "server_error")
    assert (status_of(sent), render_error(sent)["type"]) == (theirs, "invalid_request_error")
    assert error_headers(ours)["x-should-retry"] == error_headers(sent)["x-should-retry"] == "false"


@pytest.mark.parametrize("kind", [e.QueueFull, e.SiteBusy, e.NoAccountReady, e.SiteUnreachable])
def test_what_passes_by_waiting_says_so_within_a_minute(kind: type[e.GatewayError]) -> None:
    for named, seconds in ((0.2, 1), (7.1, 8), (600, 60), (float("inf"), None), (None, row_for(kind).pause)):
        headers = error_headers(kind("Wait.", retry_after=named))
        assert headers["x-should-retry"] == "true"
        assert headers.get("retry-after") == (None if seconds is None else str(seconds))


@pytest.mark.parametrize("charged", [e.Charged.YES, e.Charged.UNKNOWN])
def test_what_may_have_been_paid_is_never_called_retryable(charged: e.Charged) -> None:
    assert not is_retryable(e.SiteUnreachable("No.", charged=charged))
    assert is_retryable(e.SiteUnreachable("No.", charged=e.Charged.REFUNDED))


def test_a_running_job_names_itself_and_when_to_look_but_not_to_send_again() -> None:
    headers = error_headers(e.StillRunning("Not yet.", job_id="job_1", retry_after=12))
    assert headers == {"x-should-retry": "false", "retry-after": "12", "x-job-id": "job_1"}


def test_a_class_from_elsewhere_is_answered_like_its_nearest_kin() -> None:
    class Odd(e.SiteRefused):
        pass

    assert row_for(Odd) is row_for(e.SiteRefused)
    assert advice_for(Odd) is advice_for(e.SiteRefused)

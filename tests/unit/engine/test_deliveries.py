"""Which answers may be taken over by a later request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dreambridge.engine.deliveries import WINDOW, Deliveries

if TYPE_CHECKING:
    from collections.abc import Callable

    from dreambridge.domain.job import Job

NOW = 1000.0


@pytest.fixture
def open_job(make_job: Callable[..., Job]) -> Callable[..., Deliveries]:
    """Give deliveries with one job, asked for by a first try unless told."""

    def build(*, retry_count: int = 0) -> Deliveries:
        deliveries = Deliveries(NOW)
        deliveries.open(make_job("job_1", fingerprint="f", created_at=NOW), retry_count=retry_count)
        return deliveries

    return build


def test_an_awaited_answer_is_left_alone(open_job: Callable[..., Deliveries]) -> None:
    assert open_job().take_over("own_a", "f", retry_count=0, now=NOW) is None


def test_an_answer_left_behind_is_given_to_the_next_request_once(open_job: Callable[..., Deliveries]) -> None:
    deliveries = open_job()
    deliveries.leave("job_1", retry_count=0)
    assert deliveries.take_over("own_a", "f", retry_count=0, now=NOW) == "job_1"
    assert deliveries.take_over("own_a", "f", retry_count=0, now=NOW) is None


@pytest.mark.parametrize(("owner", "fingerprint"), [("own_b", "f"), ("own_a", "g")])
def test_another_owner_or_request_gets_nothing(
    open_job: Callable[..., Deliveries], owner: str, fingerprint: str
) -> None:
    deliveries = open_job()
    deliveries.leave("job_1", retry_count=0)
    assert deliveries.take_over(owner, fingerprint, retry_count=0, now=NOW) is None


def test_a_retry_takes_what_an_earlier_try_still_seems_to_await(open_job: Callable[..., Deliveries]) -> None:
    deliveries = open_job()
    assert deliveries.take_over("own_a", "f", retry_count=1, now=NOW) == "job_1"
    assert deliveries.take_over("own_a", "f", retry_count=1, now=NOW) is None
    assert deliveries.take_over("own_a", "f", retry_count=2, now=NOW) == "job_1"


def test_a_late_leave_of_an_earlier_try_does_not_free_what_a_retry_took(open_job: Callable[..., Deliveries]) -> None:
    deliveries = open_job()
    deliveries.take_over("own_a", "f", retry_count=1, now=NOW)
    deliveries.leave("job_1", retry_count=0)
    assert deliveries.take_over("own_a", "f", retry_count=0, now=NOW) is None
    deliveries.leave("job_1", retry_count=1)
    assert deliveries.take_over("own_a", "f", retry_count=0, now=NOW) == "job_1"


def test_a_delivered_answer_is_given_to_nobody(open_job: Callable[..., Deliveries]) -> None:
    deliveries = open_job()
    deliveries.close("job_1")
    deliveries.leave("job_1", retry_count=0)
    assert deliveries.take_over("own_a", "f", retry_count=5, now=NOW) is None


def test_the_oldest_free_answer_comes_first(make_job: Callable[..., Job]) -> None:
    deliveries = Deliveries(NOW)
    for number in (1, 2, 3):
        deliveries.open(make_job(f"job_{number}", fingerprint="f", created_at=NOW + number), retry_count=0)
    deliveries.leave("job_3", retry_count=0)
    deliveries.leave("job_2", retry_count=0)
    taken = [deliveries.take_over("own_a", "f", retry_count=0, now=NOW + 10) for _ in range(3)]
    assert taken == ["job_2", "job_3", None]


def test_after_a_quarter_of_an_hour_an_answer_is_no_longer_given(open_job: Callable[..., Deliveries]) -> None:
    deliveries = open_job()
    deliveries.leave("job_1", retry_count=0)
    assert deliveries.take_over("own_a", "f", retry_count=0, now=NOW + WINDOW + 1) is None


def test_forgetting_old_answers_leaves_the_young_ones(make_job: Callable[..., Job]) -> None:
    deliveries = Deliveries(NOW)
    deliveries.open(make_job("old", fingerprint="f", created_at=NOW), retry_count=0)
    deliveries.open(make_job("young", fingerprint="f", created_at=NOW + WINDOW), retry_count=0)
    deliveries.prune(NOW + WINDOW + 1)
    assert deliveries.take_over("own_a", "f", retry_count=1, now=NOW + WINDOW + 1) == "young"


def test_answers_from_before_the_start_are_looked_for_during_the_first_window_only() -> None:
    deliveries = Deliveries(NOW)
    assert deliveries.older_matter(NOW + WINDOW - 1)
    assert not deliveries.older_matter(NOW + WINDOW)

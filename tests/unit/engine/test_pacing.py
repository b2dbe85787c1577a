"""When to look: sane for every distribution and every age."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.engine import pacing
from dreambridge.engine.pacing import Distribution, first_look, learn, next_look, percent, remaining

distributions = st.builds(Distribution, st.floats(0.0, 6.0), st.floats(0.1, 1.5))
ages = st.just(0.0) | st.floats(1e-6, 5000.0)


@given(distributions, st.floats(0.01, 0.98), st.floats(0.001, 0.019))
def test_a_larger_share_has_ended_after_a_longer_time(known: Distribution, share: float, more: float) -> None:
    assert known.quantile(share) < known.quantile(share + more)


@given(distributions, st.floats(0.05, 0.95))
def test_quantile_and_share_are_each_others_inverse(known: Distribution, share: float) -> None:
    assert known.share_ended(known.quantile(share)) == pytest.approx(share, abs=1e-6)


@given(distributions, ages)
def test_the_hazard_is_a_finite_rate_at_every_age(known: Distribution, age: float) -> None:
    hazard = known.hazard(age)
    assert hazard >= 0
    assert math.isfinite(hazard)


@given(distributions, st.floats(0.5, 2.0))
def test_the_hazard_is_the_share_that_ends_next_of_those_still_running(known: Distribution, of_median: float) -> None:
    age = known.quantile(0.5) * of_median
    step = age * 1e-4
    running = 1 - known.share_ended(age)
    if running > 1e-3:
        ending = (known.share_ended(age + step) - known.share_ended(age)) / step
        assert known.hazard(age) == pytest.approx(ending / running, rel=0.05, abs=1e-6)


@given(distributions, ages, st.floats(1.0, 8.0))
def test_a_look_is_never_too_soon_nor_too_late(known: Distribution, age: float, slowdown: float) -> None:
    pause = next_look(known, age, slowdown=slowdown)
    assert pause >= pacing.SHORTEST * slowdown - 1e-9
    if age >= first_look(known):
        assert pause <= pacing.LONGEST * slowdown + 1e-9
    else:
        # Not before the first look is worth it, and then exactly that.
        assert pause <= max(pacing.SHORTEST, first_look(known) - age) * slowdown + 1e-9


@given(distributions, st.floats(1.0, 8.0))
def test_the_first_look_comes_when_few_have_ended(known: Distribution, slowdown: float) -> None:
    at = first_look(known)
    assert at >= pacing.SHORTEST
    assert at == pacing.SHORTEST or known.share_ended(at) == pytest.approx(pacing.FIRST_SHARE, abs=1e-6)
    assert first_look(known, slowdown=slowdown) == pytest.approx(at * slowdown)


@given(distributions, ages, st.floats(0.0, 500.0))
def test_looks_at_a_queued_record_are_rare_and_bounded(known: Distribution, age: float, wait: float) -> None:
    pause = next_look(known, age, queue_seconds=wait, in_queue=True)
    assert 4.0 <= pause <= 60.0


def test_far_beyond_experience_looks_become_rarer_with_age() -> None:
    known = Distribution(math.log(20), 0.3)
    assert next_look(known, 150) < next_look(known, 300) < next_look(known, 450)


@given(distributions, ages, st.integers(0, 4))
def test_progress_stays_between_one_and_ninety_nine_percent(known: Distribution, age: float, items: int) -> None:
    assert 1 <= percent(known, age, items=items, expected=4) <= 99
    assert remaining(known, age) >= 1.0


@given(distributions)
def test_progress_never_falls_below_the_share_of_items_there(known: Distribution) -> None:
    assert percent(known, 0.1, items=3, expected=4) >= 75


def test_many_samples_are_learned_and_few_lean_on_the_sites_forecast() -> None:
    rng = random.Random(7)  # noqa: S311 - drawn times
    samples = [rng.lognormvariate(math.log(20) - 0.125, 0.5) for _ in range(300)]
    fitted = learn(samples, forecast=500.0)
    assert fitted.mean == pytest.approx(20, rel=0.15)
    assert fitted.sigma == pytest.approx(0.5, rel=0.2)
    assert learn((), forecast=90.0).mean == pytest.approx(90)
    assert learn((), forecast=None).mean == learn((), forecast=-1.0).mean
    assert learn([0.0, -3.0]) == learn(())


def test_equal_samples_still_leave_some_doubt() -> None:
    assert learn([12.0] * 300).sigma >= 0.1

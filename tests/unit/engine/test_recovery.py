"""When an unclear submission is looked for."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.engine.recovery import look_times


def test_the_first_look_ups_come_at_one_two_five_ten_and_twenty_seconds() -> None:
    assert list(islice(look_times(180), 9)) == [1, 2, 5, 10, 20, 40, 60, 80, 100]


def test_a_longer_confirmation_does_not_make_look_ups_rarer() -> None:
    assert list(islice(look_times(3600), 30)) == list(islice(look_times(180), 30))


@given(st.floats(0, 10_000))
def test_at_least_five_look_ups_fit_into_any_confirmation_time(seconds: float) -> None:
    times = list(islice(look_times(seconds), 6))
    assert times == sorted(times)
    assert times[0] > 0
    assert times[4] <= max(seconds, 0.1)


@pytest.mark.parametrize(("seconds", "scale"), [(18, 0.1), (1.8, 0.01), (0, 0.1 / 180)])
def test_a_shorter_confirmation_squeezes_them(seconds: float, scale: float) -> None:
    assert list(islice(look_times(seconds), 5)) == pytest.approx([scale, 2 * scale, 5 * scale, 10 * scale, 20 * scale])

"""How many dead letters a minute may be set aside; the clock is the test's."""

import pytest
from chassis.events_in.dead_letters import SetAsideLimit, TooManyDeadLetters


def test_as_many_as_the_limit_fit_into_any_minute() -> None:
    now = 0.0
    limit = SetAsideLimit(3, lambda: now)
    limit.take(2)
    now = 30.0
    limit.take(1)
    assert limit.room == 0
    now = 60.0  # the first two are a minute old
    assert limit.room == 2
    with pytest.raises(TooManyDeadLetters, match="3 more dead letters, the limit is 3 a minute"):
        limit.take(3)
    limit.take(2)
    now = 89.9
    assert limit.room == 0
    now = 90.0
    assert limit.room == 1


def test_what_does_not_fit_counts_for_nothing() -> None:
    limit = SetAsideLimit(2, lambda: 0.0)
    with pytest.raises(TooManyDeadLetters):
        limit.take(3)
    assert limit.room == 2

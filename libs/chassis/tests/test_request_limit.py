"""How often something may be asked for: counted by key, anew in each window."""

from datetime import timedelta

from chassis.web import RequestLimit
from portal_testing.clock import FakeClock


def test_who_asks_too_often_waits_for_the_end_of_the_window_and_nobody_else_does() -> None:
    clock = FakeClock()
    limit = RequestLimit(clock, 2, timedelta(minutes=1))
    assert [limit.count(b"one") for _ in range(3)] == [0, 0, 60]
    assert limit.count(b"other") == 0
    clock.pass_time(seconds=59)
    assert limit.count(b"one") == 1
    clock.pass_time(seconds=1)
    assert limit.count(b"one") == 0


def test_no_more_keys_are_kept_than_fit() -> None:
    limit = RequestLimit(FakeClock(), 1, timedelta(minutes=1))
    assert limit.count(b"first") == 0
    assert not any(limit.count(str(number).encode()) for number in range(10_000))
    assert limit.count(b"first") == 0

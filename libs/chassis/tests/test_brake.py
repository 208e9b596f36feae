"""Which dead letters make a consumer wait, and how many a minute; the clock is the test's."""

from collections.abc import Iterable

import pytest
from chassis.events_in.brake import MENDED_BY_A_BUILD, BuildBrake, TooManyDeadLetters
from chassis.events_in.records import OUT_OF_ORDER, DeadLetter, RawRecord

SENDERS_FAULTS = ("malformed", "tombstone", "too_large", "key_mismatch", "invariant_violated", *OUT_OF_ORDER)


def letters(businesses: Iterable[int], code: str = "not_applicable") -> list[DeadLetter]:
    """One letter of each of these businesses."""
    return [
        DeadLetter("t", 0, 0, RawRecord(f"b-{number}/k".encode(), (), b""), code, "why")
        for number in businesses
    ]


def test_as_many_as_the_limit_fit_into_any_minute() -> None:
    now = 0.0
    brake = BuildBrake(3, lambda: now)
    brake.take(letters([1, 2]))
    now = 30.0
    brake.take(letters([3]))
    assert brake.room == 0
    now = 60.0  # the first two are a minute old
    assert brake.room == 2
    with pytest.raises(TooManyDeadLetters, match=r"4 records of many businesses .* the limit is 3"):
        brake.take(letters([4, 5, 6]))
    brake.take(letters([4, 5]))
    now = 89.9
    assert brake.room == 0
    now = 90.0
    assert brake.room == 1


def test_what_does_not_fit_counts_for_nothing() -> None:
    brake = BuildBrake(2, lambda: 0.0)
    with pytest.raises(TooManyDeadLetters):
        brake.take(letters([1, 2, 3]))
    assert brake.room == 2


def held_up(brake: BuildBrake, letters: list[DeadLetter]) -> bool:
    """Take these letters, unless that passes the limit."""
    try:
        brake.take(letters)
    except TooManyDeadLetters:
        return True
    return False


@pytest.mark.parametrize("code", SENDERS_FAULTS)
def test_what_no_build_can_read_never_brakes(code: str) -> None:
    brake = BuildBrake(60, lambda: 0.0)
    assert not held_up(brake, letters(range(10_000), code))
    assert brake.room == 60


@pytest.mark.parametrize("code", sorted(MENDED_BY_A_BUILD))
def test_one_business_holds_nobody_up_and_many_together_do(code: str) -> None:
    brake = BuildBrake(60, lambda: 0.0)
    assert not held_up(brake, letters([7] * 10_000, code))
    assert not held_up(brake, letters([8] * 10_000, code))
    assert held_up(brake, letters(range(100, 131), code))

"""UUIDv7 as RFC 9562 lays it out, and always rising."""

from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st
from servicehub_events.ids import Uuid7, uuid7


def test_the_layout_is_that_of_rfc_9562() -> None:
    # The example of RFC 9562, appendix A.6, but for the top bit of the counter, which starts at zero here.
    bits = {11: 0x4C3, 62: 0x18C4DC0C0C07398F}
    value = Uuid7(now_ms=lambda: 0x017F22E279B0, random_bits=lambda count: bits[count])()
    assert str(value) == "017f22e2-79b0-74c3-98c4-dc0c0c07398f"
    assert (value.version, value.variant) == (7, RFC_4122)


@given(st.lists(st.integers(0, 2**47), min_size=2, max_size=50))
def test_each_is_greater_than_the_one_before_even_if_the_clock_steps_back(times: list[int]) -> None:
    clock = iter(times)
    new = Uuid7(now_ms=lambda: next(clock))
    values = [new() for _ in times]
    assert values == sorted(set(values))


def test_more_than_a_millisecond_can_count_still_rise() -> None:
    new = Uuid7(now_ms=lambda: 1000)
    values = [new() for _ in range(10_000)]
    assert values == sorted(set(values))


def test_the_shared_source_rises() -> None:
    values = [str(uuid7()) for _ in range(1000)]
    assert values == sorted(set(values))

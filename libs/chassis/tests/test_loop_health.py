"""What is called stuck, and what is merely idle; the clock is the test's."""

import httpx
from chassis.observability import health
from chassis.observability.loop_health import PATIENCE_SECONDS, LoopHealth, Stuck
from starlette.applications import Starlette

HOUR = 3600.0


class Seconds:
    """A clock that stands still between the lines of a test."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def begun() -> tuple[LoopHealth, Seconds]:
    clock = Seconds()
    loop = LoopHealth(clock)
    loop.moved()
    return loop, clock


def test_a_loop_that_never_came_round_is_not_well() -> None:
    assert LoopHealth(Seconds()).stuck == Stuck("its start", 0)


def test_a_loop_that_comes_round_for_hours_with_nothing_to_do_is_well() -> None:
    loop, clock = begun()
    for _ in range(1000):
        clock.now += PATIENCE_SECONDS / 2
        loop.waits_for("records")
        assert loop.stuck is None
        loop.moved()


def test_a_loop_that_hangs_is_stuck_after_a_minute_and_says_where_and_how_long() -> None:
    loop, clock = begun()
    loop.waits_for("3 events of 1 partitions to be applied")
    clock.now += PATIENCE_SECONDS
    assert loop.stuck is None
    clock.now += 15
    assert loop.stuck == Stuck("3 events of 1 partitions to be applied", 75)
    loop.moved()
    assert loop.stuck is None


def test_a_loop_may_sleep_as_long_as_it_said() -> None:
    loop, clock = begun()
    loop.moved(rest=HOUR)
    clock.now += HOUR
    assert loop.stuck is None
    clock.now += PATIENCE_SECONDS + 1
    assert loop.stuck is not None


def test_a_failure_is_not_well_at_once_and_until_something_moves() -> None:
    loop, clock = begun()
    loop.failed("KafkaConnectionError")
    assert loop.stuck == Stuck("KafkaConnectionError", 0)
    clock.now += 5
    loop.waits_for("records")
    assert loop.stuck == Stuck("records", 5)
    loop.moved()
    assert loop.stuck is None


async def test_readiness_names_the_loop_what_it_waits_for_and_since_when() -> None:
    loop, clock = begun()

    async def consumer() -> bool | Stuck:
        return loop.stuck or True

    app = httpx.ASGITransport(Starlette(routes=health.routes({"consumer": consumer})))
    async with httpx.AsyncClient(transport=app, base_url="http://worker") as client:
        well = await client.get("/health/ready")
        assert (well.status_code, well.json()) == (200, {"consumer": True})
        loop.waits_for("records")
        clock.now += 90
        stuck = await client.get("/health/ready")
        assert (stuck.status_code, stuck.json()) == (
            503,
            {"consumer": {"waits_for": "records", "seconds": 90}},
        )
        assert (await client.get("/health/live")).status_code == 200

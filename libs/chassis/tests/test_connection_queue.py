"""The queue for a connection: its order, its end, and what is left of it after any cancellation."""

import asyncio
from collections.abc import Sequence

import pytest
from chassis.database.connection_queue import ConnectionQueue, Overloaded


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Turns:
    """Those who hold a turn until they are told to end it, by number."""

    def __init__(self, queue: ConnectionQueue) -> None:
        self._queue = queue
        self._ends: dict[int, asyncio.Event] = {}
        self.begun: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, *numbers: int, patient: bool = False) -> None:
        self.tasks += [asyncio.create_task(self._hold(number, patient=patient)) for number in numbers]
        await a_while()

    async def end(self, *numbers: int) -> None:
        self.begin_to_end(*numbers)
        await a_while()

    def begin_to_end(self, *numbers: int) -> None:
        for number in numbers:
            self._ends[number].set()

    async def _hold(self, number: int, *, patient: bool) -> None:
        self._ends[number] = asyncio.Event()
        async with self._queue.turn(patient=patient):
            self.begun.append(number)
            await self._ends[number].wait()

    @property
    def refused(self) -> Sequence[bool]:
        return [task.done() and isinstance(task.exception(), Overloaded) for task in self.tasks]


async def a_while() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_turns_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    turns = Turns(ConnectionQueue(2))
    await turns.ask(1, 2, 3, 4, 5)
    assert turns.begun == [1, 2]
    await turns.end(2)
    await turns.end(1, 3)
    assert turns.begun == [1, 2, 3, 4, 5]
    await turns.end(4, 5)


async def test_who_would_wait_too_long_is_refused_at_once() -> None:
    clock = Clock()
    turns = Turns(ConnectionQueue(1, clock))
    await turns.ask(*range(22))
    for number in (0, 1):  # each takes a second, so that two are served in time; 20 may wait in any case
        await turns.end(number)
        clock.now += 1
    await turns.ask(22)
    assert not any(turns.refused)
    await turns.ask(23)
    assert turns.refused == [*[False] * 23, True]
    turns.begin_to_end(*range(2, 23))
    await asyncio.gather(*turns.tasks, return_exceptions=True)
    assert turns.begun == [*range(23)]


async def test_a_queue_that_moves_refuses_nobody() -> None:
    clock = Clock()
    turns = Turns(ConnectionQueue(1, clock))
    await turns.ask(*range(100))
    for number in range(50):
        clock.now += 0.002
        await turns.end(number)
        await turns.ask(100 + number)
    assert not any(turns.refused)
    await turns.end(*range(50, 150))


async def test_a_queue_that_was_empty_forgets_how_slow_it_was() -> None:
    clock = Clock()
    turns = Turns(ConnectionQueue(1, clock))
    await turns.ask(0, 1)
    await turns.end(0, 1)
    clock.now += 3600
    await turns.ask(*range(2, 102))
    assert not any(turns.refused)
    await turns.end(*range(2, 102))


async def test_a_queue_has_an_end_even_before_it_moved() -> None:
    turns = Turns(ConnectionQueue(1))
    await turns.ask(*range(402))
    assert turns.refused == [*[False] * 401, True]
    await turns.ask(402, patient=True)
    assert not turns.refused[402]
    turns.begin_to_end(*range(401), 402)
    await asyncio.gather(*turns.tasks, return_exceptions=True)
    assert turns.begun[-1] == 402


async def test_of_hundreds_of_refusals_a_second_most_wait_so_that_the_queue_goes_on() -> None:
    turns = Turns(ConnectionQueue(1, Clock()))
    await turns.ask(*range(401))
    await turns.ask(*range(401, 601))
    assert not any(turns.refused[:401])
    assert 90 < sum(turns.refused) < 110
    await turns.end(*range(401))
    for task in turns.tasks:
        task.cancel()


@pytest.mark.parametrize("cancellations", [1, 2, 5])
@pytest.mark.parametrize("steps", range(6))
async def test_whatever_is_cancelled_every_turn_comes_back(steps: int, cancellations: int) -> None:
    turns = Turns(ConnectionQueue(2))
    await turns.ask(*range(4))
    turns.begin_to_end(0)
    for _ in range(steps):
        await asyncio.sleep(0)
    for _ in range(cancellations):
        for task in turns.tasks:
            task.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*turns.tasks, return_exceptions=True)
    await turns.ask(10, 11)
    assert turns.begun[-2:] == [10, 11]
    await turns.end(10, 11)

"""Ending loops: what is in hand is done first; what hangs is left."""

import asyncio
import contextlib

import pytest
from chassis.process.loops import cancel_all, run_to_completion


async def test_who_is_cancelled_finishes_what_is_in_hand() -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()
        done.set()

    task = asyncio.create_task(run_to_completion(work()))
    await begun.wait()
    task.cancel()
    asyncio.get_running_loop().call_soon(go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_what_fails_fails_as_if_it_were_awaited() -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await run_to_completion(work())


async def test_who_hangs_in_putting_away_is_taken_out_of_each_wait() -> None:
    begun = asyncio.Event()

    async def loop() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            for _ in range(3):  # a client, a connection, another client: their servers are gone
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()

    task = asyncio.create_task(loop())
    await begun.wait()
    assert await cancel_all([task], seconds=0.02)


async def test_who_cannot_be_ended_is_told_of() -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def loop() -> None:
        begun.set()
        while not over.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await over.wait()

    task = asyncio.create_task(loop())
    await begun.wait()
    assert not await cancel_all([task], seconds=0.02)
    over.set()
    await task


async def test_nothing_to_end_has_ended() -> None:
    assert await cancel_all([])

"""Whoever waits is answered in time, however long the processor is silent; what was begun goes on."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import structlog

from billing.context import Context

log = structlog.get_logger(__name__)

T = TypeVar("T")


async def in_time(ctx: Context, work: Coroutine[object, object, T]) -> T:
    """The result of `work`. Raises TimeoutError when that takes too long for a person; it goes on then."""
    task = asyncio.ensure_future(work)
    ctx.going_on.add(task)
    task.add_done_callback(ctx.going_on.discard)
    done, _ = await asyncio.wait({task}, timeout=ctx.answer_within_seconds)
    if done:
        return task.result()
    task.add_done_callback(_log_end)
    raise TimeoutError


def _log_end(task: asyncio.Task[object]) -> None:
    """Nobody waits for it: whoever clicks again finds what it left."""
    if task.cancelled():
        log.warning("checkout.cut_off")
    elif error := task.exception():
        log.warning("checkout.ended_unheard", error=type(error).__name__)
    else:
        log.info("checkout.ended_unheard", error=None)

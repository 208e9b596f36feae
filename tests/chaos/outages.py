"""Ways in which a broker is gone, and back again."""

import signal
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from .scene import Scene


class Outage(NamedTuple):
    """`seconds`: how long its short form is. `log_lives`: all but the services reach the log meanwhile."""

    name: str
    seconds: float
    begin: Callable[[Scene], Awaitable[None]]
    end: Callable[[Scene], Awaitable[None]]
    log_lives: bool = False


async def _stop(scene: Scene) -> None:
    scene.broker.end(signal.SIGTERM)
    scene.wire.cut()


async def _kill(scene: Scene) -> None:
    scene.broker.kill()
    scene.wire.cut()


async def _start(scene: Scene) -> None:
    await scene.broker.start()
    scene.wire.mend()


async def _freeze(scene: Scene) -> None:
    scene.broker.send(signal.SIGSTOP)  # the kernel still takes connections and what is sent over them


async def _resume(scene: Scene) -> None:
    scene.broker.send(signal.SIGCONT)


async def _lose_answers(scene: Scene) -> None:
    scene.wire.swallow(requests=False)


async def _lose_everything(scene: Scene) -> None:
    scene.wire.swallow(requests=True)


async def _mend(scene: Scene) -> None:
    scene.wire.mend()


STOPPED = Outage("stopped", 8, _stop, _start)
KILLED = Outage("killed", 0, _kill, _start)
FROZEN = Outage("frozen", 8, _freeze, _resume)
# What went dumb stays so: how long the wire itself is dumb does not matter to those who sit at its ends.
ANSWERS_LOST = Outage("half-open, answers lost", 4, _lose_answers, _mend, log_lives=True)
NOTHING_ARRIVES = Outage("half-open, nothing arrives", 4, _lose_everything, _mend, log_lives=True)

"""Ways in which a broker is gone, and back again."""

import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from tests.chaos.faults.tcp_proxy import TcpProxy
from tests.chaos.stacks.broker import Broker


@dataclass(frozen=True)
class BrokerConnection:
    """A broker, and the proxy by which the services come in."""

    broker: Broker
    proxy: TcpProxy

    async def stop(self) -> None:
        """SIGTERM; nothing listens any more."""
        self.broker.end(signal.SIGTERM)
        self.proxy.cut()

    async def kill(self) -> None:
        """SIGKILL; nothing listens any more."""
        self.broker.kill()
        self.proxy.cut()

    async def start(self) -> None:
        """Start it again on the same data."""
        await self.broker.start()
        self.proxy.mend()

    async def freeze(self) -> None:
        """SIGSTOP: the kernel still takes connections and what is sent over them."""
        self.broker.send(signal.SIGSTOP)

    async def resume(self) -> None:
        """SIGCONT."""
        self.broker.send(signal.SIGCONT)

    async def lose_answers(self) -> None:
        """Half-open: what is asked is done, and nobody hears of it."""
        self.proxy.lose_answers()

    async def lose_everything(self) -> None:
        """Half-open: nothing arrives."""
        self.proxy.lose_everything()

    async def mend(self) -> None:
        """New connections are as they should be; silent ones stay silent."""
        self.proxy.mend()


class Outage(NamedTuple):
    """`seconds`: how long its short form is. `log_lives`: all but the services reach the log meanwhile."""

    name: str
    seconds: float
    begin: Callable[[BrokerConnection], Awaitable[None]]
    end: Callable[[BrokerConnection], Awaitable[None]]
    log_lives: bool = False


STOPPED = Outage("stopped", 6, BrokerConnection.stop, BrokerConnection.start)
FROZEN = Outage("frozen", 6, BrokerConnection.freeze, BrokerConnection.resume)
# What went silent stays so: how long the proxy itself is silent does not matter to those at its ends.
ANSWERS_LOST = Outage(
    "half-open, answers lost", 4, BrokerConnection.lose_answers, BrokerConnection.mend, log_lives=True
)
NOTHING_ARRIVES = Outage(
    "half-open, nothing arrives", 4, BrokerConnection.lose_everything, BrokerConnection.mend, log_lives=True
)

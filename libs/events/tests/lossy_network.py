"""A network in front of a broker that can lose answers, or fall silent."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from struct import pack, unpack

PRODUCE = 0
_GONE = (ConnectionError, asyncio.IncompleteReadError)


class LossyNetwork:
    """Relays Kafka's frames (size, then correlation id) both ways."""

    def __init__(self, broker: str) -> None:
        host, _, port = broker.rpartition(":")
        self._host, self._port = host, int(port)
        self.bootstrap = ""
        self.lose_answers = 0
        """To how many of the next produce requests the answer is lost, and the connection with it."""
        self.lost = 0
        self.silent = False
        """Whether the broker hears nothing any more."""

    async def relay(self, client: StreamReader, back: StreamWriter) -> None:
        """One connection of a client."""
        broker, forth = await asyncio.open_connection(self._host, self._port)
        doomed: set[bytes] = set()
        both = (self._requests(client, forth, doomed), self._answers(broker, back, doomed))
        tasks = [asyncio.ensure_future(each) for each in both]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            forth.close()
            back.close()

    async def _requests(self, client: StreamReader, forth: StreamWriter, doomed: set[bytes]) -> None:
        with suppress(*_GONE):
            while True:
                frame = await _frame(client)
                kind, correlation = unpack(">h", frame[:2])[0], frame[4:8]
                if kind == PRODUCE and self.lose_answers:
                    self.lose_answers -= 1
                    doomed.add(correlation)
                if not self.silent:
                    forth.write(pack(">i", len(frame)) + frame)

    async def _answers(self, broker: StreamReader, back: StreamWriter, doomed: set[bytes]) -> None:
        ours = int(self.bootstrap.rpartition(":")[2])
        advertised, relayed = (self._host.encode() + pack(">i", port) for port in (self._port, ours))
        with suppress(*_GONE):
            while True:
                frame = await _frame(broker)
                if frame[:4] in doomed:
                    self.lost += 1
                    return
                frame = frame.replace(advertised, relayed)  # metadata: so that every connection comes here
                back.write(pack(">i", len(frame)) + frame)


async def _frame(reader: StreamReader) -> bytes:
    return await reader.readexactly(unpack(">i", await reader.readexactly(4))[0])


@asynccontextmanager
async def lossy_network(broker: str) -> AsyncGenerator[LossyNetwork]:
    """A network to `broker`, whose `bootstrap` is the way in."""
    network = LossyNetwork(broker)
    server = await asyncio.start_server(network.relay, "127.0.0.1", 0)
    network.bootstrap = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield network
    finally:
        server.close()

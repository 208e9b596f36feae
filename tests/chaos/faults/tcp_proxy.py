"""The wire between the services and their broker: it can be cut, and it can go silent without a word."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
_CHUNK = 65_536
_HOST = "127.0.0.1"


@dataclass(eq=False)
class _Connection:
    """A direction that is silent passes nothing on, not even its end, and never speaks again."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    requests_lost: bool = False
    answers_lost: bool = False


@dataclass
class TcpProxy:
    """Listens at `port` and leads to `target`. It runs in a thread of its own."""

    port: int
    target: int
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None
    _open: set[_Connection] = field(default_factory=set[_Connection])
    _requests_lost: bool = False
    _answers_lost: bool = False

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self._do(self._listen())

    def stop(self) -> None:
        """End for good."""
        self._do(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Break every connection and refuse new ones, as a machine without a broker does."""
        self._do(self._hang_up())

    def lose_answers(self) -> None:
        """Stay open and take new connections, but bring no answer, now or ever: requests are carried out."""
        self._do(self._lose(requests=False))

    def lose_everything(self) -> None:
        """The same, and no request arrives either."""
        self._do(self._lose(requests=True))

    def mend(self) -> None:
        """Serve new connections well. Those that went silent stay so, as behind a lost NAT entry."""
        self._do(self._mend())

    def _do(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connect, _HOST, self.port)

    async def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in self._open:
            _break(connection)

    async def _lose(self, *, requests: bool) -> None:
        self._answers_lost, self._requests_lost = True, requests
        for connection in self._open:
            connection.answers_lost, connection.requests_lost = True, requests

    async def _mend(self) -> None:
        self._answers_lost = self._requests_lost = False
        if self._server is None:
            await self._listen()

    async def _connect(self, requests: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection(_HOST, self.target)
        except OSError:
            client.transport.abort()
            return
        connection = _Connection(client, server, self._requests_lost, self._answers_lost)
        self._open.add(connection)
        await asyncio.gather(_carry_requests(connection, requests), _carry_answers(connection, answers))
        self._open.discard(connection)
        _break(connection)


def _break(connection: _Connection) -> None:
    connection.client.transport.abort()
    connection.server.transport.abort()


async def _carry_requests(connection: _Connection, reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            if not connection.requests_lost:
                connection.server.write(chunk)
                await connection.server.drain()
    if not connection.requests_lost:
        connection.server.close()


async def _carry_answers(connection: _Connection, reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            if not connection.answers_lost:
                connection.client.write(chunk)
                await connection.client.drain()
    if not connection.answers_lost:
        connection.client.close()

"""The wire between the services and their broker: it can be cut, and it can go dumb without a word."""

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
    """What is dumb passes nothing on, not even its end, and never speaks again."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    requests_dumb: bool = False
    answers_dumb: bool = False


@dataclass
class Wire:
    """A TCP proxy that listens at `port` and leads to `target`. It runs in a thread of its own."""

    port: int
    target: int
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None
    _open: set[_Connection] = field(default_factory=set[_Connection])
    _requests_pass: bool = True
    _answers_pass: bool = True

    def start(self) -> None:
        """Begin to listen."""
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._do(self._listen())

    def stop(self) -> None:
        """End for good."""
        self._do(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def cut(self) -> None:
        """Every connection breaks, and new ones are refused, as by a machine without a broker."""
        self._do(self._hang_up())

    def swallow(self, *, requests: bool) -> None:
        """Go dumb: connections stay open and new ones are taken, but no answer comes, now or ever.

        With `requests` none arrives either; otherwise what is asked is done, and nobody hears of it.
        """
        self._do(self._go_dumb(requests=requests))

    def mend(self) -> None:
        """New connections are as they should be. Those that went dumb stay so, as behind a lost NAT entry."""
        self._do(self._mend())

    def _do(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connect, _HOST, self.port)

    async def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for each in self._open:
            each.client.transport.abort()
            each.server.transport.abort()

    async def _go_dumb(self, *, requests: bool) -> None:
        self._answers_pass, self._requests_pass = False, not requests
        for each in self._open:
            each.answers_dumb, each.requests_dumb = True, requests

    async def _mend(self) -> None:
        self._answers_pass = self._requests_pass = True
        if self._server is None:
            await self._listen()

    async def _connect(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection(_HOST, self.target)
        except OSError:
            client.transport.abort()
            return
        one = _Connection(client, server, not self._requests_pass, not self._answers_pass)
        self._open.add(one)
        await asyncio.gather(self._requests(one, reader), self._answers(one, answers))
        self._open.discard(one)

    async def _requests(self, one: _Connection, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if not one.requests_dumb:
                    one.server.write(chunk)
                    await one.server.drain()
        if not one.requests_dumb:
            one.server.close()

    async def _answers(self, one: _Connection, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if not one.answers_dumb:
                    one.client.write(chunk)
                    await one.client.drain()
        if not one.answers_dumb:
            one.client.close()

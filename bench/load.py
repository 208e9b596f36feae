"""Asks one address over kept connections: as fast as it answers, or at a rate whatever the answers take."""

import asyncio
import re
import subprocess
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, Self

import httpx

from bench.processes import busy_seconds

CONNECTIONS: Final = 8
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_HEAD_END: Final = b"\r\n\r\n"


class Target(NamedTuple):
    """What is asked for, of which process; `status` is the only answer that counts as one."""

    name: str
    pid: int
    port: int
    request: bytes
    status: int

    @classmethod
    def get(cls, name: str, pid: int, port: int, path: str, *headers: str, status: int = 200) -> Self:
        """A GET with these header lines beside the host's."""
        lines = (f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *headers)
        return cls(name, pid, port, ("\r\n".join(lines) + "\r\n\r\n").encode(), status)


class Rate(NamedTuple):
    """Answers a second, and seconds of the process's own time for each."""

    per_second: float
    busy: float

    @property
    def per_core(self) -> float:
        """Answers a second if nobody else needed its core."""
        return 1 / self.busy


class _Connection(asyncio.Protocol):
    """One connection with one request under way; nothing of the answers is kept."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes) -> int:
        """The status of the answer, once it is there whole."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(_HEAD_END)
        if head < 0 or self._answer is None:
            return
        length = _LENGTH.search(self._buffer, 0, head + 2)
        if len(self._buffer) >= head + len(_HEAD_END) + (int(length[1]) if length else 0):
            status = int(self._buffer[9:12])
            self._buffer.clear()
            self._answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError("closed before the answer"))

    def close(self) -> None:
        self._transport.close()


def wait_until_it_answers(name: str, process: subprocess.Popen[bytes], url: str) -> None:
    """Wait for a server that was just started. Raises RuntimeError when it has ended."""
    while process.poll() is None:
        try:
            httpx.get(url, trust_env=False, verify=False).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{name} did not start; what it said is above")


@asynccontextmanager
async def _connections(target: Target) -> AsyncGenerator[Sequence[_Connection]]:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(_Connection, "localhost", target.port) for _ in range(CONNECTIONS)]
    try:
        yield [connection for _, connection in made]
    finally:
        for _, connection in made:
            connection.close()


async def _ask(connection: _Connection, target: Target) -> None:
    status = await connection.ask(target.request)
    if status != target.status:
        raise RuntimeError(f"{target.name} answered {status}, and not {target.status}")


async def closed_loop(target: Target, seconds: float) -> Rate:
    """Each connection asks again as soon as it is answered."""
    answers = 0

    async def ask_on(connection: _Connection) -> None:
        nonlocal answers
        while time.perf_counter() < until:
            await _ask(connection, target)
            answers += 1

    async with _connections(target) as connections:
        busy, began = busy_seconds([target.pid]), time.perf_counter()
        until = began + seconds
        await asyncio.gather(*map(ask_on, connections))
        took = time.perf_counter() - began
        return Rate(answers / took, (busy_seconds([target.pid]) - busy) / answers)


async def open_loop(target: Target, per_second: float, seconds: float) -> list[float]:
    """Seconds of each answer, from the moment at which it was due to be asked for."""
    took = list[float]()
    free: asyncio.Queue[_Connection] = asyncio.Queue()

    async def ask_one(due: float) -> None:
        connection = await free.get()
        try:
            await _ask(connection, target)
        finally:
            free.put_nowait(connection)
        took.append(time.perf_counter() - due)

    async with _connections(target) as connections:
        for connection in connections:
            free.put_nowait(connection)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as asking:
            for number in range(round(per_second * seconds)):
                due = began + number / per_second
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                asking.create_task(ask_one(due))
    return took

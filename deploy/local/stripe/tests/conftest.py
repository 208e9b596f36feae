"""A running sandbox for each test."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sandbox_beside import Running


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        made = Running(taken.getsockname()[1])
        server = made.application()
        serving = asyncio.create_task(server.serve(sockets=[taken]))
        async with made.http:
            while not server.started:  # noqa: ASYNC110 - uvicorn tells in no other way
                await asyncio.sleep(0)
            yield made
        server.should_exit = True
        await serving
        await made.close()

"""A sandbox for each test: in this process, or on a port where a real connection is the point."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import stripe
import uvicorn

sys.path.insert(0, str(Path(__file__).parent))

from sandbox_beside import InProcess, Running


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    made = Running("http://localhost")
    transport = httpx.ASGITransport(made.app)
    async with (
        made.app.router.lifespan_context(made.app),
        httpx.AsyncClient(transport=transport, base_url=made.url) as http,
    ):
        yield made.connected(http, InProcess(http))
    made.sandbox.books.close()


@pytest.fixture
async def served() -> AsyncIterator[Running]:
    """Answers that never come, and clients that give up, need a connection."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        made = Running(f"http://127.0.0.1:{taken.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(made.app, log_level="critical", timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve(sockets=[taken]))
        client = stripe.HTTPXClient(timeout=0.3, verify_ssl_certs=False)
        async with httpx.AsyncClient(base_url=made.url, trust_env=False, timeout=10) as http:
            while not server.started:  # noqa: ASYNC110 - uvicorn tells in no other way
                await asyncio.sleep(0)
            yield made.connected(http, client)
        await client.close_async()
        server.should_exit = True
        await serving
        made.sandbox.books.close()

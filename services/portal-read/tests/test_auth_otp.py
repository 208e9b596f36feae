"""Calls of another service that are cut off: the one connection there is must serve the next call."""

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest
from chassis.clock import system_clock
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring
from portal_read.adapters.auth_otp import AuthOtp
from portal_read.ports import AccountChoice

ANSWER = b'{"choices": [{"customer_id": "cu", "contact_id": "co"}]}'


@pytest.fixture
async def address() -> AsyncGenerator[str]:
    """A server that answers head and body apart, each after a while."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                for part in (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ANSWER), ANSWER):
                    writer.write(part)
                    await writer.drain()
                    for _ in range(5):
                        await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    yield f"http://{host}:{port}"
    server.close()


@pytest.mark.parametrize("cancellations", [1, 2])
async def test_a_call_that_is_cut_off_gives_its_connection_back(address: str, cancellations: int) -> None:
    one = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
    auth_otp = AuthOtp(address, KeyRing.parse(new_ring()), system_clock, one)
    for steps in range(60):
        call = asyncio.create_task(auth_otp.of("b-1", "w-1"))
        for _ in range(steps):
            await asyncio.sleep(0)
        for _ in range(cancellations):
            call.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(call, return_exceptions=True)
        assert await auth_otp.of("b-1", "w-1") == [AccountChoice("cu", "co")], steps
    await auth_otp.close()

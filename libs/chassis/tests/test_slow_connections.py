"""A connection is for requests: one that brings none, or a byte now and then, is closed."""

import asyncio
from typing import cast

import pytest
from chassis.process.head_deadline import HeadDeadline
from chassis.process.service import server_config
from chassis.web import requests
from chassis.web.requests import TooSlow, read_body
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

HEAD = b"POST / HTTP/1.1\r\nHost: portal.test\r\nContent-Length: 4\r\n\r\n"


class Line(asyncio.Transport):
    """A connection without a network: what was answered, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = b""
        self.closed = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.answered += bytes(data)

    def close(self) -> None:
        self.closed.set()

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class AtOnce(HeadDeadline):
    """Waits no time at all."""

    head_seconds = 0.0


async def app(_: Scope, receive: Receive, send: Send) -> None:
    """Answers 200 without reading the body."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def connection(kind: type[HeadDeadline] = HeadDeadline) -> tuple[HeadDeadline, Line]:
    config = server_config(app, "127.0.0.1", 0, lifespan="off")
    protocol, line = kind(config, ServerState(), {}, asyncio.get_running_loop()), Line()
    protocol.connection_made(line)
    return protocol, line


async def answered(protocol: HeadDeadline, line: Line, times: int = 1) -> None:
    """Wait until the app has answered."""
    await asyncio.gather(*protocol.tasks)
    assert line.answered.count(b"HTTP/1.1 200") == times


def test_every_process_serves_with_the_deadline() -> None:
    assert server_config(app, "127.0.0.1", 0).http is HeadDeadline


@pytest.mark.parametrize("sent", [b"", b"G", HEAD[:-2]])
async def test_a_connection_without_a_whole_head_is_closed(sent: bytes) -> None:
    protocol, line = await connection(AtOnce)
    if sent:
        protocol.data_received(sent)
    await asyncio.wait_for(line.closed.wait(), 10)
    assert line.answered == b""


async def test_a_byte_now_and_then_does_not_put_the_deadline_off() -> None:
    protocol, _ = await connection()
    first = protocol._deadline  # pyright: ignore[reportPrivateUsage]
    for at in range(len(HEAD) - 1):
        protocol.data_received(HEAD[at : at + 1])
    assert protocol._deadline is first  # pyright: ignore[reportPrivateUsage]
    assert protocol.is_due
    protocol.data_received(HEAD[-1:])
    assert not protocol.is_due


async def test_between_requests_nothing_is_due_and_the_next_head_is_from_its_first_byte() -> None:
    protocol, line = await connection()
    for times in (1, 2):
        protocol.data_received(HEAD + b"body")
        assert not protocol.is_due
        await answered(protocol, line, times)
        assert not protocol.is_due
    protocol.data_received(b"G")
    assert protocol.is_due


async def test_a_body_that_nobody_reads_does_not_hold_the_connection() -> None:
    protocol, line = await connection()
    protocol.data_received(HEAD)
    await answered(protocol, line)
    protocol.data_received(b"b")
    assert protocol.is_due
    protocol.data_received(b"ody")
    assert not protocol.is_due


async def test_a_connection_that_is_gone_is_forgotten() -> None:
    protocol, _ = await connection()
    protocol.connection_lost(None)
    assert not protocol.is_due


async def test_a_body_that_does_not_come_is_waited_for_no_longer_than_is_said() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    with pytest.raises(TooSlow):
        await read_body(Request(scope, cast("Receive", receive)), limit=10, seconds=0)
    assert requests.BODY_SECONDS == 30

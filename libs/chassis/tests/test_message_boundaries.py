"""Where a request ends is read in one way (RFC 9112, 6.3), or its connection is closed."""

import asyncio

import pytest
from chassis.process.head_deadline import HeadDeadline

from .test_slow_connections import connection

HEAD = b"POST / HTTP/1.1\r\nHost: portal.test\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: portal.test\r\n\r\n"


async def settled(protocol: HeadDeadline) -> None:
    """Until every request that was read is answered; an answer may begin the next."""
    while protocol.tasks:
        await asyncio.gather(*protocol.tasks, return_exceptions=True)
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    ],
)
async def test_chunks_say_where_a_body_ends_whatever_length_stands_beside_them(lengths: bytes) -> None:
    protocol, line = await connection()
    protocol.data_received(HEAD + lengths + b"\r\n0\r\n\r\n" + NEXT)
    await settled(protocol)
    assert line.answered.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"Content-Length: +4\r\n\r\nabcd",
        b"Content-Length: -1\r\n\r\nabcd",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0\n\n",
    ],
)
async def test_a_request_whose_end_is_doubtful_ends_its_connection(framing: bytes) -> None:
    protocol, line = await connection()
    protocol.data_received(HEAD + framing + NEXT)
    await settled(protocol)
    assert line.is_closing()
    assert b"HTTP/1.1 200" not in line.answered

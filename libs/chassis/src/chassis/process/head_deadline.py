"""uvicorn's HTTP/1.1 with the time-out that it lacks: a request has to come, or its sender is hung up on.

uvicorn measures only how long a connection is idle between two requests, and anew with each byte, so that a
byte now and then holds a connection for ever. How long a body may take is measured where it is read.
"""

import asyncio
from typing import ClassVar, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class HeadDeadline(H11Protocol):
    """Closes a connection on which no whole request head came within `head_seconds` of its first byte.

    The first head is due from the beginning. What is left of a body that nobody reads has as long.
    """

    head_seconds: ClassVar[float] = 10.0
    _deadline: asyncio.TimerHandle | None = None

    @property
    def is_due(self) -> bool:
        """Whether the sender has to go on, or is hung up on."""
        return self._deadline is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, unless a request is whole or nothing has begun."""
        super().data_received(data)
        if self._is_answering() or self._is_between_requests():
            self._wait_no_more()
        elif self._deadline is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        cycle = cast("object | None", self.cycle)  # uvicorn declares it never to be None
        return cycle is not None and not self.cycle.response_complete

    def _is_between_requests(self) -> bool:
        return self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._hang_up)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self) -> None:
        self._deadline = None
        self.transport.close()

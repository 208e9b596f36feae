"""Calls to other servers: each is timed by its outcome, and a span of the trace that it belongs to.

The libraries' own instrumentations would tell more than may be told: addresses, ids in paths, what was asked.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from chassis.observability import telemetry
from chassis.observability.metrics import Histogram

ANSWERED: Final = "answered"

_seconds = Histogram(
    __name__,
    "portal_call_seconds",
    "what another server took to answer: `answered`, or the name of the error that came of it",
    "server",
    "operation",
    "outcome",
)


class Call:
    """What came of a call. Who makes it may say otherwise than by an error."""

    def __init__(self) -> None:
        self.outcome = ANSWERED

    def note_status(self, status: int) -> None:
        """An answer by HTTP is one, unless the server says that it failed."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.outcome = str(status)


@contextmanager
def calling(server: str, operation: str) -> Generator[Call]:
    """Time a call. `server` and `operation` are words of ours, such as "stripe" and "create session".

    An error is told by its class: it is raised inside as whoever asked will see it, not as a library has it.
    """
    call, began = Call(), time.perf_counter()
    with telemetry.inner_span(f"{server} {operation}", attributes={"server": server}) as span:
        try:
            yield call
        except BaseException as error:
            call.outcome = type(error).__name__
            raise
        finally:
            seconds = time.perf_counter() - began
            _seconds.record(seconds, server=server, operation=operation, outcome=call.outcome)
            if call.outcome != ANSWERED:
                telemetry.mark_failed(span, call.outcome)

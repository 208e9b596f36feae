"""The security log: one line for each refusal that an attack may be behind, `security.` and what was refused.

A line names whom it is about by blind index, the business, and the network it came from: never an address, a
code, a key or a token. Of each kind only so many lines a minute are written, as whoever attacks must not fill
the disk; `portal_security_events_total` counts them all.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from ipaddress import ip_network
from typing import Final

import structlog

from chassis.observability.metrics import Counter

log = structlog.get_logger(__name__)
_events = Counter(__name__, "portal_security_events_total", "refusals that an attack may be behind", "kind")

LINES_PER_MINUTE: Final = 60
"""Of each kind, in each process."""
_MINUTE: Final = 60.0
_KEPT_BITS: Final = {4: 24, 6: 48}

Fields = dict[str, str]
_source: ContextVar[Callable[[], str] | None] = ContextVar("source", default=None)
_subject: ContextVar[Fields | None] = ContextVar("subject", default=None)


class Lines:
    """Counts the lines of each kind within a minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def take(self, kind: str) -> tuple[bool, int]:
        """Whether there is a line left for this kind, and how many were left out of the minute before."""
        now, left_out = self._monotonic(), 0
        if now - self._began.get(kind, float("-inf")) >= _MINUTE:
            left_out = max(0, self._counts.get(kind, 0) - LINES_PER_MINUTE)
            self._began[kind], self._counts[kind] = now, 0
        self._counts[kind] += 1
        return self._counts[kind] <= LINES_PER_MINUTE, left_out


_lines = Lines()


def begin_request(source: Callable[[], str]) -> None:
    """What is reported from now on in this task comes from there; nobody is named yet."""
    _source.set(source)
    _subject.set(None)


def name_subject(**fields: str) -> None:
    """Say whom this request is about: `business_id`, and `who` by blind index."""
    _subject.set({**(_subject.get() or {}), **fields})


def report(kind: str, **fields: str) -> None:
    """Write a line and count it. A `kind` is one of few, such as the code of a refusal."""
    _events.add(kind=kind)
    written, left_out = _lines.take(kind)
    if left_out:
        log.warning("security.left_out", kind=kind, lines=left_out)
    if written:
        log.warning(f"security.{kind}", source=network(), **{**(_subject.get() or {}), **fields})


def network() -> str:
    """The network that the request of this task came from; "" outside one."""
    source = _source.get()
    return network_of(source()) if source else ""


def network_of(source: str) -> str:
    """The /24 or the /48 that an address lies in; "" for what is none."""
    try:
        network = ip_network(source, strict=False)
    except ValueError:
        return ""
    return str(network.supernet(new_prefix=min(network.prefixlen, _KEPT_BITS[network.version])))

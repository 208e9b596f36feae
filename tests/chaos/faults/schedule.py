"""What goes wrong and when: at moments of the story, not of the clock."""

import random
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from portal_testing.stack.stripe_sandbox import StripeSandbox
from stand_in_stripe.faults import Place

from tests.chaos.faults.processes import ServiceProcess

Deed = Literal["killed", "ended", "frozen"]
"""SIGKILL; SIGTERM; SIGSTOP, and SIGCONT later in the story."""
STRIPE_FAULTS: tuple[tuple[Place, str, int, float | None], ...] = (
    ("checkout.sessions.create", "commit-then-timeout", 5, 0.5),
    ("checkout.sessions.create", "commit-then-500", 7, None),
    ("checkout.sessions.create", "500", 9, None),
    ("checkout.sessions.retrieve", "500", 8, None),
    ("checkout.sessions.list", "500", 6, None),
    ("checkout.sessions.expire", "commit-then-timeout", 4, 0.5),
    ("any", "429", 23, None),
    ("webhook", "drop", 4, None),
    ("webhook", "duplicate", 5, None),
    ("webhook", "delay", 6, 3.0),
    ("webhook", "reorder", 7, 2.0),
    ("webhook", "forge", 11, None),
)
"""Where, what, every how many times, for how many seconds."""


class Strike(NamedTuple):
    """What is done to which process. `at_payments`: some requests after one more payer has begun."""

    process: ServiceProcess
    deed: Deed
    at_payments: bool = False


def strikes(
    chance: random.Random, processes: Sequence[ServiceProcess], paying: Sequence[str]
) -> list[Strike]:
    """One round: every process is killed twice, those of the `paying` services a third time, and each
    worker that reads the log is ended and frozen once.

    Whoever was struck has half of the others' turns to come back, so that it is struck at work. The notifier
    is killed early: what a dead one had claimed to send is sent 45 s later.
    """
    order = chance.sample(processes, len(processes))
    readers = [one for one in order if one.kind == "worker" and one.service != "branding"]
    takers = [one for one in order if one.service in paying]
    return [
        *(Strike(one, "killed", at_payments=one in takers) for one in _in_halves(chance, order)),
        *(Strike(one, "killed") for one in _in_halves(chance, order)),
        *(Strike(one, "frozen") for one in _in_halves(chance, readers)),
        *(Strike(one, "killed", at_payments=True) for one in _in_halves(chance, takers)),
        *(Strike(one, "ended") for one in _in_halves(chance, readers)),
    ]


def _in_halves(chance: random.Random, order: Sequence[ServiceProcess]) -> Iterator[ServiceProcess]:
    """All of them, each half shuffled."""
    middle = len(order) // 2
    for half in (order[:middle], order[middle:]):
        yield from chance.sample(half, len(half))


async def let_stripe_fail(sandbox: StripeSandbox) -> None:
    """The processor fails now and then, until it is told to behave."""
    for on, kind, every, seconds in STRIPE_FAULTS:
        await sandbox.fault(on, kind, times=None, every=every, seconds=seconds)

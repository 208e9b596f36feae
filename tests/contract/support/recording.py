"""Record golden examples from the log of a running stack; `--help` tells how.

Without `--bootstrap` it starts a stack of its own, plays a day in it and reads what was sent.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable

import msgspec
from portal_testing.stack.eventually import NeverHappened, eventually
from portal_testing.stack.launch import full_stack
from portal_testing.stack.whole_log import LogRecord, read_all
from servicehub_events.registry import REGISTRY
from servicehub_events_tools.examples import Example, record

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
PATIENCE_SECONDS = 60.0
AT_LEAST = frozenset(
    {
        *("SessionRevoked", "MessageFailed", "PortalEnabled"),
        *("PaymentCaptured", "PaymentExpired", "PaymentFailed", "PaymentFlagged", "DisputeClosed"),
    }
)
"""What is sent last of all, and by whom it takes longest."""


def as_example(found: LogRecord) -> Example:
    """A record of the log as a golden example. Raises msgspec.DecodeError if its value is no JSON object."""
    return Example(
        origin="log",
        topic=found.place.topic,
        key=found.key,
        headers=dict(found.headers),
        value=msgspec.json.decode(found.value, type=dict[str, object]),
    )


def missing(log: Iterable[LogRecord]) -> list[str]:
    """The types of the catalogue that nobody sent."""
    heard = {each.headers["ce_type"] for each in log}
    return [kind.type for kind in REGISTRY.kinds() if kind.type not in heard]


async def _whole_day() -> list[LogRecord]:
    from tests.contract.support.journey import play

    with full_stack() as stack:
        await play(stack)

        async def unheard() -> set[str]:
            return set(AT_LEAST) - {each.event for each in await read_all(stack.kafka_bootstrap)}

        try:
            await eventually(unheard, what="a whole day", within=PATIENCE_SECONDS, met=lambda left: not left)
        except NeverHappened as error:
            sys.stderr.write(f"{error}\n")  # what was heard is recorded all the same
        return await read_all(stack.kafka_bootstrap)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 2 for a broker that is not on this machine: what it holds is about real people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", help="the log of a stack that runs on this machine: localhost:9092")
    parser.add_argument("--again", action="store_true", help="also replace what was recorded before")
    options = parser.parse_args(arguments)
    bootstrap: str | None = options.bootstrap
    if bootstrap and bootstrap.rpartition(":")[0] not in LOOPBACK:
        sys.stderr.write("Only the log of this machine is recorded: another may be about real people.\n")
        return 2
    log = asyncio.run(read_all(bootstrap) if bootstrap else _whole_day())
    for name in record(map(as_example, log), again=options.again):
        sys.stdout.write(f"recorded {name}\n")
    if unheard := missing(log):
        sys.stdout.write(f"not in this log: {', '.join(unheard)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

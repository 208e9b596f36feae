"""Narrowings that were decided: exactly these limits may be new, until the release that publishes them.

A limit that old records could break is a break. Where no reader could show what it forbids, or nobody ever
sent it, it may be decided nevertheless: in writing and by name, so that no other slips through beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from servicehub_events_tools.gate.breaking_changes import BreakingChange
from servicehub_events_tools.gate.contract import PUBLISHED
from servicehub_events_tools.gate.schema_diff import READERS

FILE: Final = "narrowings.json"
"""Beside the published schemas, so that it goes with the release that makes it void."""


class Narrowing(msgspec.Struct, frozen=True, order=True):
    """One limit: the decision that says why, the field's path in its event, and what the gate says of it."""

    decision: str
    field: str
    what: str


def read_narrowings(folder: Path = PUBLISHED) -> tuple[Narrowing, ...]:
    """What is decided since the contract was published."""
    path = folder / FILE
    return msgspec.json.decode(path.read_bytes(), type=tuple[Narrowing, ...]) if path.exists() else ()


def undecided(
    changes: Iterable[BreakingChange], narrowings: Iterable[Narrowing]
) -> tuple[BreakingChange, ...]:
    """The breaking changes that no decision names."""
    decided = {(narrowing.field, narrowing.what) for narrowing in narrowings}
    return tuple(
        change for change in changes if not (_narrows(change) and (change.field, change.what) in decided)
    )


def decide(changes: Iterable[BreakingChange], decision: str, folder: Path = PUBLISHED) -> int:
    """Write down every narrowing among the changes as decided there; how many are new."""
    known = read_narrowings(folder)
    open_changes = [change for change in undecided(changes, known) if _narrows(change)]
    new = {Narrowing(decision, change.field, change.what) for change in open_changes}
    if new:
        text = msgspec.json.format(msgspec.json.encode(sorted({*known, *new})), indent=2)
        (folder / FILE).write_bytes(text + b"\n")
    return len(new)


def forget(folder: Path) -> None:
    """The contract is published: its limits are the limits."""
    (folder / FILE).unlink(missing_ok=True)


def _narrows(change: BreakingChange) -> bool:
    """A limit of a value that is tighter, or another pattern; never a type, a field, an enum or a topic."""
    return change.rule == "constraint" and change.harm != READERS

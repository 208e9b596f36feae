"""What the gate says: what broke, who reads it, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakingChange:
    """One breaking change. `subject` is an event type or a topic, `field` is empty where none is meant."""

    subject: str
    field: str
    rule: str
    what: str
    harm: str
    readers: tuple[str, ...]
    publisher: str
    remedy: str


def report(changes: Iterable[BreakingChange]) -> str:
    """All changes as text; a change of a state that several events share is told once."""
    groups: dict[tuple[str, ...], list[BreakingChange]] = {}
    for change in changes:
        key = (change.field, change.rule, change.what, change.publisher, _remedy(change, "EVENT"))
        groups.setdefault(key, []).append(change)
    return "\n".join(_paragraph(group) for group in groups.values())


def _paragraph(group: list[BreakingChange]) -> str:
    first = group[0]
    readers = ", ".join(first.readers) or "no service"
    lines = [
        ", ".join(change.subject for change in group),
        *([f"  field    {first.field}"] if first.field else []),
        f"  change   {first.what} [{first.rule}]",
        f"  harm     {first.harm}",
        f"  read by  {readers}; published by {first.publisher}",
        f"  do       {_remedy(first, 'EVENT' if len(group) > 1 else '')}",
    ]
    return "\n".join(lines) + "\n"


def _remedy(change: BreakingChange, instead: str) -> str:
    """The remedy; `instead` stands for the event's name where several share one."""
    name = change.subject.rpartition(".v")[0]
    return change.remedy.replace(f'"{name}"', instead) if instead else change.remedy

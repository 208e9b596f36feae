"""What the gate says: what broke, who reads it, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breaking change. `subject` is an event type or a topic, `field` is empty where none is meant."""

    subject: str
    field: str
    rule: str
    what: str
    harm: str
    readers: tuple[str, ...]
    publisher: str
    remedy: str


def report(findings: Iterable[Finding]) -> str:
    """All findings as text; a change of a state that several events share is told once."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        key = (finding.field, finding.rule, finding.what, finding.publisher, _remedy(finding, "EVENT"))
        groups.setdefault(key, []).append(finding)
    return "\n".join(_told(group) for group in groups.values())


def _told(group: list[Finding]) -> str:
    first = group[0]
    readers = ", ".join(first.readers) or "no service"
    lines = [
        ", ".join(finding.subject for finding in group),
        *([f"  field    {first.field}"] if first.field else []),
        f"  change   {first.what} [{first.rule}]",
        f"  harm     {first.harm}",
        f"  read by  {readers}; published by {first.publisher}",
        f"  do       {_remedy(first, 'EVENT' if len(group) > 1 else '')}",
    ]
    return "\n".join(lines) + "\n"


def _remedy(finding: Finding, instead: str) -> str:
    """The remedy; `instead` stands for the event's name where several share one."""
    name = finding.subject.rpartition(".v")[0]
    return finding.remedy.replace(f'"{name}"', instead) if instead else finding.remedy

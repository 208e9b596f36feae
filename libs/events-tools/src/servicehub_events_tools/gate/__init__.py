"""What a change of the contract would do to those who read it, and to what was published before."""

from servicehub_events_tools.gate.breaking_changes import BreakingChange, report
from servicehub_events_tools.gate.contract import Contract, load, present, save
from servicehub_events_tools.gate.narrowings import decide, forget, read_narrowings, undecided
from servicehub_events_tools.gate.rules import added_fields, compare, unpublished, withdrawn

__all__ = [
    "BreakingChange",
    "Contract",
    "added_fields",
    "compare",
    "decide",
    "forget",
    "load",
    "present",
    "read_narrowings",
    "report",
    "save",
    "undecided",
    "unpublished",
    "withdrawn",
]

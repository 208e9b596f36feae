"""`python -m servicehub_events_tools derive | gate | publish`: derived files, the gate, a release."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from servicehub_events_tools.derive import files
from servicehub_events_tools.examples import add_samples
from servicehub_events_tools.gate import (
    Contract,
    added_fields,
    compare,
    decide,
    forget,
    load,
    present,
    read_narrowings,
    report,
    save,
    undecided,
    unpublished,
    withdrawn,
)
from servicehub_events_tools.gate.contract import PUBLISHED
from servicehub_events_tools.gate.schema_diff import REWORDED
from servicehub_events_tools.testing.every import sample_examples


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 when a file is stale or a change breaks what is published."""
    options = _parser().parse_args(arguments)
    if options.command == "derive":
        return _check() if options.check else _derive()
    published: Path = options.published
    if options.command == "gate":
        return gate(load(published), present(), published)
    if options.command == "narrow":
        return narrow(published, present(), options.decision)
    return publish(published, present(), reworded=options.reworded)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m servicehub_events_tools", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    derive = commands.add_parser("derive", help="write schemas, AsyncAPI, topics and the event reference")
    derive.add_argument("--check", action="store_true", help="write nothing, fail if a file is out of date")
    for name, text in (
        ("gate", "fail if the classes break what was published"),
        ("narrow", "write down that the new limits are decided, and where"),
        ("publish", "make the present contract the published one, if it breaks nothing"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--published", type=Path, default=PUBLISHED, help="its folder")
        if name == "narrow":
            command.add_argument("decision", help="the number of the decision that says why: 0025")
    command.add_argument("--reworded", action="store_true", help="amounts are worded anew, mean the same")
    return parser


def _derive() -> int:
    samples = [f"libs/events/examples/{event_type}.json" for event_type in add_samples(sample_examples())]
    for name in (*samples, *files.write()):
        sys.stdout.write(f"wrote {name}\n")
    return 0


def _check() -> int:
    outdated = files.stale()
    if outdated:
        sys.stderr.write(f"out of date: {', '.join(outdated)}\nrun: make derive\n")
    return 1 if outdated else 0


def narrow(folder: Path, now: Contract, decision: str) -> int:
    """Let the gate know of the limits that a decision makes tighter, and of no others."""
    count = decide(compare(load(folder), now), decision, folder)
    sys.stdout.write(f"{count} narrowing(s) are decided by {decision}\n")
    return 0


def gate(published: Contract, now: Contract, folder: Path = PUBLISHED) -> int:
    """Say what breaks beyond what is decided, and what is new since the contract was published."""
    breaking = undecided(compare(published, now), read_narrowings(folder))
    if breaking:
        sys.stderr.write(f"This breaks the published contract.\n\n{report(breaking)}")
        return 1
    for name in unpublished(published, now):
        known = name in published.schemas or name in published.topics
        hint = "changed compatibly" if known else "new: let its readers know it before its publisher sends it"
        if fields := added_fields(published, now, name):
            hint += f" (new: {', '.join(fields)})"
        sys.stdout.write(f"{name}: {hint}; `publish` with the release\n")
    for topic in withdrawn(published, now):
        sys.stdout.write(f"{topic.name}: withdrawn; delete it once nobody sends or reads it\n")
    return 0


def publish(folder: Path, now: Contract, *, reworded: bool = False) -> int:
    """Move the published contract to the present one. Refuses what breaks it."""
    published = load(folder) if folder.exists() else Contract({}, {})
    open_changes = undecided(compare(published, now), read_narrowings(folder))
    breaking = [change for change in open_changes if not (reworded and change.rule == REWORDED)]
    if breaking:
        sys.stderr.write(f"Not published: this breaks the published contract.\n\n{report(breaking)}")
        return 1
    changed, gone = unpublished(published, now), withdrawn(published, now)
    save(now, folder)
    forget(folder)
    sys.stdout.write("".join(f"published {name}\n" for name in changed))
    sys.stdout.write("".join(f"withdrew {topic.name}\n" for topic in gone))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

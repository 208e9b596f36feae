"""`python -m servicehub_events schemas [--check]`: write the JSON Schemas, or fail if stale."""

from __future__ import annotations

import argparse
import sys

from servicehub_events import schemas


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 when `--check` finds a stale schema."""
    parser = argparse.ArgumentParser(prog="python -m servicehub_events")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("schemas", help="write libs/events/schemas from the catalogue")
    command.add_argument("--check", action="store_true", help="write nothing, fail if a file is out of date")
    options = parser.parse_args(arguments)
    if not options.check:
        for name in schemas.write():
            sys.stdout.write(f"wrote {name}\n")
        return 0
    outdated = schemas.stale()
    if outdated:
        sys.stderr.write(f"out of date: {', '.join(outdated)}\nrun: python -m servicehub_events schemas\n")
    return 1 if outdated else 0


if __name__ == "__main__":
    raise SystemExit(main())

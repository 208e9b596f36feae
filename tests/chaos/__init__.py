"""The kill tests; what a run is told by its environment: how long it is, and what chance decides."""

import os
import secrets
import sys

LONG = bool(os.environ.get("CHAOS_LONG"))
"""Whether this is the long form, not the one that runs with every other test."""


def seed_of_run() -> int:
    """`CHAOS_SEED`, or a new one; printed, so that a run can be repeated."""
    given = os.environ.get("CHAOS_SEED", "")
    seed = int(given) if given else secrets.randbelow(1_000_000)
    sys.stdout.write(f"\nCHAOS_SEED={seed}\n")
    return seed

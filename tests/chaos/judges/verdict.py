"""The verdict: what must hold and does not, a line for each, and the totals that a run prints."""

import sys
from dataclasses import dataclass, field, fields

from tests.chaos.judges.expected_rows import Rows
from tests.chaos.judges.ledger import Ledger


@dataclass
class Verdict:
    """What was found. `missing` and `doubled` must both be empty."""

    rows: int = 0
    """Rows that are as they must be."""
    applied: int = 0
    """Records behind the positions of their readers, each counted once a reader."""
    set_aside: int = 0
    repeated_mails: int = 0
    repeated_records: int = 0
    missing: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])

    def compare(self, table: str, expected: Rows, stored: Rows) -> None:
        """Note every row that is absent, not expected, or different in a column that is expected."""
        for key in expected.keys() | stored.keys():
            wanted, row = expected.get(key), stored.get(key)
            if wanted is None or row is None:
                self.missing.append(f"{table} {key}: {'not expected' if wanted is None else 'absent'}")
            elif wrong := [name for name, value in wanted.items() if row[name] != value]:
                values = {name: row[name] for name in wrong if name != "state"}
                self.missing.append(
                    f"{table} {key}: {wrong} differ; {values} for version {wanted.get('version')}"
                )
            else:
                self.rows += 1

    def add(self, other: "Verdict") -> None:
        """Take over what another one found."""
        for name in (f.name for f in fields(self)):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def check(self) -> None:
        """Fail the test if there is anything to say. Raises AssertionError."""
        assert not self.missing, self.missing[:20]
        assert not self.doubled, self.doubled[:20]

    def totals(self) -> dict[str, object]:
        """What is printed; `red.py` looks for the first two."""
        return {
            "missing": len(self.missing),
            "doubled effects": len(self.doubled),
            "repeated records": f"{self.repeated_records} (same event, harmless)",
        }


def say(text: str) -> None:
    """Print what is seen with `pytest -s`, and in the report of a failure."""
    sys.stdout.write(f"{text}\n")


def say_lines(lines: dict[str, object]) -> None:
    """Print a table of names and values."""
    for name, value in lines.items():
        say(f"  {name:<17} {value}")


def say_run(ledger: Ledger, verdict: Verdict) -> None:
    """Print what was sent, what came of it, and what was done to the processes."""
    strikes = {
        deed: f"{names.total()}  {dict(sorted(names.items()))}" for deed, names in ledger.strikes.items()
    }
    say_lines(
        {
            "seed": ledger.seed,
            "sent": f"{ledger.sent.total()}  {dict(ledger.sent)}",
            "acknowledged": f"{ledger.acknowledged}, unanswered {dict(ledger.unanswered)}",
            "applied": f"{verdict.applied} by all readers together; {verdict.rows} rows are as the log says",
            "set aside": verdict.set_aside,
            "repeated mails": verdict.repeated_mails,
            **verdict.totals(),
            **strikes,
        }
    )

"""Books payments from the records of `portal.payments.v1` alone, as docs/reading-payments.md says.

`python bookkeeper.py FILE live|test`: one JSON object a line, with `key`, `headers` and `value` of a record,
in whatever order and however often. It prints the books as JSON, and knows nothing but that page.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Days = dict[str, dict[str, int]]
"""Minor units by currency and day (UTC)."""


def newest(records: Iterable[dict[str, Any]], *, live: bool) -> list[dict[str, Any]]:
    """Each payment of this mode at its highest sequence."""
    states: dict[str, tuple[int, dict[str, Any]]] = {}
    for record in records:
        sequence = int(record["headers"]["ce_sequence"])
        if sequence > states.get(record["key"], (0, {}))[0]:
            states[record["key"]] = sequence, record["value"]
    return [payment for _, payment in states.values() if payment["processor"].get("live") is live]


def booked(payments: Iterable[dict[str, Any]]) -> dict[str, Days]:
    """What each day changed: the balance at Stripe, its fees, and the account at the bank."""
    balance, fees, bank = _days(), _days(), _days()
    for payment in payments:
        for line in payment.get("movements", ()):
            currency, day = line["currency"], _day(line["at"])
            balance[currency][day] += line["net"]
            fees[currency][day] += line["fee"]
            if "payout_id" in line:
                arrived = _day(line["arrived_at"])
                balance[currency][arrived] -= line["net"]
                bank[currency][arrived] += line["net"]
    return {"balance": balance, "fees": fees, "bank": bank}


def _days() -> Days:
    return defaultdict(_counts)


def _counts() -> dict[str, int]:
    return defaultdict(int)


def _day(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).date().isoformat()


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_text().splitlines()
    json.dump(booked(newest(map(json.loads, lines), live=sys.argv[2] == "live")), sys.stdout)

"""A month of payments, booked from the log alone, is what Stripe's balance and the bank show, day by day.

With the suite a small month; with `HYPOTHESIS_PROFILE=deep` one of 500 payments.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from billing.handlers.operate import ClearByHand, clear_by_hand
from msgspec.structs import replace
from portal_testing.stack.stripe_sandbox import Refused
from servicehub_events import ClearingDecision
from stand_in_stripe.timekeeper import end_what_is_due

from . import bookkeeper
from .billing_at_stripe import AtStripe
from .counters import ACCOUNT
from .life_steps import issued

pytestmark = pytest.mark.stack
DAYS: Final = 30
PAYMENTS: Final = 500 if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else 40
AFTERWARDS: Final = 14  # days in which the last payouts arrive


class Month:
    """What happens in a month, by dice."""

    def __init__(self, live: AtStripe) -> None:
        self.live, self.dice = live, Random(2026)  # not for secrets
        self.controls = live.stripe.controls
        self.pages: list[str] = []
        self.number = 0

    async def run(self) -> None:
        for day in range(DAYS + AFTERWARDS):
            if day < DAYS:
                for _ in range(PAYMENTS * (day + 1) // DAYS - PAYMENTS * day // DAYS):
                    await self.pay()
                await self.take_back()
            await self.pass_day()

    async def pass_day(self) -> None:
        self.live.world.clock.pass_time(days=1)
        end_what_is_due(self.live.stripe.sandbox)
        await self.live.work(minutes=1)

    async def pay(self) -> None:
        self.number += 1
        dice, name = self.dice, f"in-{self.number}"
        currency = dice.choice(("JPY", "USD"))
        await self.live.world.apply(replace(issued(name, dice.randint(100, 90_000)), currency=currency))
        payment = await self.live.started(name, tip=dice.choice((0, 0, 10, 40)))
        page = await self.live.page_of(payment)
        self.pages.append(page)
        if currency == "JPY" and dice.random() < 0.2:
            await self.controls.pay_by_konbini(page)
            await self.controls.settle(page)
        elif dice.random() < 0.06:
            await self.mismatch(payment.payment_id, page, payment.charged)
        else:
            await self.controls.pay(page)

    async def mismatch(self, payment_id: str, page: str, amount: int) -> None:
        """Another amount is taken, and an operator decides."""
        await self.controls.pay(page, total=amount + 60)
        decision: ClearingDecision = self.dice.choice(("accepted", "refunded"))
        if decision == "refunded":
            await self.controls.refund(page)
        await self.live.work(minutes=1)
        await clear_by_hand(self.live.worker, ClearByHand(payment_id, decision, "day shift", "looked"))

    async def take_back(self) -> None:
        """Refunds, those that fail, and what the payer's bank does."""
        dice, controls = self.dice, self.controls
        for page in dice.sample(self.pages, min(len(self.pages), 1 + PAYMENTS // 100)):
            try:
                match dice.randint(0, 6):
                    case 0:
                        await controls.refund(page)
                    case 1:
                        await controls.refund(page, dice.randint(1, 90))
                    case 2:
                        made = await controls.refund(page, dice.randint(1, 90), status="pending")
                        await self.pass_day()
                        await controls.fail_refund(made.id)
                    case 3:
                        await controls.dispute(page, warning=True)
                        await controls.prevent_dispute(page)
                    case won:
                        await controls.dispute(page)
                        await self.pass_day()
                        await controls.close_dispute(page, won=won == 4)
            except Refused:
                continue


def stripes_own(live: AtStripe) -> dict[str, Any]:
    """The same books from Stripe's: every balance transaction, and every payout on the day it arrives."""
    newest = live.stripe.sandbox.books.newest
    balance, fees, bank = (
        defaultdict[str, dict[str, int]](lambda: defaultdict[str, int](int)) for _ in range(3)
    )
    for owned in newest(ACCOUNT, "balance_transaction"):
        line = owned.object
        if line["type"] != "payout":
            balance[line["currency"].upper()][_day(line["created"])] += line["net"]
            fees[line["currency"].upper()][_day(line["created"])] += line["fee"]
    for owned in newest(ACCOUNT, "payout"):
        payout = owned.object
        assert payout["status"] == "paid"
        balance[payout["currency"].upper()][_day(payout["arrival_date"])] -= payout["amount"]
        bank[payout["currency"].upper()][_day(payout["arrival_date"])] += payout["amount"]
    return {"balance": balance, "fees": fees, "bank": bank}


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def moved(books: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[tuple[str, str, str], int]:
    """Without what came to nothing."""
    return {
        (book, currency, day): amount
        for book, currencies in books.items()
        for currency, days in currencies.items()
        for day, amount in days.items()
        if amount
    }


async def test_a_month_booked_from_the_log_is_stripes_balance_day_by_day(
    at_stripe: AtStripe, tmp_path: Path
) -> None:
    await Month(at_stripe).run()
    rows = await at_stripe.world.rows("SELECT key, headers, value FROM outbox ORDER BY position")
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(_record(*row) for row in rows))
    books, stripes = moved(_booked(file, "test")), moved(stripes_own(at_stripe))
    assert {currency for book, currency, _ in stripes if book == "bank"} == {"JPY", "USD"}
    assert books == stripes
    assert moved(_booked(file, "live")) == {}
    api = at_stripe.stripe.processor.api
    balance = await api.balance.retrieve_async(None, {"stripe_account": ACCOUNT})
    for available in balance.available:
        currency = available.currency
        pending = sum(part.amount for part in balance.pending if part.currency == currency)
        of = ("balance", currency.upper())
        left = sum(amount for (book, code, _), amount in books.items() if (book, code) == of)
        assert left == available.amount + pending


def _booked(file: Path, mode: str) -> Any:
    """What the bookkeeper says, in a process that can import nothing of ours."""
    command = [sys.executable, "-I", bookkeeper.__file__, str(file), mode]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _record(key: Any, headers: Any, value: Any) -> str:
    return json.dumps(
        {"key": bytes(key).decode(), "headers": dict(headers), "value": json.loads(bytes(value))}
    )

"""The judgement on money: the sandbox's books against what payers were shown, billing's rows, the log and the
read model. Naive sums of its own, on raw rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from portal_testing.stack.stripe_sandbox import BookedCharge, StripeBooks
from portal_testing.stack.whole_log import LogRecord

from .databases import Databases
from .shops import Bill
from .till import Till
from .verdict import Verdict

ENDED = ("captured", "failed", "expired")
_HELD = (
    "SELECT c.business_id, c.invoice_id, c.payment_id FROM claims c WHERE held",
    "SELECT business_id, '', payment_id FROM checkout_sessions WHERE next_check_at IS NOT NULL",
)
_RECEIVED = (
    "SELECT business_id, part ->> 'invoice_id', id, CAST(part ->> 'amount' AS bigint)"
    " FROM projection_1.payments, jsonb_array_elements(state -> 'allocations') part"
    " WHERE state ->> 'status' = 'captured' AND state -> 'review' IS NULL"
)
_COVERED = "SELECT business_id, id FROM projection_1.invoices WHERE covered"
_EVENTS = "SELECT business_id, substr(stream, 9), type, data ->> 'status' FROM events ORDER BY version"
_RECEIPTS = "SELECT subject_id, status FROM deliveries WHERE kind = 'receipt'"


@dataclass(frozen=True)
class Books:
    """The sandbox's books, as far as one set of accounts goes."""

    books: StripeBooks
    accounts: tuple[str, ...]

    def charges(self) -> list[BookedCharge]:
        """What took money."""
        return [charge for charge in self.books.paid() if charge.stripe_account in self.accounts]

    def payments(self) -> Counter[str]:
        """Payment id → charges."""
        return Counter(charge.metadata["payment_id"] for charge in self.charges())

    def pages(self, status: str) -> Counter[str]:
        """Payment id → Checkout Sessions of this status."""
        mine = [one for one in self.books.sessions if one.stripe_account in self.accounts]
        return Counter(one.client_reference_id or "" for one in mine if one.status == status)

    def tries(self) -> Counter[str]:
        """Webhooks by what became of each try: sent, dropped, duplicate …"""
        mine = [event for event in self.books.events if event.stripe_account in self.accounts]
        return Counter(one.kind for event in mine for one in event.delivery.attempts)

    def received(self, till: Till) -> Counter[Bill]:
        """What came in for each bill, in minor units."""
        found = Counter[Bill]()
        for payment_id, charges in self.payments().items():
            for bill, amount in till.parts(payment_id).items():
                found[bill] += amount * charges
        return found


def judge_charges(verdict: Verdict, till: Till, books: Books) -> None:
    """One charge a payment, of the sum that was shown; no bill is paid twice, or payable twice."""
    for charge in books.charges():
        shown = till.pages.get(charge.metadata["payment_id"])
        if shown is None or (charge.amount, charge.currency) != (shown[1].amount, shown[1].currency.lower()):
            verdict.doubled.append(f"charge {charge.id}: {charge.amount}, shown was {shown}")
    verdict.doubled += [f"payment {one}: {n} charges" for one, n in books.payments().items() if n > 1]
    for bill, received in books.received(till).items():
        if received > till.owed[bill]:
            verdict.doubled.append(f"{bill}: {received} came in, {till.owed[bill]} was owed")
    verdict.doubled += till.wrong
    verdict.missing += [f"stuck: {one}" for one in till.stuck]


def judge_pages(verdict: Verdict, till: Till, books: Books) -> None:
    """A payment has one page at the processor, and a bill is on one open page at most."""
    every = sum((books.pages(status) for status in ("open", "complete", "expired")), Counter[str]())
    verdict.doubled += [f"payment {one}: {n} pages" for one, n in every.items() if n > 1]
    payable = Counter(bill for one in books.pages("open") for bill in till.parts(one))
    verdict.doubled += [f"{bill}: payable on {n} pages" for bill, n in payable.items() if n > 1]
    received = books.received(till)
    for one in books.pages("open"):
        for bill, amount in till.parts(one).items():
            if received[bill] + amount > till.owed[bill]:
                verdict.doubled.append(f"{bill}: {amount} payable beyond the {received[bill]} that came in")


def judge_paid(verdict: Verdict, till: Till, books: Books) -> None:
    """Everybody who wanted to could pay."""
    received = books.received(till)
    for bill, owed in till.owed.items():
        if received[bill] < owed:
            verdict.missing.append(f"{bill}: {received[bill]} of {owed} could be paid")


async def judge_captures(
    verdict: Verdict, till: Till, books: Books, log: Iterable[LogRecord], databases: Databases
) -> None:
    """Each charge was captured once: in billing's events, and by version in the log."""
    charged = books.payments()
    stored = Counter(
        str(payment)
        for _, payment, kind, _ in await databases.query("billing", _EVENTS)
        if "PaymentCaptured" in str(kind) and payment in till.pages
    )
    ours = [record for record in log if record.place.topic == "portal.payments.v1"]
    told = {(r.key.split("/")[1], r.sequence) for r in ours if r.event == "PaymentCaptured"}
    published = Counter(payment for payment, _ in told if payment in till.pages)
    for where, found in (("billing", stored), ("log", published)):
        verdict.missing += [f"{where}: {one} was charged, not captured" for one in charged - found]
        verdict.doubled += [
            f"{where}: {one} captured {n} times" for one, n in found.items() if n > charged[one]
        ]


async def judge_balances(verdict: Verdict, till: Till, books: Books, databases: Databases) -> None:
    """The read model has every bill's money as the books have it."""
    expected = books.received(till)
    found = Counter[Bill]()
    for business, bill, _, received in await databases.query("portal_read", _RECEIVED):
        found[str(business), str(bill)] += cast(int, received)
    covered = {(str(b), str(bill)) for b, bill in await databases.query("portal_read", _COVERED)}
    for bill, owed in till.owed.items():
        if found[bill] != expected[bill]:
            side = verdict.missing if found[bill] < expected[bill] else verdict.doubled
            side.append(f"read model, {bill}: {found[bill]} received, the books say {expected[bill]}")
        elif (bill in covered) != (expected[bill] >= owed):
            verdict.missing.append(
                f"read model, {bill}: covered is {bill in covered}, came in {expected[bill]}"
            )
        else:
            verdict.rows += 1


async def judge_claims(verdict: Verdict, databases: Databases) -> None:
    """Nothing is held for a payment that has ended, and nobody goes on asking about it."""
    status = await _statuses(databases)
    for statement in _HELD:
        for business, invoice, payment in await databases.query("billing", statement):
            if (last := status.get((str(business), str(payment)))) in ENDED:
                verdict.missing.append(f"{payment} is {last}, and still holds {invoice or 'our attention'}")


async def judge_receipts(verdict: Verdict, books: Books, databases: Databases) -> None:
    """Who paid got a receipt."""
    sent = Counter(str(p) for p, status in await databases.query("notifier", _RECEIPTS) if status == "sent")
    verdict.missing += [f"receipt of {one}: never sent" for one in books.payments() if not sent[one]]
    verdict.doubled += [f"receipt of {one}: {n} sent" for one, n in sent.items() if n > 1]


async def not_captured(books: Books, databases: Databases) -> set[str]:
    """Payments that were charged, and that billing has not heard so of."""
    captured = {payment for (_, payment), last in (await _statuses(databases)).items() if last == "captured"}
    return set(books.payments()) - captured


async def _statuses(databases: Databases) -> Mapping[tuple[str, str], str]:
    rows = await databases.query("billing", _EVENTS)
    return {(str(business), str(payment)): str(status) for business, payment, _, status in rows}

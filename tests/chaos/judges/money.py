"""The money: the sandbox's books against what payers were shown, billing's rows, the log and the read model.

Naive sums of its own, on raw rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import cast

from portal_testing.stack.stripe_sandbox import BookedCharge, StripeBooks
from portal_testing.stack.whole_log import LogRecord

from tests.chaos.judges.databases import Databases
from tests.chaos.judges.expected_rows import State
from tests.chaos.judges.ledger import InvoiceKey, PaymentLedger
from tests.chaos.judges.verdict import Verdict

_ENDED = ("captured", "failed", "expired")
_HELD = (
    "SELECT c.business_id, c.invoice_id, c.payment_id FROM claims c WHERE held",
    "SELECT business_id, '', payment_id FROM checkout_sessions WHERE next_check_at IS NOT NULL",
)
_COVERED = "SELECT business_id, id FROM projection_1.invoices WHERE covered"
_EVENTS = "SELECT business_id, substr(stream, 9), type, data ->> 'status' FROM events ORDER BY version"
_RECEIPTS = "SELECT subject_id, status FROM deliveries WHERE kind = 'receipt'"


@dataclass(frozen=True)
class MerchantBooks:
    """The sandbox's books, as far as some accounts go."""

    books: StripeBooks
    accounts: Set[str]

    def charges(self) -> list[BookedCharge]:
        """What took money."""
        return [charge for charge in self.books.paid() if charge.stripe_account in self.accounts]

    def payments(self) -> Counter[str]:
        """Payment id → charges."""
        return Counter(charge.metadata["payment_id"] for charge in self.charges())

    def pages(self, status: str = "") -> Counter[str]:
        """Payment id → Checkout Sessions, of one status or of any."""
        sessions = [one for one in self.books.sessions if one.stripe_account in self.accounts]
        return Counter(one.client_reference_id or "" for one in sessions if status in ("", one.status))

    def tries(self) -> Counter[str]:
        """Webhooks by what became of each try: sent, dropped, duplicate …"""
        events = [event for event in self.books.events if event.stripe_account in self.accounts]
        return Counter(one.kind for event in events for one in event.delivery.attempts)

    def received(self, ledger: PaymentLedger) -> Counter[InvoiceKey]:
        """What came in for each invoice, in minor units."""
        sums = Counter[InvoiceKey]()
        for payment_id, charges in self.payments().items():
            for invoice, amount in ledger.parts(payment_id).items():
                sums[invoice] += amount * charges
        return sums


async def judge_money(
    verdict: Verdict,
    ledger: PaymentLedger,
    books: MerchantBooks,
    log: Iterable[LogRecord],
    databases: Databases,
) -> None:
    """All of the below, once everything is applied."""
    judge_charges(verdict, ledger, books)
    judge_pages(verdict, ledger, books)
    await judge_captures(verdict, ledger, books, log, databases)
    await judge_balances(verdict, ledger, books, databases)
    await judge_claims(verdict, databases)
    await judge_receipts(verdict, ledger, books, databases)


def judge_charges(verdict: Verdict, ledger: PaymentLedger, books: MerchantBooks) -> None:
    """One charge a payment, of the sum that was shown; no invoice is paid twice; nobody was stuck."""
    for charge in books.charges():
        _, page = ledger.pages.get(charge.metadata["payment_id"], ("", None))
        if page is None or (charge.amount, charge.currency) != (page.amount, page.currency.lower()):
            verdict.doubled.append(f"charge {charge.id}: {charge.amount}, shown was {page}")
    verdict.doubled += [f"payment {one}: {n} charges" for one, n in books.payments().items() if n > 1]
    for invoice, received in books.received(ledger).items():
        if received > ledger.owed[invoice]:
            verdict.doubled.append(f"{invoice}: {received} came in, {ledger.owed[invoice]} was owed")
    verdict.doubled += ledger.wrong
    verdict.missing += [f"stuck: {one}" for one in ledger.stuck]


def judge_pages(verdict: Verdict, ledger: PaymentLedger, books: MerchantBooks) -> None:
    """A payment has one page at the processor, and an invoice is on one open page at most."""
    verdict.doubled += [f"payment {one}: {n} pages" for one, n in books.pages().items() if n > 1]
    payable = Counter(invoice for one in books.pages("open") for invoice in ledger.parts(one))
    verdict.doubled += [f"{invoice}: payable on {n} pages" for invoice, n in payable.items() if n > 1]
    received = books.received(ledger)
    for one in books.pages("open"):
        for invoice, amount in ledger.parts(one).items():
            if received[invoice] + amount > ledger.owed[invoice]:
                verdict.doubled.append(
                    f"{invoice}: {amount} payable beyond the {received[invoice]} that came in"
                )


def judge_paid(
    verdict: Verdict, ledger: PaymentLedger, books: MerchantBooks, owes: Mapping[InvoiceKey, int]
) -> None:
    """All that somebody owes could be paid."""
    received = books.received(ledger)
    for invoice, owed in owes.items():
        if received[invoice] < owed:
            verdict.missing.append(f"{invoice}: {received[invoice]} of {owed} could be paid")


async def judge_captures(
    verdict: Verdict,
    ledger: PaymentLedger,
    books: MerchantBooks,
    log: Iterable[LogRecord],
    databases: Databases,
) -> None:
    """Each charge was captured once: in billing's events, and by version in the log."""
    charged = books.payments()
    stored = Counter(
        str(payment_id)
        for _, payment_id, kind, _ in await databases.query("billing", _EVENTS)
        if "PaymentCaptured" in str(kind) and payment_id in ledger.pages
    )
    records = [record for record in log if record.place.topic == "portal.payments.v1"]
    versions = {(r.key.split("/")[1], r.sequence) for r in records if r.event == "PaymentCaptured"}
    published = Counter(payment_id for payment_id, _ in versions if payment_id in ledger.pages)
    for where, captured in (("billing", stored), ("log", published)):
        verdict.missing += [f"{where}: {one} was charged, not captured" for one in charged - captured]
        verdict.doubled += [
            f"{where}: {one} captured {n} times" for one, n in captured.items() if n > charged[one]
        ]


async def judge_balances(
    verdict: Verdict, ledger: PaymentLedger, books: MerchantBooks, databases: Databases
) -> None:
    """The read model has every invoice's money as the books have it."""
    expected, stored = books.received(ledger), Counter[InvoiceKey]()
    for (business_id, _), row in (await databases.read_model("payments", "business_id", "id")).items():
        for part in _captured(cast(State | None, row["state"])):
            stored[business_id, str(part["invoice_id"])] += cast(int, part["amount"])
    covered = {(str(b), str(i)) for b, i in await databases.query("portal_read", _COVERED)}
    for invoice, owed in ledger.owed.items():
        if stored[invoice] != expected[invoice]:
            side = verdict.missing if stored[invoice] < expected[invoice] else verdict.doubled
            side.append(
                f"read model, {invoice}: {stored[invoice]} received, the books say {expected[invoice]}"
            )
        elif (invoice in covered) != (expected[invoice] >= owed):
            verdict.missing.append(
                f"read model, {invoice}: covered is {invoice in covered}, came in {expected[invoice]}"
            )
        else:
            verdict.rows += 1


def _captured(payment: State | None) -> list[State]:
    """The parts of a payment that count."""
    if payment is None or payment["status"] != "captured" or "review" in payment:
        return []
    return cast(list[State], payment["allocations"])


async def judge_claims(verdict: Verdict, databases: Databases) -> None:
    """Nothing is held for a payment that has ended, and nobody goes on asking about it."""
    statuses = await _statuses(databases)
    for statement in _HELD:
        for business_id, invoice_id, payment_id in await databases.query("billing", statement):
            if (last := statuses.get((str(business_id), str(payment_id)))) in _ENDED:
                held = invoice_id or "our attention"
                verdict.missing.append(f"{payment_id} is {last}, and still holds {held}")


async def judge_receipts(
    verdict: Verdict, ledger: PaymentLedger, books: MerchantBooks, databases: Databases
) -> None:
    """Every charge has one receipt that was sent."""
    charged, rows = books.payments(), await databases.query("notifier", _RECEIPTS)
    sent = Counter(str(one) for one, status in rows if status == "sent" and one in ledger.pages)
    verdict.missing += [f"receipt of {one}: never sent" for one in charged - sent]
    verdict.doubled += [f"receipt of {one}: {n} too many sent" for one, n in (sent - charged).items()]


async def not_captured(books: MerchantBooks, databases: Databases) -> set[str]:
    """Payments that were charged without billing knowing of it."""
    statuses = await _statuses(databases)
    captured = {payment_id for (_, payment_id), last in statuses.items() if last == "captured"}
    return set(books.payments()) - captured


async def _statuses(databases: Databases) -> Mapping[tuple[str, str], str]:
    rows = await databases.query("billing", _EVENTS)
    return {(str(business_id), str(payment_id)): str(status) for business_id, payment_id, _, status in rows}

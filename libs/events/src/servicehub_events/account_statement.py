"""A customer's account over time: what was charged, paid and given back, and what was owed after each step.

It follows `invoice_money`: on each day the balance is what is owed less what the business holds too much of,
so that the last balance of all is what the invoices come to now. A refund never makes money owed again: as
far as it is no over-payment, the price is lowered with it, in a step of its own.

Each step has the day that an event gives it, in the business's time zone. What has none is told with what it
changes: an invoice that was withdrawn or given up on an unknown day counts from its issue on as what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from servicehub_events.account_entries import AccountEntry, AccountStatement, EntryKind, OpenItem
from servicehub_events.catalogue.invoice import Invoice
from servicehub_events.catalogue.payment import Payment

_ORDER: Final[tuple[EntryKind, ...]] = (
    "invoice",
    "withholding",
    "credit_note",
    "void",
    "recorded",
    "payment",
    "checked",
    "recorded_refund",
    "refund",
    "taken_back",
)
"""Of one day: what is asked for before what was paid, and that before what went back."""


def account_statements(
    invoices: Iterable[Invoice],
    payments: Sequence[Payment],
    zone: ZoneInfo,
    first: date,
    last: date,
    today: date,
) -> list[AccountStatement]:
    """One for each currency in which there is anything to tell; `zone` is the business's.

    `invoices` and `payments` are all of one customer, each once. A period that reaches today holds what is
    dated ahead too: it is known, and so it counts in what is owed now.
    """
    until = last if last < today else None
    on: dict[str, list[Payment]] = {}
    for payment in payments:
        for part in payment.allocations:
            on.setdefault(part.invoice_id, []).append(payment)
    accounts: dict[str, list[_InvoiceAccount]] = {}
    for invoice in invoices:
        account = _InvoiceAccount(invoice, on.get(invoice.invoice_id, ()), zone, until)
        accounts.setdefault(invoice.currency, []).append(account)
    statements = [_statement(currency, accounts[currency], first, last) for currency in sorted(accounts)]
    return [one for one in statements if one.entries or one.opening or one.items]


def _statement(
    currency: str, accounts: Sequence[_InvoiceAccount], first: date, last: date
) -> AccountStatement:
    steps = sorted((step for account in accounts for step in account.steps), key=lambda step: step.key)
    opening = sum(step.entry.amount for step in steps if step.entry.day < first)
    shown = [step for step in steps if step.entry.day >= first]
    balance, entries = opening, list[AccountEntry]()
    for _, parts in groupby(shown, key=lambda step: (step.key[:-1], step.entry.kind)):
        entry = _joined([part.entry for part in parts])
        balance += entry.amount
        entries.append(replace(entry, balance=balance))
    items = [account.left(last) for account in accounts]
    left = sorted((item for item in items if item.due or item.credit), key=OpenItem.place)
    return AccountStatement(
        currency=currency, opening=opening, entries=tuple(entries), closing=balance, items=tuple(left)
    )


def _joined(parts: Sequence[AccountEntry]) -> AccountEntry:
    """The parts of one payment or refund as one entry."""
    invoices = tuple(invoice for part in parts for invoice in part.invoices)
    amount, told = sum(part.amount for part in parts), sum(part.told for part in parts)
    return replace(parts[0], invoices=invoices, amount=amount, told=told)


Key = tuple[date, int, str, str, int, str]
"""Day, place among the kinds of a day, time and id, whether it follows from another step, and the invoice."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A part of an entry that is on one invoice, and what it changes: asked, received, gone."""

    key: Key
    entry: AccountEntry
    price: int = 0
    credited: int = 0
    received: int = 0
    gone: int = 0


class _InvoiceAccount:
    """What happened to one invoice until a day, in order, and what is left of it then."""

    def __init__(
        self, invoice: Invoice, payments: Sequence[Payment], zone: ZoneInfo, until: date | None
    ) -> None:
        self._invoice = invoice
        self._zone = zone
        told = [*self._charges(payments), *self._recorded()]
        told += [step for payment in payments for step in self._of_payment(payment)]
        known = [step for step in told if until is None or step.entry.day <= until]
        self._asked = self._received = self._gone = 0
        self.steps = list(self._balanced(sorted(known, key=lambda step: step.key)))

    def left(self, day: date) -> OpenItem:
        """What is owed, or held too much, of what was told until the day."""
        due = max(0, self._asked - self._received)
        credit = max(0, self._received - self._gone - self._asked)
        return OpenItem(self._invoice, due, credit, (day - self._invoice.due_on).days)

    def _balanced(self, steps: Iterable[_Step]) -> Iterator[_Step]:
        """Each step with what it changes the balance by, and after it what that does to a price."""
        price = credited = lowered = 0
        for step in steps:
            price = 0 if step.entry.kind == "void" else price + step.price
            credited += step.credited
            asked, before = max(0, price - credited), self._asked
            self._asked, self._received = asked, self._received + step.received
            self._gone += step.gone
            entry = replace(step.entry, amount=asked - before - step.received + step.gone)
            if entry.amount or entry.told or entry.kind == "invoice":
                yield replace(step, entry=entry)
            # What went back beyond an over-payment is not asked for again.
            now = max(0, self._gone - max(0, self._received - self._asked))
            if change := now - lowered:
                kind: EntryKind = "lowered" if change > 0 else "restored"
                follows = (*step.key[:4], 1, step.key[5])
                yield _Step(follows, replace(entry, kind=kind, amount=-change, told=0))
            lowered = now

    def _charges(self, payments: Sequence[Payment]) -> Iterator[_Step]:
        invoice, issued = self._invoice, self._invoice.issued_on
        if invoice.status == "void" and invoice.voiding is None:
            yield self._step("invoice", issued)
            return
        given_up = self._given_up(payments)
        yield self._step("invoice", issued, price=invoice.total - given_up, told=given_up)
        for number, part in enumerate(invoice.withholdings):
            yield self._step("withholding", issued, str(number), price=-part.amount, withholding=part)
        for note in invoice.credit_notes:
            day = max(issued, note.issued_on)
            yield self._step("credit_note", day, note.id, credited=note.total, credit_note=note)
        if invoice.voiding:
            yield self._step("void", max(issued, invoice.voiding.on))

    def _given_up(self, payments: Sequence[Payment]) -> int:
        """What of an invoice is not collected any more: all that was not paid of it."""
        invoice = self._invoice
        if invoice.status != "uncollectible":
            return 0
        told = [*self._recorded(), *(step for payment in payments for step in self._of_payment(payment))]
        withheld = sum(part.amount for part in invoice.withholdings)
        asked = max(0, invoice.total - withheld - sum(note.total for note in invoice.credit_notes))
        return max(0, asked - sum(step.received for step in told))

    def _recorded(self) -> Iterator[_Step]:
        """What the business wrote down; what echoes the portal's own is told by the portal."""
        for entry in self._invoice.recorded_payments:
            if entry.portal_payment_id is None:
                yield self._step(
                    "recorded", entry.received_on, entry.id, received=entry.amount, recorded=entry
                )
            for refund in entry.refunds:
                if refund.portal_refund_id is None:
                    day = refund.refunded_on
                    key = f"{entry.id}/{refund.id}"
                    yield self._step(
                        "recorded_refund", day, key, gone=refund.amount, recorded=entry, refund=refund
                    )

    def _of_payment(self, payment: Payment) -> Iterator[_Step]:
        invoice_id, key = self._invoice.invoice_id, payment.payment_id
        same = payment.currency == self._invoice.currency
        part = sum(share.amount for share in payment.allocations if share.invoice_id == invoice_id)
        if not same or not (payment.review or payment.status == "captured"):
            return
        if payment.review:
            yield self._step("checked", payment.occurred_at, key, told=part, payment=payment)
            return
        yield self._step("payment", payment.occurred_at, key, received=part, payment=payment)
        for refund in (*payment.refunds, *payment.refunds_on_their_way()):
            share = sum(share.amount for share in refund.allocations if share.invoice_id == invoice_id)
            refund_key = f"{key}/{refund.refund_id}"
            yield self._step("refund", refund.at, refund_key, gone=share, payment=payment, refund=refund)
        for dispute in (one for one in payment.disputes if one.status == "lost"):
            share = sum(share.amount for share in dispute.allocations if share.invoice_id == invoice_id)
            at = dispute.opened_at or payment.occurred_at
            dispute_key = f"{key}/{dispute.dispute_id or ''}"
            yield self._step("taken_back", at, dispute_key, gone=share, payment=payment)

    def _step(
        self,
        kind: EntryKind,
        at: date | datetime,
        key: str = "",
        *,
        price: int = 0,
        credited: int = 0,
        received: int = 0,
        gone: int = 0,
        told: int = 0,
        **about: object,
    ) -> _Step:
        day, time = at, ""
        if isinstance(at, datetime):
            day, time = (
                at.astimezone(self._zone).date(),
                at.astimezone(UTC).isoformat(timespec="microseconds"),
            )
        invoice = self._invoice
        entry = AccountEntry(day=day, kind=kind, amount=0, invoices=(invoice,), told=told, **about)  # pyright: ignore[reportArgumentType]  # what the entry is about, by name
        whose = key if "payment" in about else f"{invoice.invoice_id}/{key}"
        place: Key = (day, _ORDER.index(kind), time, whose, 0, invoice.invoice_id)
        return _Step(place, entry, price, credited, received, gone)

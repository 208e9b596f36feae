"""A customer's account: laws over generated accounts, against a recomputation day by day; and a table."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from servicehub_events import (
    AccountStatement,
    Allocation,
    CreditNote,
    Dispute,
    Invoice,
    Payment,
    RecordedPayment,
    RecordedRefund,
    Refund,
    RefundStatus,
    Review,
    Revision,
    Share,
    Voiding,
    Withholding,
    account_statements,
    invoice_money,
)
from servicehub_events_tools.testing import samples

ZONE = ZoneInfo("America/New_York")
START = date(2026, 10, 1)
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
SPAN = 60
TODAY = START + timedelta(SPAN + 1)

offsets = st.integers(0, SPAN)
days = offsets.map(lambda offset: START + timedelta(offset))
# Of some, the day in New York is not that of UTC.
times = st.integers(-12, SPAN * 24).map(lambda hours: NOON + timedelta(hours=hours))
small = st.integers(1, 60)
currencies = st.sampled_from(["USD", "JPY", "KWD"])


class Account(NamedTuple):
    invoices: list[Invoice]
    payments: list[Payment]


@st.composite
def _recorded(draw: st.DrawFn, number: int) -> RecordedPayment:
    amount = draw(small)
    refunds = [
        RecordedRefund(id="back", amount=draw(st.integers(1, amount)), refunded_on=draw(days))
        for _ in range(draw(st.integers(0, 1)))
    ]
    return RecordedPayment(
        id=f"recorded {number}",
        method="cash",
        amount=amount,
        received_on=draw(days),
        portal_payment_id=draw(st.sampled_from([None, None, "echo"])),
        refunds=tuple(refunds),
    )


@st.composite
def _invoice(draw: st.DrawFn, number: int) -> Invoice:
    total, issued = draw(st.integers(0, 100)), draw(days)
    status = draw(st.sampled_from(["open", "open", "open", "void", "uncollectible"]))
    later = st.integers(0, 20).map(lambda offset: issued + timedelta(offset))
    notes = [
        replace(_note(draw(st.integers(1, max(1, total // 2)))), id=f"note {n}")
        for n in range(draw(st.integers(0, 2)))
    ]
    return replace(
        samples.invoice(),
        invoice_id=f"invoice {number}",
        number=str(number),
        status=status,
        issued_on=issued,
        due_on=draw(days),
        currency=draw(currencies),
        total=total,
        withholdings=(Withholding(base=total, rate="10", amount=total // 10),) if draw(st.booleans()) else (),
        recorded_payments=tuple(draw(_recorded(n)) for n in range(draw(st.integers(0, 2)))),
        credit_notes=tuple(replace(note, issued_on=draw(later)) for note in notes),
        revision=draw(st.sampled_from([None, Revision(number=2, on=issued)])),
        voiding=Voiding(on=draw(later)) if status == "void" and draw(st.booleans()) else None,
    )


@st.composite
def _payment(draw: st.DrawFn, number: int, invoices: Sequence[Invoice]) -> Payment:
    on = draw(st.lists(st.sampled_from(invoices), min_size=1, max_size=3, unique_by=lambda i: i.invoice_id))
    parts = tuple(Allocation(invoice_id=one.invoice_id, invoice_version=1, amount=draw(small)) for one in on)

    def shares() -> tuple[Share, ...]:
        some = [Share(invoice_id=p.invoice_id, amount=draw(st.integers(1, p.amount))) for p in parts]
        return tuple(some[: draw(st.integers(1, len(some)))])

    def refund(key: str, status: RefundStatus | None) -> Refund:
        given = shares()
        amount = sum(share.amount for share in given)
        return Refund(refund_id=key, amount=amount, allocations=given, at=draw(times), status=status)

    def dispute() -> Dispute:
        taken = shares()
        return Dispute(
            status=draw(st.sampled_from(["open", "won", "lost"])),
            amount=sum(share.amount for share in taken),
            allocations=taken,
            dispute_id=f"du-{draw(st.integers(0, 99))}",
            opened_at=draw(st.none() | times),
        )

    disputed = draw(st.booleans())
    return replace(
        samples.payment(),
        payment_id=f"payment {number}",
        status=draw(st.sampled_from(["captured", "captured", "captured", "processing", "failed"])),
        currency=draw(st.sampled_from([on[0].currency, on[0].currency, "EUR"])),
        amount=sum(part.amount for part in parts),
        allocations=parts,
        occurred_at=draw(times),
        refunds=(refund("done", None),) if draw(st.booleans()) else (),
        refund_attempts=(refund("on its way", "pending"), refund("failed", "failed"))
        if draw(st.booleans())
        else (),
        dispute=dispute() if disputed else None,
        other_disputes=(dispute(),) if disputed and draw(st.booleans()) else (),
        review=Review(reason="amount") if draw(st.integers(0, 5)) == 0 else None,
        taken=None,
    )


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    invoices = [draw(_invoice(number)) for number in range(draw(st.integers(1, 4)))]
    payments = [draw(_payment(number, invoices)) for number in range(draw(st.integers(0, 4)))]
    return Account(invoices, payments)


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _invoice_on(invoice: Invoice, account: Account, day: date) -> Invoice | None:
    """The invoice as its events would have told it that day; None before it was issued."""
    final = invoice_money(invoice, account.payments)
    given_up = max(0, final.asked - final.received) if invoice.status == "uncollectible" else 0
    void_since = max(invoice.issued_on, invoice.voiding.on) if invoice.voiding else date.min
    issued = invoice.issued_on <= day
    void = invoice.status == "void" and void_since <= day
    return replace(
        invoice,
        status="void" if void or not issued else "open",
        total=invoice.total - given_up,
        voiding=None,
        recorded_payments=tuple(
            # A refund counts from its own day on, with or without the payment it is of.
            replace(
                entry,
                portal_payment_id=entry.portal_payment_id if entry.received_on <= day else "not yet",
                refunds=tuple(refund for refund in entry.refunds if refund.refunded_on <= day),
            )
            for entry in invoice.recorded_payments
        ),
        credit_notes=tuple(
            note for note in invoice.credit_notes if max(note.issued_on, invoice.issued_on) <= day
        ),
    )


def _payments_on(account: Account, day: date) -> list[Payment]:
    known: list[Payment] = []
    for payment in account.payments:
        lost = [one for one in payment.disputes if one.status == "lost"]
        taken = tuple(one for one in lost if _day(one.opened_at or payment.occurred_at) <= day)
        refunds = tuple(refund for refund in payment.refunds if _day(refund.at) <= day)
        attempts = tuple(refund for refund in payment.refund_attempts if _day(refund.at) <= day)
        told = replace(payment, refunds=refunds, refund_attempts=attempts, dispute=None, other_disputes=taken)
        if _day(payment.occurred_at) > day:  # what went back before it came counts, and it does not
            told = replace(told, allocations=tuple(replace(p, amount=0) for p in told.allocations))
        known.append(told)
    return known


def naive_balance(account: Account, currency: str, day: date) -> int:
    """What the invoices come to by `invoice_money`, of what had happened by then."""
    payments = _payments_on(account, day)
    total = 0
    for invoice in account.invoices:
        then = _invoice_on(invoice, account, day)
        if then is not None and invoice.currency == currency:
            money = invoice_money(then, payments)
            total += money.amount_due - money.credit
    return total


def statements(account: Account, first: date, last: date) -> dict[str, AccountStatement]:
    told = account_statements(account.invoices, account.payments, ZONE, first, last, TODAY)
    return {one.currency: one for one in told}


@given(accounts(), days, days)
def test_opening_and_what_happened_is_closing_and_both_are_what_was_owed_then(
    account: Account, one: date, other: date
) -> None:
    first, last = min(one, other), max(one, other)
    told = statements(account, first, last)
    for currency in ("USD", "JPY", "KWD", "EUR"):
        opening = naive_balance(account, currency, first - timedelta(1))
        closing = naive_balance(account, currency, last)
        if currency not in told:
            assert (opening, closing) == (0, 0)
            continue
        statement = told[currency]
        assert (statement.opening, statement.closing) == (opening, closing)
        assert statement.opening + sum(entry.amount for entry in statement.entries) == statement.closing
        assert statement.opening + statement.charged - statement.paid == statement.closing
        for day in {entry.day for entry in statement.entries}:
            last_of_day = [entry for entry in statement.entries if entry.day == day][-1]
            assert last_of_day.balance == naive_balance(account, currency, day)


@given(accounts(), days)
def test_closing_today_is_what_the_invoices_come_to_now(account: Account, first: date) -> None:
    told = statements(account, first, TODAY)
    owed: dict[str, int] = {}
    for invoice in account.invoices:
        money = invoice_money(invoice, account.payments)
        owed[invoice.currency] = owed.get(invoice.currency, 0) + money.amount_due - money.credit
    assert {c: s.closing for c, s in told.items() if s.closing} == {c: n for c, n in owed.items() if n}


@given(accounts(), days)
def test_ages_and_credit_are_the_closing_balance_and_so_are_the_parts_of_each_invoice(
    account: Account, last: date
) -> None:
    for statement in statements(account, START, last).values():
        assert sum(statement.ages) - statement.credit == statement.closing
        assert sum(item.due - item.credit for item in statement.items) == statement.closing


@given(accounts(), days)
def test_two_periods_beside_each_other_are_the_whole(account: Account, between: date) -> None:
    before = statements(account, START, between)
    after = statements(account, between + timedelta(1), TODAY)
    whole = statements(account, START, TODAY)
    for currency, statement in whole.items():
        parts = [part[currency] for part in (before, after) if currency in part]
        assert sum(len(part.entries) for part in parts) == len(statement.entries)
        if len(parts) == 2:
            assert parts[0].closing == parts[1].opening


@given(accounts())
def test_the_order_in_which_things_are_known_does_not_matter(account: Account) -> None:
    turned = Account(account.invoices[::-1], account.payments[::-1])
    assert statements(turned, START, TODAY) == statements(account, START, TODAY)


# A table of what is told of one invoice of $1.00 issued on October 1 and due on October 31.
DAY = datetime(2026, 10, 10, 16, tzinfo=UTC)


def _bill(**changes: object) -> Invoice:
    plain = {"recorded_payments": (), "credit_notes": (), "withholdings": (), "deposit": None}
    sample = replace(samples.invoice(), currency="USD", total=100, issued_on=START, status="open", **plain)
    return replace(replace(sample, due_on=date(2026, 10, 31)), **changes)


def _paid(amount: int, **changes: object) -> Payment:
    part = Allocation(invoice_id=_bill().invoice_id, invoice_version=1, amount=amount)
    plain = {"refunds": (), "refund_attempts": (), "dispute": None, "review": None, "taken": None}
    sample = replace(samples.payment(), status="captured", currency="USD", occurred_at=DAY, **plain)
    return replace(replace(sample, amount=amount, allocations=(part,)), **changes)


def _back(amount: int) -> Refund:
    share = Share(invoice_id=_bill().invoice_id, amount=amount)
    return Refund(refund_id="r", amount=amount, allocations=(share,), at=DAY + timedelta(1))


def _note(total: int) -> CreditNote:
    day = date(2026, 10, 20)
    return CreditNote(id="n", number="CN-1", issued_on=day, lines=(), tax_groups=(), total=total)


def _lost(amount: int) -> Dispute:
    share = Share(invoice_id=_bill().invoice_id, amount=amount)
    return Dispute(status="lost", amount=amount, allocations=(share,), opened_at=DAY + timedelta(2))


@pytest.mark.parametrize(
    ("what", "invoice", "payments", "told"),
    [
        ("due", _bill(), [], [("invoice", 100)]),
        ("paid", _bill(), [_paid(100)], [("invoice", 100), ("payment", -100)]),
        (
            "refunded",
            _bill(),
            [_paid(100, refunds=(_back(40),))],
            [("invoice", 100), ("payment", -100), ("refund", 40), ("lowered", -40)],
        ),
        (
            "paid too much, which went back",
            _bill(),
            [_paid(140, refunds=(_back(40),))],
            [("invoice", 100), ("payment", -140), ("refund", 40)],
        ),
        (
            "refunded, and a credit note for it",
            _bill(credit_notes=(_note(40),)),
            [_paid(100, refunds=(_back(40),))],
            [
                *(("invoice", 100), ("payment", -100), ("refund", 40), ("lowered", -40)),
                *(("credit_note", -40), ("restored", 40)),
            ],
        ),
        (
            "lost to the bank",
            _bill(),
            [_paid(100, dispute=_lost(100))],
            [("invoice", 100), ("payment", -100), ("taken_back", 100), ("lowered", -100)],
        ),
        (
            "withdrawn after it was paid",
            _bill(status="void", voiding=Voiding(on=date(2026, 10, 15))),
            [_paid(100)],
            [("invoice", 100), ("payment", -100), ("void", -100)],
        ),
        ("withdrawn, nobody says when", _bill(status="void"), [], [("invoice", 0)]),
        ("given up in part", _bill(status="uncollectible"), [_paid(30)], [("invoice", 30), ("payment", -30)]),
        (
            "checked",
            _bill(),
            [_paid(100, review=Review(reason="amount"))],
            [("invoice", 100), ("checked", 0)],
        ),
    ],
)
def test_what_is_told(
    what: str, invoice: Invoice, payments: list[Payment], told: list[tuple[str, int]]
) -> None:
    (statement,) = statements(Account([invoice], payments), START, TODAY).values()
    assert [(entry.kind, entry.amount) for entry in statement.entries] == told, what


@pytest.mark.parametrize(
    ("late", "age"),
    [(0, 0), (-5, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (900, 4)],
)
def test_an_age_ends_with_its_last_day(late: int, age: int) -> None:
    due = _bill(due_on=TODAY - timedelta(late))
    (statement,) = statements(Account([due], []), START, TODAY).values()
    assert statement.ages == tuple(100 if place == age else 0 for place in range(5))


def test_a_payment_over_two_invoices_is_one_entry_and_a_day_is_that_of_the_business() -> None:
    other = _bill(invoice_id="other", number="2")
    parts = [Allocation(invoice_id=i.invoice_id, invoice_version=1, amount=50) for i in (_bill(), other)]
    late = datetime(2026, 11, 1, 3, tzinfo=UTC)  # 11 p.m. on October 31 in New York
    payment = _paid(100, allocations=tuple(parts), occurred_at=late)
    (statement,) = statements(Account([_bill(), other], [payment]), date(2026, 10, 31), TODAY).values()
    (entry,) = statement.entries
    assert (entry.day, entry.amount, len(entry.invoices)) == (date(2026, 10, 31), -100, 2)

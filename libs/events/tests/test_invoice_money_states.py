"""One example for each state of an invoice's money, and for the order in which they are tried."""

from datetime import date

import pytest
from msgspec.structs import replace
from servicehub_events import (
    CreditNote,
    Dispute,
    DisputeStatus,
    Line,
    Payment,
    RecordedPayment,
    RecordedRefund,
    Refund,
    RefundStatus,
    Review,
    Share,
    TaxGroup,
    Withholding,
    invoice_money,
)
from servicehub_events_tools.testing import samples

TOTAL = 17560
INVOICE = replace(samples.invoice(), recorded_payments=(), deposit=None)


def pay(amount: int, status: str = "captured", number: int = 1, **changes: object) -> Payment:
    part = replace(samples.payment().allocations[0], amount=amount)
    blank = replace(
        samples.payment(), payment_id=f"pa-{number}", amount=amount, allocations=(part,), refunds=()
    )
    return replace(blank, status=status, **changes)


def refund(amount: int) -> Refund:
    return replace(samples.payment().refunds[0], amount=amount, allocations=shares(amount))


def gone(amount: int, back: int) -> Payment:
    return pay(amount, refunds=(refund(back),))


def dispute(amount: int, status: DisputeStatus) -> Dispute:
    return Dispute(status=status, amount=amount, allocations=shares(amount))


def shares(amount: int) -> tuple[Share, ...]:
    return (Share(invoice_id="in-1", amount=amount),)


@pytest.mark.parametrize(
    ("status", "payments", "state"),
    [
        ("void", [pay(TOTAL)], "void"),
        ("void", [pay(TOTAL, dispute=dispute(TOTAL, "open"))], "void"),
        ("uncollectible", [], "uncollectible"),
        ("open", [pay(TOTAL, dispute=dispute(TOTAL, "open"), review=Review(reason="amount"))], "disputed"),
        ("open", [pay(TOTAL, review=Review(reason="amount"))], "being_checked"),
        ("open", [pay(100, review=Review(reason="amount")), pay(100, "processing", 2)], "being_checked"),
        ("open", [pay(TOTAL, "processing")], "processing"),
        ("open", [pay(100), pay(TOTAL, "processing", 2)], "processing"),
        ("open", [pay(TOTAL), pay(TOTAL, "processing", 2)], "paid"),
        ("open", [pay(1)], "partly_paid"),
        ("open", [pay(1, refunds=(refund(1),))], "partly_paid"),
        ("open", [], "due"),
        ("open", [pay(TOTAL, "started")], "due"),
        ("open", [pay(TOTAL, "failed"), pay(TOTAL, "expired", 2)], "due"),
        ("open", [pay(TOTAL + 1)], "overpaid"),
        ("open", [pay(TOTAL + 2, refunds=(refund(1),))], "overpaid"),
        ("open", [pay(TOTAL + 1, refunds=(refund(1),))], "paid"),
        ("open", [pay(TOTAL, refunds=(refund(TOTAL),))], "refunded"),
        ("open", [pay(TOTAL + 1, refunds=(refund(TOTAL + 1),))], "refunded"),
        ("open", [pay(TOTAL, refunds=(refund(1),))], "partly_refunded"),
        ("open", [pay(TOTAL)], "paid"),
        ("open", [pay(TOTAL, dispute=dispute(TOTAL, "won"))], "paid"),
        ("open", [pay(TOTAL, dispute=dispute(TOTAL, "lost"))], "taken_back"),
    ],
)
def test_the_first_state_that_fits_is_shown(status: str, payments: list[Payment], state: str) -> None:
    assert invoice_money(replace(INVOICE, status=status), payments).state == state


@pytest.mark.parametrize(
    ("payment", "payable"),
    [
        (pay(100, "started"), TOTAL),
        (pay(100, "processing"), 0),
        (pay(100, review=Review(reason="amount")), 0),
        (pay(100, "failed"), TOTAL),
        (pay(100), TOTAL - 100),
    ],
)
def test_what_is_claimed_cannot_be_paid_though_it_is_due(payment: Payment, payable: int) -> None:
    money = invoice_money(INVOICE, [payment])
    assert (money.payable, money.amount_due > 0) == (payable, True)


HELD = Withholding(base=16000, rate="10.21", amount=1633)


def credit_note(amount: int) -> CreditNote:
    line = Line(
        description="Tea", quantity="1", unit_price=amount, amount=amount, tax_rate="0", tax_category="exempt"
    )
    group = TaxGroup(rate="0", net=amount, tax=0, category="exempt")
    return CreditNote(
        id="cn-1",
        number="CN-1",
        issued_on=date(2026, 11, 25),
        lines=(line,),
        tax_groups=(group,),
        total=amount,
    )


def cash(amount: int, *back: int) -> RecordedPayment:
    refunds = tuple(
        RecordedRefund(id=f"rr-{number}", amount=part, refunded_on=date(2026, 11, 26))
        for number, part in enumerate(back)
    )
    return RecordedPayment(
        id="rp", method="cash", amount=amount, received_on=date(2026, 11, 21), refunds=refunds
    )


@pytest.mark.parametrize(
    ("changes", "payments", "due", "credit", "given_back", "state"),
    [
        # Withheld tax is not to be paid to the business: the total stays, less is asked for.
        ({"withholdings": (HELD,)}, [], TOTAL - 1633, 0, 0, "due"),
        ({"withholdings": (HELD,)}, [pay(TOTAL - 1633)], 0, 0, 0, "paid"),
        ({"withholdings": (HELD,)}, [pay(TOTAL)], 0, 1633, 0, "overpaid"),
        ({"withholdings": (HELD,)}, [gone(TOTAL - 1633, TOTAL - 1633)], 0, 0, TOTAL - 1633, "refunded"),
        ({"withholdings": (HELD,), "status": "void"}, [], 0, 0, 0, "void"),
        # A credit note asks for less; what was paid beyond that is credit until it is given back.
        ({"credit_notes": (credit_note(560),)}, [], TOTAL - 560, 0, 0, "due"),
        ({"credit_notes": (credit_note(560),)}, [pay(TOTAL - 560)], 0, 0, 0, "paid"),
        ({"credit_notes": (credit_note(560),)}, [pay(TOTAL)], 0, 560, 0, "overpaid"),
        ({"credit_notes": (credit_note(560),)}, [gone(TOTAL, 560)], 0, 0, 560, "partly_refunded"),
        ({"credit_notes": (credit_note(TOTAL),)}, [], 0, 0, 0, "credited"),
        ({"credit_notes": (credit_note(TOTAL),)}, [gone(TOTAL, TOTAL)], 0, 0, TOTAL, "refunded"),
        ({"credit_notes": (credit_note(TOTAL),)}, [gone(100, 100)], 0, 0, 100, "refunded"),
        ({"credit_notes": (credit_note(560),), "status": "void"}, [pay(TOTAL)], 0, TOTAL, 0, "void"),
        ({"credit_notes": (credit_note(560),), "withholdings": (HELD,)}, [], TOTAL - 2193, 0, 0, "due"),
        # Cash that goes back is a refund like any other: it never makes money owed again.
        ({"recorded_payments": (cash(TOTAL, 500),)}, [], 0, 0, 500, "partly_refunded"),
        ({"recorded_payments": (cash(TOTAL, 500, TOTAL - 500),)}, [], 0, 0, TOTAL, "refunded"),
        ({"recorded_payments": (cash(TOTAL + 500, 500),)}, [], 0, 0, 0, "paid"),
        ({"recorded_payments": (cash(1000, 1000),)}, [], TOTAL - 1000, 0, 1000, "partly_paid"),
    ],
)  # fmt: skip
def test_what_is_withheld_credited_or_given_back_in_cash(
    changes: dict[str, object], payments: list[Payment], due: int, credit: int, given_back: int, state: str
) -> None:
    money = invoice_money(replace(INVOICE, **changes), payments)
    assert (money.amount_due, money.credit, money.given_back, money.state) == (due, credit, given_back, state)
    assert money.total == TOTAL


def test_a_recorded_refund_that_names_one_of_the_portal_is_an_echo() -> None:
    echo = replace(
        cash(TOTAL, 500),
        portal_payment_id="pa-1",
        refunds=(
            RecordedRefund(id="r", amount=500, refunded_on=date(2026, 11, 26), portal_refund_id="re-1"),
        ),
    )
    told = replace(INVOICE, recorded_payments=(echo,))
    paid = [pay(TOTAL, refunds=(refund(500),))]
    assert invoice_money(told, paid) == invoice_money(INVOICE, paid)


def test_cash_may_go_back_for_a_card_payment() -> None:
    echo = replace(cash(TOTAL, 500), portal_payment_id="pa-1")
    money = invoice_money(replace(INVOICE, recorded_payments=(echo,)), [pay(TOTAL)])
    assert (money.received, money.refunded, money.state) == (TOTAL, 500, "partly_refunded")


def test_dollars_refunded_take_nothing_from_yen() -> None:
    dollars = pay(TOTAL, number=2, currency="USD", refunds=(refund(50),))
    money = invoice_money(INVOICE, [pay(TOTAL + 100), dollars])
    assert (money.received, money.refunded, money.credit) == (TOTAL + 100, 0, 100)


def test_cash_beside_a_card_makes_a_credit() -> None:
    money = invoice_money(replace(INVOICE, recorded_payments=(cash(TOTAL),)), [pay(TOTAL)])
    assert (money.state, money.credit, money.amount_due) == ("overpaid", TOTAL, 0)


def test_what_was_paid_on_a_void_invoice_is_credit_until_it_is_given_back() -> None:
    void = replace(INVOICE, status="void")
    assert invoice_money(void, [pay(TOTAL)]).credit == TOTAL
    assert invoice_money(void, [pay(TOTAL, refunds=(refund(TOTAL),))]).credit == 0


def test_a_lost_dispute_takes_the_credit_but_asks_for_nothing() -> None:
    money = invoice_money(INVOICE, [pay(TOTAL + 5, dispute=dispute(TOTAL + 5, "lost"))])
    assert (money.credit, money.amount_due, money.lost) == (0, 0, TOTAL + 5)


def test_the_deposit_is_what_is_left_of_it() -> None:
    invoice = replace(samples.invoice(), recorded_payments=())  # deposit 5000 due on the 30th
    money = invoice_money(invoice, [pay(2000)])
    assert money.deposit_due == 3000
    assert not money.deposit_overdue(date(2026, 11, 30))
    assert money.deposit_overdue(date(2026, 12, 1))
    assert invoice_money(invoice, [pay(5000)]).deposit_due == 0


def test_overdue_begins_the_day_after_it_was_due_and_ends_with_the_debt() -> None:
    money = invoice_money(INVOICE, [])
    assert not money.overdue(date(2026, 12, 20))
    assert money.overdue(date(2026, 12, 21))
    assert not invoice_money(INVOICE, [pay(TOTAL)]).overdue(date(2026, 12, 21))


def test_refunds_are_listed_for_the_notes() -> None:
    (note,) = invoice_money(INVOICE, [pay(TOTAL, refunds=(refund(500),))]).refunds
    assert (note.amount, note.refund_id, note.at) == (500, "re-1", samples.payment().refunds[0].at)


@pytest.mark.parametrize(
    ("status", "credit", "refunding", "state"),
    [("pending", 0, 200, "paid"), ("requires_action", 0, 200, "paid"), ("failed", 200, 0, "overpaid")],
)
def test_money_on_its_way_back_is_no_credit_and_that_of_a_failed_refund_is(
    status: RefundStatus, credit: int, refunding: int, state: str
) -> None:
    attempt = replace(refund(200), status=status)
    money = invoice_money(INVOICE, [pay(TOTAL + 200, refund_attempts=(attempt,))])
    assert (money.credit, money.refunding, money.refunded, money.state) == (credit, refunding, 0, state)

"""Laws of an invoice's money, whatever has happened to it."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from servicehub_events import Invoice, Payment, RecordedPayment, Refund, Review, Share, invoice_money
from servicehub_events_tools.testing.strategies_invoice import invoices
from servicehub_events_tools.testing.strategies_payment import payments
from servicehub_events_tools.testing.strategies_scalars import charges

Case = tuple[Invoice, list[Payment]]


def on(invoice: Invoice, payment: Payment, number: int) -> Payment:
    return replace(
        payment, business_id=invoice.business_id, currency=invoice.currency, payment_id=f"payment {number}"
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """An invoice and up to four payments on it; sometimes of about its size."""
    invoice = draw(invoices())
    drawn = draw(st.lists(payments([invoice.invoice_id]), max_size=4))
    found = [on(invoice, payment, number) for number, payment in enumerate(drawn)]
    if found and invoice.total and draw(st.booleans()):
        extra = draw(st.integers(0, 2))
        part = replace(found[0].allocations[0], amount=invoice.total + extra)
        found[0] = replace(found[0], allocations=(part,), amount=part.amount, refunds=())
        found[0] = replace(found[0], dispute=None, other_disputes=())
    return invoice, found


@given(cases())
def test_no_amount_is_ever_negative(case: Case) -> None:
    money = invoice_money(*case)
    amounts = [
        money.received,
        money.amount_due,
        money.payable,
        money.credit,
        money.given_back,
        money.processing,
        money.under_review,
        money.refunded,
        money.lost,
        money.deposit_due,
    ]
    assert min(amounts) >= 0
    assert money.payable in (0, money.amount_due)
    assert money.deposit_due <= money.amount_due
    assert money.given_back <= money.refunded


@given(cases(), st.randoms())
def test_the_order_of_payments_does_not_matter(case: Case, random: Random) -> None:
    invoice, found = case
    shuffled = list(found)
    random.shuffle(shuffled)
    assert invoice_money(invoice, shuffled) == invoice_money(invoice, found)


@given(cases(), charges)
def test_a_recorded_payment_that_names_a_portal_payment_is_an_echo(case: Case, amount: int) -> None:
    invoice, found = case
    echo = RecordedPayment(
        id="e", method="other", amount=amount, received_on=invoice.issued_on, portal_payment_id="x"
    )
    told = replace(invoice, recorded_payments=(*invoice.recorded_payments, echo))
    assert invoice_money(told, found) == invoice_money(invoice, found)


@given(cases(), st.data())
def test_giving_money_back_never_makes_it_owed_again(case: Case, data: st.DataObject) -> None:
    invoice, found = case
    refunded = [_fully_refunded(payment, data) for payment in found]
    before, after = invoice_money(invoice, found), invoice_money(invoice, refunded)
    assert (after.amount_due, after.payable, after.received) == (
        before.amount_due,
        before.payable,
        before.received,
    )
    assert after.credit <= before.credit


def _fully_refunded(payment: Payment, data: st.DataObject) -> Payment:
    if payment.status != "captured" or data.draw(st.booleans()):
        return payment
    shares = tuple(Share(invoice_id=part.invoice_id, amount=part.amount) for part in payment.allocations)
    refund = Refund(refund_id="all", amount=payment.amount, allocations=shares, at=payment.occurred_at)
    return replace(payment, refunds=(refund,))


@given(cases(), st.sampled_from(["void", "uncollectible"]))
def test_nothing_is_owed_on_a_closed_invoice(case: Case, status: str) -> None:
    invoice, found = case
    money = invoice_money(replace(invoice, status=status), found)
    assert (money.amount_due, money.payable, money.deposit_due, money.state) == (0, 0, 0, status)


@given(cases())
def test_what_is_on_its_way_or_being_checked_cannot_be_paid_again(case: Case) -> None:
    invoice, found = case
    busy = any(payment.review or payment.status == "processing" for payment in found)
    money = invoice_money(invoice, found)
    assert money.payable == (0 if busy else money.amount_due)


@given(cases())
def test_money_under_review_is_received_only_when_cleared(case: Case) -> None:
    invoice, found = case
    captured = [replace(payment, status="captured", review=None) for payment in found]
    checked = [replace(payment, review=Review(reason="amount")) for payment in captured]
    recorded = invoice_money(invoice, [])
    held, cleared = invoice_money(invoice, checked), invoice_money(invoice, captured)
    assert held.received == recorded.received
    assert (held.refunded, held.lost) == (recorded.refunded, 0)
    assert cleared.received == recorded.received + held.under_review


@given(cases())
def test_every_unit_received_is_due_paid_credited_or_given_back(case: Case) -> None:
    invoice, found = case
    money = invoice_money(replace(invoice, status="open", credit_notes=()), found)
    assert money.asked == invoice.total - money.withheld
    assert money.amount_due == max(0, money.asked - money.received)
    if not money.lost:
        surplus = max(0, money.received - money.asked)
        assert money.given_back == max(0, money.refunded - surplus)
        assert money.credit == max(0, surplus - money.refunded - money.refunding)


@given(cases())
def test_withholding_and_credit_notes_ask_for_less_and_change_nothing_received(case: Case) -> None:
    invoice, found = case
    plain = invoice_money(replace(invoice, withholdings=(), credit_notes=()), found)
    money = invoice_money(invoice, found)
    assert money.total == plain.total == invoice.total
    assert (money.received, money.refunded, money.lost) == (plain.received, plain.refunded, plain.lost)
    assert money.asked <= max(0, invoice.total - money.withheld - money.credited)
    assert money.amount_due <= plain.amount_due
    assert money.credit >= plain.credit
    if invoice.status == "open":
        assert plain.amount_due - money.amount_due <= money.withheld + money.credited


@given(cases())
def test_a_refund_of_cash_never_makes_money_owed_again(case: Case) -> None:
    invoice, found = case
    kept = tuple(replace(payment, refunds=()) for payment in invoice.recorded_payments)
    before = invoice_money(replace(invoice, recorded_payments=kept), found)
    after = invoice_money(invoice, found)
    assert (after.received, after.amount_due, after.payable) == (
        before.received,
        before.amount_due,
        before.payable,
    )
    assert after.refunded >= before.refunded
    assert after.credit <= before.credit


@given(cases(), payments())
def test_payments_of_other_invoices_businesses_and_currencies_add_nothing(case: Case, other: Payment) -> None:
    invoice, found = case
    before = invoice_money(invoice, found)
    ours = on(invoice, other, 99)
    part = replace(ours.allocations[0], invoice_id=invoice.invoice_id)
    elsewhere = [replace(ours.allocations[0], invoice_id=f"{invoice.invoice_id[:60]} 2")]
    assert invoice_money(invoice, [*found, replace(ours, allocations=tuple(elsewhere))]) == before
    foreign = replace(ours, business_id=f"{invoice.business_id[:60]} 2", allocations=(part,))
    assert invoice_money(invoice, [*found, foreign]) == before
    unlike = "USD" if invoice.currency != "USD" else "JPY"
    after = invoice_money(invoice, [*found, replace(ours, currency=unlike, allocations=(part,))])
    assert (after.received, after.refunded, after.lost) == (before.received, before.refunded, before.lost)


@given(cases())
def test_the_state_agrees_with_the_amounts(case: Case) -> None:
    money = invoice_money(*case)
    owed = money.amount_due > 0
    if money.state in ("due", "partly_paid", "processing"):
        assert owed
    if money.state in (
        "paid",
        "overpaid",
        "taken_back",
        "refunded",
        "partly_refunded",
        "void",
        "uncollectible",
    ):
        assert not owed
    assert (money.state == "overpaid") <= (money.credit > 0)
    assert (money.state == "taken_back") <= (money.lost > 0)
    assert (money.state in ("refunded", "partly_refunded")) <= (money.given_back > 0)

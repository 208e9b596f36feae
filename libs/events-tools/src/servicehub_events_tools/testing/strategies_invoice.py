"""Strategy for invoices whose arithmetic holds."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from servicehub_events import (
    BankAccount,
    CreditNote,
    Deposit,
    Invoice,
    InvoiceReference,
    InvoiceSite,
    InvoiceStatus,
    Issuer,
    PartialPayment,
    PaymentInstruction,
    Recipient,
    RecordedMethod,
    RecordedPayment,
    RecordedRefund,
    Revision,
    TaxId,
    Voiding,
    Withholding,
)

from servicehub_events_tools.testing.strategies_scalars import (
    charges,
    currencies,
    days,
    ids,
    optional_ids,
    optional_text,
    text,
    unique_ids,
    words,
)
from servicehub_events_tools.testing.strategies_tax import Taxed, taxed

_METHODS: SearchStrategy[RecordedMethod] = st.sampled_from(["cash", "cheque", "transfer", "other"])
_STATUSES: SearchStrategy[InvoiceStatus] = st.sampled_from(["open", "void", "uncollectible"])
_REFERENCES = st.none() | st.builds(InvoiceReference, invoice_id=ids, number=text)
_TAX_IDS = st.lists(st.builds(TaxId, name=text, value=text), max_size=2).map(tuple)
_ACCOUNTS = st.builds(
    BankAccount,
    bank=optional_text,
    account_type=optional_text,
    account_number=optional_text,
    account_holder=optional_text,
    iban=optional_text,
    bic=optional_text,
    routing_number=optional_text,
)
_INSTRUCTIONS = st.lists(
    st.builds(
        PaymentInstruction,
        text=optional_text,
        bank_account=st.none() | _ACCOUNTS,
        reference=optional_text,
    ),
    max_size=2,
).map(tuple)
_RECIPIENTS = st.none() | st.builds(
    Recipient,
    name=text,
    address=optional_text,
    department=optional_text,
    honorific=optional_text,
    tax_ids=_TAX_IDS,
)
_ISSUERS = {
    qualified: st.builds(
        Issuer,
        legal_name=text,
        registration_number=st.just("T1234567890123" if qualified else None),
        address=optional_text,
        tax_ids=_TAX_IDS,
        company_number=optional_text,
        registered_office=optional_text,
        trading_name=optional_text,
        phone=optional_text,
    )
    for qualified in (False, True)
}
_MAYBE_METHODS = st.none() | _METHODS
_MAYBE_DAYS = st.none() | days
_PARTIAL_PAYMENTS = st.none() | st.builds(PartialPayment, allowed=st.booleans(), minimum=charges)
_SITES = st.none() | st.builds(InvoiceSite, label=text, site_id=optional_ids)
_REVISIONS = st.none() | st.builds(Revision, number=st.integers(2, 9), on=days, reason=optional_text)
_REPLACEMENTS = st.none() | st.builds(InvoiceReference, invoice_id=ids, number=text)
_VOIDINGS = st.none() | st.builds(Voiding, on=days, reason=optional_text, replaced_by=_REPLACEMENTS)


@st.composite
def _refund(draw: DrawFn, limit: int) -> RecordedRefund:
    return RecordedRefund(
        id=draw(ids),
        amount=draw(st.integers(1, limit)),
        refunded_on=draw(days),
        method=draw(_MAYBE_METHODS),
        portal_refund_id=draw(optional_ids),
        used_for=draw(_REFERENCES),
    )


@st.composite
def recorded_payments(draw: DrawFn) -> RecordedPayment:
    """A payment that the business wrote down, sometimes an echo, some of it given back."""
    amount = draw(charges)
    refunds = (draw(_refund(amount)),) if draw(st.booleans()) else ()
    return RecordedPayment(
        id=draw(ids),
        method=draw(_METHODS),
        means=draw(st.none() | words),
        means_name=draw(optional_text),
        amount=amount,
        received_on=draw(days),
        receipt_number=draw(optional_text),
        portal_payment_id=draw(optional_ids),
        credit_of=draw(_REFERENCES),
        refunds=refunds,
    )


def _recorded() -> SearchStrategy[tuple[RecordedPayment, ...]]:
    def refund_ids(payments: list[RecordedPayment]) -> list[str]:
        return [refund.id for payment in payments for refund in payment.refunds]

    listed = st.lists(recorded_payments(), max_size=3, unique_by=lambda payment: payment.id)
    return listed.filter(lambda some: len(set(refund_ids(some))) == len(refund_ids(some))).map(tuple)


@st.composite
def _withholdings(draw: DrawFn, total: int) -> tuple[Withholding, ...]:
    if not total or draw(st.booleans()):
        return ()
    base = draw(st.integers(0, total))
    held = Withholding(name=draw(optional_text), base=base, rate="10.21", amount=base * 1021 // 10000)
    return (held,)


@st.composite
def _credit_notes(draw: DrawFn, part: Taxed, total: int) -> tuple[CreditNote, ...]:
    """None, or one over everything that no discount was on."""
    if part.discounts or not total or draw(st.booleans()):
        return ()
    return (
        CreditNote(
            id=draw(ids),
            number=draw(text),
            issued_on=draw(days),
            reason=draw(optional_text),
            lines=part.lines,
            tax_groups=part.groups,
            total=total,
        ),
    )


@st.composite
def invoices(draw: DrawFn, statuses: SearchStrategy[InvoiceStatus] = _STATUSES) -> Invoice:
    """Invoices with zero to five lines, taxed and rounded in any lawful way."""
    part = draw(taxed())
    total = sum(group.net + group.tax for group in part.groups)
    status, supplied = draw(statuses), draw(_MAYBE_DAYS)
    return Invoice(
        business_id=draw(ids),
        invoice_id=draw(ids),
        number=draw(text),
        customer_id=draw(ids),
        status=status,
        issued_on=draw(days),
        due_on=draw(days),
        service_on=supplied,
        service_until=supplied + timedelta(draw(st.integers(0, 40))) if supplied else None,
        tax_point=draw(_MAYBE_DAYS),
        currency=draw(currencies),
        prices_include_tax=part.prices_include_tax,
        lines=part.lines,
        discounts=part.discounts,
        tax_groups=part.groups,
        tax_rounding=draw(st.none() | st.just(part.rounding)),
        total=total,
        withholdings=draw(_withholdings(total)),
        deposit=Deposit(amount=draw(st.integers(0, total)), due_on=draw(days))
        if draw(st.booleans())
        else None,
        partial_payment=draw(_PARTIAL_PAYMENTS),
        recorded_payments=draw(_recorded()),
        payment_instructions=draw(_INSTRUCTIONS),
        credit_notes=draw(_credit_notes(part, total)),
        purchase_order=draw(optional_text),
        recipient=draw(_RECIPIENTS),
        site=draw(_SITES),
        issuer=draw(_ISSUERS[part.qualified]),
        appointment_ids=tuple(draw(unique_ids())),
        memo=draw(optional_text),
        revision=draw(_REVISIONS),
        voiding=draw(_VOIDINGS) if status == "void" else None,
    )

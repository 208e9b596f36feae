"""What became of an invoice's total, row by row: credit notes, withholding tax, and the money that came.

The rows lead from the total to what is left. A refund is none of them: it never makes money owed again, so
it is told in a sentence of its own.
"""

from collections.abc import Iterator, Sequence

from servicehub_events import Invoice, Payment

from papers.language import PaperLanguage
from papers.methods import method_name, recorded_method_name
from papers.sheet import SumRow


def paid_rows(language: PaperLanguage, invoice: Invoice, payments: Sequence[Payment]) -> Iterator[SumRow]:
    """Everything that is taken off the total, each with its day."""
    if invoice.status == "void":
        return
    yield from _lowered(language, invoice)
    yield from _recorded(language, invoice)
    for payment in sorted(payments, key=lambda payment: (payment.occurred_at, payment.payment_id)):
        part = received_of(payment, invoice)
        if part:
            day = language.day_of(payment.occurred_at)
            name = method_name(language, payment.method)
            label = language.say("{name}, {date}", name=name, date=language.format.full(day))
            yield SumRow(label=label, amount=language.format.money(-part, invoice.currency))


def received_of(payment: Payment, invoice: Invoice) -> int:
    """What of a payment came in for an invoice; none while it is checked, or in another currency."""
    if payment.status != "captured" or payment.review or payment.currency != invoice.currency:
        return 0
    return sum(part.amount for part in payment.allocations if part.invoice_id == invoice.invoice_id)


def _lowered(language: PaperLanguage, invoice: Invoice) -> Iterator[SumRow]:
    say, show = language.say, language.format
    for part in invoice.withholdings:
        name = part.name or say("Withholding tax")
        yield SumRow(
            label=say("{name} {rate}", name=name, rate=show.percent(part.rate)),
            base=say("on {amount}", amount=show.money(part.base, invoice.currency)),
            amount=show.money(-part.amount, invoice.currency),
        )
    for note in invoice.credit_notes:
        day = show.full(note.issued_on)
        yield SumRow(
            label=say("Credit note {number}, {date}", number=note.number, date=day),
            amount=show.money(-note.total, invoice.currency),
        )


def _recorded(language: PaperLanguage, invoice: Invoice) -> Iterator[SumRow]:
    """What the business wrote down; what echoes the portal's own is told by the portal."""
    for entry in invoice.recorded_payments:
        if entry.portal_payment_id is None:
            day = language.format.full(entry.received_on)
            name = recorded_method_name(language, entry)
            label = language.say("{name}, {date}", name=name, date=day)
            yield SumRow(label=label, amount=language.format.money(-entry.amount, invoice.currency))

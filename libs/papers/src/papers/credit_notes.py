"""A credit note (返金明細書, 適格返還請求書) as a sheet. Its amounts are positive, under "credited"."""

from collections.abc import Iterator

from servicehub_events import CreditNote, Invoice

from papers.frame import FrameWords, framed
from papers.language import PaperLanguage, language_of
from papers.lines import charges_of, columns_of, lines_of, sums_of
from papers.parties import issuer_of, recipient_of, supplied
from papers.sheet import AnswerBand, Pair, Sheet, SheetNotice, SumRow
from papers.taxes import reduced_rates, tax_legends
from papers.values import CreditNotePaper


def credit_note_sheet(paper: CreditNotePaper) -> Sheet:
    """The sheet of a credit note. Raises ValueError when the invoice has none of this number."""
    language, invoice = language_of(paper), paper.invoice
    say, note = language.say, _note(paper)
    amount = language.format.money(note.total, invoice.currency)
    charges = charges_of(invoice, note)
    subtitle = say("Qualified return invoice") if _is_qualified(invoice, note) else ""
    total = SumRow(label=say("Total credited"), amount=amount, weight="big")
    return framed(
        paper,
        language,
        FrameWords(title=say("Credit note"), keyword=subtitle, number=note.number, amount=amount),
        subtitle=subtitle,
        notices=(SheetNotice(tone="calm", text=note.reason),) if note.reason else (),
        recipient=recipient_of(language, say("Credited to"), invoice, paper.customer),
        issuer=issuer_of(language, say("From"), paper.business, invoice.issuer),
        answer=AnswerBand(
            label=say("Credited to you"),
            amount=amount,
            notes=(),
            facts=tuple(_facts(language, invoice, note)),
        ),
        columns=columns_of(language, charges),
        lines=tuple(lines_of(language, charges)),
        sums=tuple(sums_of(language, charges, total)),
        legends=(
            *tax_legends(language, note.tax_groups, reduced_rates(note.lines), invoice.tax_rounding),
            say("Amounts on this paper are in your favor."),
        ),
    )


def _note(paper: CreditNotePaper) -> CreditNote:
    for note in paper.invoice.credit_notes:
        if note.number == paper.number:
            return note
    raise ValueError("the invoice has no credit note of this number")


def _is_qualified(invoice: Invoice, note: CreditNote) -> bool:
    """Whether Japan takes it for a qualified return invoice: it must also say the day of the first supply."""
    dated = supplied(invoice) is not None or all(line.service_on for line in note.lines)
    return invoice.issuer.registration_number is not None and invoice.currency == "JPY" and dated


def _facts(language: PaperLanguage, invoice: Invoice, note: CreditNote) -> Iterator[Pair]:
    say, show = language.say, language.format
    yield say("Credit note number"), note.number
    yield say("Credit note date"), show.full(note.issued_on)
    if days := supplied(invoice):
        yield say("Service date"), language.period(*days)
    yield say("For invoice"), invoice.number
    yield say("Invoice date"), show.full(invoice.issued_on)
    left = invoice.total - sum(other.total for other in invoice.credit_notes)
    yield say("Invoice after credit"), show.money(left, invoice.currency)

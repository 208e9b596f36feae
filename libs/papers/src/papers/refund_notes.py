"""The paper of a refund as a sheet: a credit note (返金明細書), or of an overpayment (過入金の返金).

Its amounts are positive, under "credited". Tax is what the refund's note says: nothing here computes it.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from servicehub_events import Invoice, LoweredPrice, LoweredTax, RefundNote, TaxGroup, TaxShare

from papers.frame import FrameWords, framed
from papers.language import PaperLanguage, language_of
from papers.methods import method_name
from papers.parties import issuer_of, qualified, supplied
from papers.sheet import AnswerBand, Pair, Party, Sheet, SheetLine, SheetNotice, SumRow
from papers.taxes import reduced_rates, tax_legends, tax_rows
from papers.values import RefundPaper


def refund_sheet(paper: RefundPaper) -> Sheet:
    """The sheet of a refund. Raises ValueError when it has no number: such a paper is not made."""
    note, language = paper.refund.note, language_of(paper)
    if note is None:
        raise ValueError("a refund without a paper")
    say, lowers = language.say, bool(note.lowered)
    amount = language.format.money(paper.refund.amount, paper.payment.currency)
    subtitle = say("Qualified return invoice") if _is_qualified(paper, note) else ""
    groups = tuple(_groups(paper, note))
    return framed(
        paper,
        language,
        FrameWords(title=_title(language, note), keyword=subtitle, number=note.number, amount=amount),
        subtitle=subtitle,
        tags=tuple(_tags(language, paper)),
        stamp=say("VOID") if _has_failed(paper) else "",
        notices=tuple(_notices(language, paper, note)),
        recipient=Party(label=say("Credited to"), name=paper.addressee),
        issuer=issuer_of(
            language, say("From"), paper.business, paper.invoices[0].issuer if paper.invoices else None
        ),
        answer=AnswerBand(
            label=say("Refunded to you"),
            amount=amount,
            notes=(),
            facts=tuple(_facts(language, paper, note)),
        ),
        columns=(
            say("Refund for"),
            say("Invoice date"),
            say("Service date"),
            say("Invoice total"),
            say("Amount with tax") if lowers else say("Refund"),
        ),
        lines=tuple(_lines(language, paper, note)),
        sums=(
            SumRow(label=say("Total refunded"), amount=amount, weight="big"),
            *tax_rows(language, groups, paper.payment.currency, _reduced(paper), included=True),
        ),
        legends=tuple(_legends(language, paper, note, groups)),
    )


def _title(language: PaperLanguage, note: RefundNote) -> str:
    return language.say("Credit note") if note.lowered else language.say("Refund of an overpayment")


def _is_qualified(paper: RefundPaper, note: RefundNote) -> bool:
    """Whether Japan takes it for a qualified return invoice: it lowers qualified invoices alone."""
    lowered = [_invoice(paper, price) for price in note.lowered]
    return bool(lowered) and all(invoice is not None and qualified(invoice) for invoice in lowered)


def _invoice(paper: RefundPaper, price: LoweredPrice) -> Invoice | None:
    return next((one for one in paper.invoices if one.invoice_id == price.invoice_id), None)


def _has_failed(paper: RefundPaper) -> bool:
    return paper.refund.status in ("failed", "canceled")


def _tags(language: PaperLanguage, paper: RefundPaper) -> Iterator[str]:
    if paper.copy > 1:
        day = language.format.full(language.day_of(paper.made_at))
        yield language.say("Copy {number}, {date}", number=str(paper.copy), date=day)


def _notices(language: PaperLanguage, paper: RefundPaper, note: RefundNote) -> Iterator[SheetNotice]:
    say, show = language.say, language.format
    if _has_failed(paper):
        text = say("This refund did not go through, so this paper is void.")
        yield SheetNotice(tone="bad", text=text)
    if paper.replaces_made_at:
        day = show.full(language.day_of(paper.replaces_made_at))
        text = say("This replaces the paper issued on {date}.", date=day)
        yield SheetNotice(tone="calm", text=text, more=say("The earlier paper of this number is void."))
    if not note.lowered:
        text = say("More was paid than was owed. No price changes by this refund, and no tax.")
        yield SheetNotice(tone="calm", text=text)


def _facts(language: PaperLanguage, paper: RefundPaper, note: RefundNote) -> Iterator[Pair]:
    say, show, payment = language.say, language.format, paper.payment
    day = show.full(language.day_of(paper.refund.at))
    yield (say("Credit note number") if note.lowered else say("Refund number")), note.number
    yield (say("Credit note date") if note.lowered else say("Refunded on")), day
    yield say("Paid on"), show.full(language.day_of(payment.occurred_at))
    if method := method_name(language, payment.method):
        yield say("Paid by"), method
    if payment.receipt:
        yield say("Receipt number"), payment.receipt.number


def _lines(language: PaperLanguage, paper: RefundPaper, note: RefundNote) -> Iterator[SheetLine]:
    """A row for each invoice whose price is lower, and one for each of which too much was paid."""
    lowered = {price.invoice_id: price for price in note.lowered}
    currency = paper.payment.currency
    for share in paper.refund.allocations:
        invoice = next((one for one in paper.invoices if one.invoice_id == share.invoice_id), None)
        price = lowered.get(share.invoice_id)
        less = price.amount if price else 0
        if less:
            yield _line(language, invoice, language.format.money(less, currency), "")
        if rest := share.amount - less:
            detail = language.say("Paid beyond the price") if note.lowered else ""
            yield _line(language, invoice, language.format.money(rest, currency), detail)


def _line(language: PaperLanguage, invoice: Invoice | None, amount: str, detail: str) -> SheetLine:
    say, show = language.say, language.format
    if invoice is None:
        return SheetLine(cells=(say("Invoice"), "", "", "", amount), detail=detail)
    days = supplied(invoice)
    return SheetLine(
        cells=(
            say("Invoice {number}", number=invoice.number),
            show.full(invoice.issued_on),
            language.period(*days) if days else "",
            show.money(invoice.total, invoice.currency),
            amount,
        ),
        detail=language.joined(invoice.lines[0].description if invoice.lines else None, detail or None),
    )


def _groups(paper: RefundPaper, note: RefundNote) -> Iterator[TaxGroup]:
    """What the note says of each rate, over all its invoices; with the name of a tax where there is one."""
    sums: dict[tuple[Decimal, str | None], tuple[LoweredTax, Sequence[TaxShare]]] = {}
    for price in note.lowered:
        invoice = _invoice(paper, price)
        for tax in price.taxes:
            key = Decimal(tax.rate), tax.category
            before, names = sums.get(key, (None, _names(invoice, tax)))
            if before:
                tax = LoweredTax(  # noqa: PLW2901 - the sum takes its place
                    rate=tax.rate, category=tax.category, net=before.net + tax.net, tax=before.tax + tax.tax
                )
            sums[key] = tax, names
    for tax, names in sums.values():
        shares = tuple(
            TaxShare(name=one.name, rate=one.rate, jurisdiction=one.jurisdiction, tax=tax.tax)
            for one in names
        )
        yield TaxGroup(rate=tax.rate, net=tax.net, tax=tax.tax, category=tax.category, taxes=shares)


def _names(invoice: Invoice | None, tax: LoweredTax) -> Sequence[TaxShare]:
    """The one tax that this rate is; none where it is several, whose shares the note does not say."""
    groups = [
        group
        for group in (invoice.tax_groups if invoice else ())
        if (Decimal(group.rate), group.category) == (Decimal(tax.rate), tax.category)
    ]
    alone = len(groups) == 1 and len(groups[0].taxes) == 1
    return groups[0].taxes if alone else ()


def _reduced(paper: RefundPaper) -> set[Decimal]:
    return {rate for invoice in paper.invoices for rate in reduced_rates(invoice.lines)}


def _legends(
    language: PaperLanguage, paper: RefundPaper, note: RefundNote, groups: Sequence[TaxGroup]
) -> Iterator[str]:
    if note.lowered:
        reduced = _reduced(paper) & {Decimal(group.rate) for group in groups}
        yield from tax_legends(language, groups, reduced, None)
        yield language.say("Amounts on this paper are in your favor.")
    if paper.tip:
        amount = language.format.money(paper.tip, paper.payment.currency)
        yield language.say("A tip of {amount} was refunded beside it.", amount=amount)

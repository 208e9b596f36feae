"""An invoice (請求書, 適格請求書) as a sheet: what was charged, and below the total what became of it."""

from collections.abc import Iterator
from typing import Final

from chassis.words.catalogue import N_
from servicehub_events import Invoice, InvoiceMoney, PaymentInstruction, invoice_money

from papers.frame import FrameWords, framed
from papers.language import PaperLanguage, language_of
from papers.lines import charges_of, columns_of, lines_of, sums_of
from papers.paid import paid_rows
from papers.parties import issuer_of, qualified, recipient_of, supplied
from papers.sheet import AnswerBand, Pair, Sheet, SheetNote, SheetNotice, SumRow
from papers.taxes import reduced_rates, tax_legends
from papers.values import InvoicePaper

_BANK_CODES: Final = {"GB": N_("Sort code"), "AU": N_("BSB"), "US": N_("Routing number")}
_BANK_CODE: Final = N_("Bank code")


def invoice_sheet(paper: InvoicePaper) -> Sheet:
    """The sheet of an invoice."""
    language, invoice = language_of(paper), paper.invoice
    say, charges = language.say, charges_of(invoice)
    money = invoice_money(invoice, paper.payments)
    is_qualified = qualified(invoice)
    words = FrameWords(
        title=_title(language, invoice),
        keyword=say("Qualified invoice") if is_qualified else "",
        number=invoice.number,
        amount=language.format.money(invoice.total, invoice.currency),
    )
    return framed(
        paper,
        language,
        words,
        subtitle=say("Qualified invoice") if is_qualified else "",
        tags=tuple(_tags(language, invoice)),
        stamp=say("VOID") if invoice.status == "void" else "",
        notices=tuple(_notices(language, invoice, money)),
        recipient=recipient_of(language, say("Billed to"), invoice, paper.customer),
        issuer=issuer_of(language, say("From"), paper.business, invoice.issuer),
        answer=_answer(language, invoice, money),
        columns=columns_of(language, charges),
        lines=tuple(lines_of(language, charges)),
        sums=tuple(_sums(language, paper, money)),
        legends=tuple(
            tax_legends(language, invoice.tax_groups, reduced_rates(invoice.lines), invoice.tax_rounding)
        ),
        notes=tuple(_notes(language, invoice, money)),
    )


def _title(language: PaperLanguage, invoice: Invoice) -> str:
    """A VAT invoice says so, by custom of the countries that have VAT."""
    if any("VAT" in tax_id.name.split() for tax_id in invoice.issuer.tax_ids):
        return language.say("VAT invoice")
    return language.say("Invoice")


def _tags(language: PaperLanguage, invoice: Invoice) -> Iterator[str]:
    if revision := invoice.revision:
        day = language.format.full(revision.on)
        yield language.say("Revised {date} (revision {number})", date=day, number=str(revision.number))


def _notices(language: PaperLanguage, invoice: Invoice, money: InvoiceMoney) -> Iterator[SheetNotice]:
    say, show = language.say, language.format
    if invoice.status == "void":
        yield SheetNotice(tone="bad", text=_void(language, invoice), more=say("There is nothing to pay."))
    if invoice.status == "uncollectible":
        text = say("This invoice is closed.")
        yield SheetNotice(tone="calm", text=text, more=say("There is nothing to pay."))
    if money.state == "disputed":
        yield SheetNotice(tone="warn", text=say("A payment on it is disputed with the bank."))
    for refund in money.refunds:
        amount = show.money(refund.amount, invoice.currency)
        day = show.full(language.day_of(refund.at))
        yield SheetNotice(tone="calm", text=say("{amount} was refunded on {date}.", amount=amount, date=day))
    if money.deposit_due and money.deposit_due_on:
        amount, day = show.money(money.deposit_due, invoice.currency), show.full(money.deposit_due_on)
        rest = say("The rest is due {date}.", date=show.full(invoice.due_on))
        text = say("Deposit of {amount} due {date}.", amount=amount, date=day)
        yield SheetNotice(tone="warn", text=text, more=rest)
    if money.credit:
        text = say("You have a credit of {amount}.", amount=show.money(money.credit, invoice.currency))
        yield SheetNotice(tone="good", text=text)
    if invoice.revision and invoice.revision.reason:
        text = say("What changed: {reason}", reason=invoice.revision.reason)
        yield SheetNotice(tone="calm", text=text)


def _void(language: PaperLanguage, invoice: Invoice) -> str:
    voiding, say = invoice.voiding, language.say
    if voiding is None:
        return say("This invoice is void.")
    day = language.format.full(voiding.on)
    if voiding.replaced_by:
        number = voiding.replaced_by.number
        return say("Void since {date}. Replaced by invoice {number}.", date=day, number=number)
    return say("Void since {date}.", date=day)


def _answer(language: PaperLanguage, invoice: Invoice, money: InvoiceMoney) -> AnswerBand:
    """What is to be paid now: a payer of a printed paper must not pay twice."""
    say, show = language.say, language.format
    changed = money.received or money.credited
    label = say("Left to pay") if changed or not money.amount_due else say("Amount to pay")
    due = say("Due {date}", date=show.full(invoice.due_on))
    return AnswerBand(
        label=label,
        amount=show.money(money.amount_due, invoice.currency),
        notes=(due,) if money.amount_due else (say("Nothing left to pay"),),
        facts=tuple(_facts(language, invoice, money)),
    )


def _facts(language: PaperLanguage, invoice: Invoice, money: InvoiceMoney) -> Iterator[Pair]:
    say, show = language.say, language.format
    yield say("Invoice number"), invoice.number
    yield say("Invoice date"), show.full(invoice.issued_on)
    if days := supplied(invoice):
        several = days[1] not in (None, days[0])
        yield say("Service dates") if several else say("Service date"), language.period(*days)
    if invoice.tax_point:
        yield say("Tax point"), show.full(invoice.tax_point)
    if invoice.purchase_order:
        yield say("Your order"), invoice.purchase_order
    if invoice.site:
        yield say("For"), invoice.site.label
    if money.amount_due != invoice.total:
        yield say("Total with tax"), show.money(invoice.total, invoice.currency)
    if money.received:
        yield say("Paid so far"), show.money(money.received, invoice.currency)


def _sums(language: PaperLanguage, paper: InvoicePaper, money: InvoiceMoney) -> Iterator[SumRow]:
    invoice, show = paper.invoice, language.format
    later = tuple(paid_rows(language, invoice, paper.payments))
    total = SumRow(
        label=language.say("Total with tax"),
        amount=show.money(invoice.total, invoice.currency),
        weight="bold" if later else "big",
    )
    yield from sums_of(language, charges_of(invoice), total)
    if later:
        yield from later
        left = show.money(money.amount_due, invoice.currency)
        yield SumRow(label=language.say("Left to pay"), amount=left, weight="big")


def _notes(language: PaperLanguage, invoice: Invoice, money: InvoiceMoney) -> Iterator[SheetNote]:
    say = language.say
    for instruction in invoice.payment_instructions if money.payable else ():
        lines = tuple((instruction.text or "").splitlines())
        pairs = tuple(_transfer(language, instruction))
        yield SheetNote(label=say("How to pay"), lines=lines, pairs=pairs)
    if invoice.memo:
        yield SheetNote(label=say("Remarks"), lines=tuple(invoice.memo.splitlines()))


def _transfer(language: PaperLanguage, instruction: PaymentInstruction) -> Iterator[Pair]:
    say, account = language.say, instruction.bank_account
    if account:
        rows = (
            (say("Bank"), account.bank),
            (say(_BANK_CODES.get(language.country, _BANK_CODE)), account.routing_number),
            (say("Account type"), account.account_type),
            (say("Account number"), account.account_number),
            (say("Account holder"), account.account_holder),
            ("IBAN", account.iban),
            ("BIC", account.bic),
        )
        yield from ((label, value) for label, value in rows if value)
    if instruction.reference:
        yield say("Payment reference"), instruction.reference

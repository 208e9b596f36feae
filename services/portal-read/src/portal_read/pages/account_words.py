"""What a step of an account is called: on the page, in its PDF and in its CSV alike."""

from collections.abc import Iterator
from typing import Final

from chassis.words.catalogue import N_
from servicehub_events import AccountEntry, Invoice, RecordedPayment, Refund

from portal_read.pages.context import PageContext
from portal_read.pages.language import Language
from portal_read.pages.methods import method_name
from portal_read.pages.site_labels import site_label
from portal_read.pages.timeline import disputed
from portal_read.pages.titles import title_of

_NUMBERS: Final = 5
_LONGEST_TITLE: Final = 80
_RECORDED: Final = {
    "card": N_("Card"),
    "cash": N_("Cash"),
    "cheque": N_("Check"),
    "direct_debit": N_("Direct debit"),
    "e_money": N_("E-money"),
    "konbini": N_("Konbini"),
    "transfer": N_("Bank transfer"),
}
_ON_ITS_WAY: Final = ("pending", "requires_action")
_NAMES: Final = {"paypal": "PayPal", "paypay": "PayPay", "venmo": "Venmo", "zelle": "Zelle"}


def entry_text(language: Language, entry: AccountEntry) -> str:
    """Invoice 1047: Deep clean; Payment (Visa ending 4242)."""
    say, number = language.words.gettext, entry.invoices[0].number
    match entry.kind:
        case "invoice":
            return item_text(language, entry.invoices[0])
        case "withholding":
            return (entry.withholding and entry.withholding.name) or say("Withholding tax")
        case "credit_note":
            note = entry.credit_note
            return say("Credit note {number}", number=note.number if note else "")
        case "void":
            return say("Invoice {number} withdrawn", number=number)
        case "recorded" | "payment":
            return _with_method(language, entry, say("Payment"), N_("Payment ({method})"))
        case "checked":
            amount = language.format.money(entry.told, entry.invoices[0].currency)
            return say("Payment of {amount} being checked", amount=amount)
        case "refund" if isinstance(entry.refund, Refund) and entry.refund.status in _ON_ITS_WAY:
            return _with_method(language, entry, say("Refund on its way"), N_("Refund on its way ({method})"))
        case "refund" | "recorded_refund":
            return _with_method(language, entry, say("Refund"), N_("Refund ({method})"))
        case "taken_back":
            message = N_("Taken back by the bank ({method})")
            return _with_method(language, entry, say("Taken back by the bank"), message)
        case "lowered":
            return say("Price lowered by the refund")
        case "restored":
            return say("Earlier reduction taken back")


def entry_details(
    ctx: PageContext, language: Language, entry: AccountEntry, *, several: bool
) -> Iterator[str]:
    """What else there is to say; `several` where places have to be told apart."""
    say = language.words.gettext
    if entry.kind not in ("invoice", "void"):
        yield invoice_numbers(language, entry)
    labels = dict.fromkeys(site_label(ctx, invoice.site) for invoice in entry.invoices)
    if several:
        yield from (label for label in labels if label)
    if entry.kind == "invoice" and entry.invoices[0].status == "void" and not entry.amount:
        yield say("Withdrawn, nothing to pay")
    if entry.kind == "invoice" and entry.told:
        amount = language.format.money(entry.told, entry.invoices[0].currency)
        yield say("{amount} of it is no longer collected", amount=amount)
    if entry.kind == "payment" and (payment := entry.payment) and payment.dispute_status:
        yield disputed(language, payment, payment.dispute_status)


def invoice_numbers(language: Language, entry: AccountEntry) -> str:
    """Invoice 1042; Invoices 1042 and 1047; of many the first, and how many more."""
    say, numbers = language.words.gettext, [invoice.number for invoice in entry.invoices]
    if len(numbers) == 1:
        return say("Invoice {number}", number=numbers[0])
    shown = language.format.names(numbers[:_NUMBERS])
    if (more := len(numbers) - _NUMBERS) > 0:
        return language.words.ngettext(
            "Invoices {numbers} and {n} more", "Invoices {numbers} and {n} more", more, numbers=shown
        )
    return say("Invoices {numbers}", numbers=shown)


def item_text(language: Language, invoice: Invoice) -> str:
    """How an open invoice is named: its number, and what it is for."""
    say, title = language.words.gettext, one_line(title_of(language, invoice))
    number = say("Invoice {number}", number=invoice.number)
    return number if title == number else say("Invoice {number}: {title}", number=invoice.number, title=title)


def one_line(text: str) -> str:
    """What people typed, without its line ends, and cut where it is no title any more."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_TITLE else f"{plain[:_LONGEST_TITLE].rstrip()}…"


def _with_method(language: Language, entry: AccountEntry, plain: str, message: str) -> str:
    name = (
        _recorded_name(language, entry.recorded)
        if entry.recorded
        else method_name(language.words, entry.payment.method if entry.payment else None)
    )
    return language.words.gettext(message, method=name) if name else plain


def _recorded_name(language: Language, entry: RecordedPayment) -> str | None:
    """Check; PayPal; what the business calls it, where we have no word for that."""
    if entry.means in _NAMES:
        return _NAMES[entry.means]
    if entry.means in _RECORDED:
        return language.words.gettext(_RECORDED[entry.means])
    if entry.means_name:
        return entry.means_name
    return language.words.gettext(_RECORDED[entry.method]) if entry.method in _RECORDED else None

"""The one sentence between an invoice's amount and how to pay it: why now, or why not now."""

from dataclasses import dataclass

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_item import is_overdue, voucher_of
from portal_read.pages.language import Language


@dataclass(frozen=True, slots=True)
class InvoiceNotice:
    """`link` leads to the payment that the sentence is about, such as a voucher that is still to be paid."""

    tone: str
    icon: str
    lead: str
    text: str
    link: str | None = None


def invoice_notice(ctx: PageContext, language: Language, view: InvoiceView) -> InvoiceNotice | None:
    """What to know before anything else; None when the amount says it all."""
    say, show, money, invoice = language.words.gettext, language.format, view.money, view.invoice
    due_on = show.in_year(invoice.due_on, language.today)
    if money.amount_due == 0:
        return _settled(language, view)
    if money.payable == 0:
        return _on_its_way(ctx, language, view)
    if is_overdue(view, language.today):
        lead, text = (
            say("Overdue since {date}.", date=due_on),
            say("If you have just paid, there is nothing more to do."),
        )
        return InvoiceNotice("bad", "alert", lead, text)
    if money.deposit_due and invoice.deposit:
        lead = say(
            "Deposit of {amount} by {date}.",
            amount=show.money(money.deposit_due, invoice.currency),
            date=show.in_year(invoice.deposit.due_on, language.today),
        )
        return InvoiceNotice("warn", "clock", lead, say("The rest is due {date}.", date=due_on))
    return InvoiceNotice("warn", "clock", say("Due {date}.", date=due_on), "")


def _on_its_way(ctx: PageContext, language: Language, view: InvoiceView) -> InvoiceNotice:
    say = language.words.gettext
    if view.money.state == "being_checked":
        return InvoiceNotice("warn", "lens", say("We’re checking a payment."), say("Please don’t pay again."))
    voucher = voucher_of(view.payments)
    if voucher and voucher.expires_at:
        by = say("Pay at the konbini by {date}.", date=language.format.stamp(voucher.expires_at))
        link = ctx.result_url(voucher.payment_id)
        return InvoiceNotice("", "clock", by, say("Please don’t pay again in another way."), link)
    return InvoiceNotice("", "clock", say("A payment is on its way."), say("Please don’t pay again."))


def _settled(language: Language, view: InvoiceView) -> InvoiceNotice:
    say, money = language.words.gettext, view.money
    if money.state == "disputed":
        lead, text = (
            say("Your bank is reviewing this payment."),
            say("There is nothing to do until they answer."),
        )
        return InvoiceNotice("warn", "flag", lead, text)
    if money.state == "void":
        return InvoiceNotice("", "void", say("This invoice is void."), say("There is nothing to pay."))
    if money.state == "uncollectible":
        return InvoiceNotice("", "void", say("This invoice is closed."), say("There is nothing to pay."))
    if money.credit:
        lead = say(
            "You have a credit of {amount}.",
            amount=language.format.money(money.credit, view.invoice.currency),
        )
        return InvoiceNotice("", "plus", lead, say("Ask us how to use it."))
    return InvoiceNotice("good", "ok", say("Nothing left to pay."), say("Thank you."))

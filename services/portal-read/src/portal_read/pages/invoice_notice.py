"""The one sentence between an invoice's amount and how to pay it: why now, or why not now."""

from dataclasses import dataclass

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_item import is_overdue
from portal_read.pages.language import Language
from portal_read.pages.refunds import asks_for_account, failed_of, share_of, when_it_arrives
from portal_read.pages.vouchers import called_off_of, voucher_of


@dataclass(frozen=True, slots=True)
class InvoiceNotice:
    """`link` leads to what the sentence is about: a voucher that is still to be paid, another invoice."""

    tone: str
    icon: str
    lead: str
    text: str
    link: str | None = None
    link_text: str = ""


def invoice_notice(ctx: PageContext, language: Language, view: InvoiceView) -> InvoiceNotice | None:
    """What to know before anything else; None when the amount says it all."""
    say, show, money, invoice = language.words.gettext, language.format, view.money, view.invoice
    due_on = show.in_year(invoice.due_on, language.today)
    if called_off := called_off_of(view.payments):
        link, see = ctx.result_url(called_off.payment_id), say("See this payment")
        lead = say("Please don’t pay at the konbini any more.")
        return InvoiceNotice("warn", "void", lead, late_money(ctx, language), link, see)
    if money.amount_due == 0:
        return _settled(ctx, language, view)
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
    if checked := next((payment for payment in view.payments if payment.review), None):
        link, see = ctx.result_url(checked.payment_id), say("See this payment")
        lead, text = say("We’re checking a payment."), say("Please don’t pay again.")
        return InvoiceNotice("warn", "lens", lead, text, link, see)
    voucher = voucher_of(view.payments)
    if voucher and voucher.expires_at:
        by = say("Pay at the konbini by {date}.", date=language.format.stamp(voucher.expires_at))
        link, how = ctx.result_url(voucher.payment_id), say("How to pay at the konbini")
        text = "" if ctx.may_pay else say("Please don’t pay again in another way.")
        return InvoiceNotice("", "clock", by, text, link, how)
    return InvoiceNotice("", "clock", say("A payment is on its way."), say("Please don’t pay again."))


def late_money(ctx: PageContext, language: Language) -> str:
    """What becomes of money that still arrives, by the business's setting."""
    say = language.words.gettext
    if ctx.business.surplus_handling == "refund":
        return say("If you have paid there already, we refund whatever is no longer owed.")
    return say("If you have paid there already, whatever is no longer owed is kept for you as a credit.")


def _settled(ctx: PageContext, language: Language, view: InvoiceView) -> InvoiceNotice:
    say, money = language.words.gettext, view.money
    if money.state == "disputed":
        lead, text = (
            say("Your bank is reviewing this payment."),
            say("There is nothing to do until they answer."),
        )
        return InvoiceNotice("warn", "flag", lead, text)
    if money.state == "void":
        return _void(ctx, language, view)
    if money.state == "uncollectible":
        return InvoiceNotice("", "void", say("This invoice is closed."), _credit_or_nothing(language, view))
    if back := _on_its_way_back(language, view):
        return back
    if money.state == "credited":
        lead = say("A credit note covers this invoice.")
        return InvoiceNotice("", "undo", lead, _credit_or_nothing(language, view))
    if money.credit:
        return InvoiceNotice("", "plus", _credit(language, view), say("Ask us how to use it."))
    if money.state == "taken_back":
        lead = say("Your bank took this payment back.")
        if money.lost < money.received:
            amount = language.format.money(money.lost, money.currency)
            lead = say("Your bank took back {amount} of what was paid.", amount=amount)
        return InvoiceNotice("warn", "flag", lead, say("Nothing is asked of you here now."))
    if money.given_back:
        amount = language.format.money(money.given_back, money.currency)
        return InvoiceNotice(
            "", "undo", say("{amount} was refunded.", amount=amount), say("There is nothing to pay.")
        )
    return InvoiceNotice("good", "ok", say("Nothing left to pay."), say("Thank you."))


def _on_its_way_back(language: Language, view: InvoiceView) -> InvoiceNotice | None:
    """A refund that has not gone through: under way, or failed with no other made since."""
    say, money = language.words.gettext, view.money
    invoice_id = view.invoice.invoice_id
    if money.refunding:
        amount = language.format.money(money.refunding, money.currency)
        lead = say("A refund of {amount} is on its way.", amount=amount)
        asks = any(asks_for_account(payment) for payment in view.payments)
        return InvoiceNotice("", "undo", lead, when_it_arrives(language, asks=asks))
    if failed := sum(share_of(refund, invoice_id) for one in view.payments for refund in failed_of(one)):
        amount = language.format.money(failed, money.currency)
        lead = say("A refund of {amount} didn’t go through.", amount=amount)
        text = say("Please contact us, so that we can send it another way.")
        return InvoiceNotice("warn", "alert", lead, text)
    return None


def _credit(language: Language, view: InvoiceView) -> str:
    amount = language.format.money(view.money.credit, view.invoice.currency)
    return language.words.gettext("You have a credit of {amount}.", amount=amount)


def _credit_or_nothing(language: Language, view: InvoiceView) -> str:
    """What is true of an invoice that asks for nothing any more, whether too much was paid of it or not."""
    return (
        _credit(language, view) if view.money.credit else language.words.gettext("There is nothing to pay.")
    )


def _void(ctx: PageContext, language: Language, view: InvoiceView) -> InvoiceNotice:
    """Since when, and which invoice to look at in its place."""
    say, voiding = language.words.gettext, view.invoice.voiding
    lead = say("This invoice is void.")
    if voiding:
        day = language.format.in_year(voiding.on, language.today)
        lead = say("This invoice has been void since {date}.", date=day)
    other = voiding.replaced_by if voiding else None
    link = ctx.invoice_url(other.invoice_id) if other else None
    link_text = say("See invoice {number} in its place", number=other.number) if other else ""
    return InvoiceNotice("", "void", lead, _credit_or_nothing(language, view), link, link_text)

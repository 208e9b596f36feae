"""Paying without signing in: one invoice's number, amount and day, and what became of the payment.

Nothing else of the customer is here: whoever has the mail, or whom it was handed on to, sees these pages.
"""

from typing import NamedTuple

from portal_read.pages.context import PageContext
from portal_read.pages.html import web_link
from portal_read.pages.language import Language, language_of
from portal_read.pages.payment_outcome import CAN_PAY_AGAIN, PaymentOutcome, payment_outcome
from portal_read.pages.result_page import Go, amount_of
from portal_read.pages.shell import page
from portal_read.pages.tips import NOTHING_TYPED, TypedPayment, tip_field, tip_in
from portal_read.ports import LinkedPayment, LinkOffer


class ResultPage(NamedTuple):
    """The page, and whether it is to be looked at again in a moment: the payment is being confirmed."""

    html: str
    confirming: bool


def pay_link(ctx: PageContext, offer: LinkOffer, token: str, typed: TypedPayment = NOTHING_TYPED) -> str:
    """What is due now, with the one button that pays it. `typed` is a payment that was refused."""
    language = language_of(ctx)
    tip = tip_field(ctx, language, offer.currency, asked=offer.amount, invoices=1, typed=typed)
    say, amount = language.words.gettext, language.format.money(offer.amount, offer.currency)
    return page(
        ctx,
        "pay_link.html",
        say("Pay invoice {number}", number=offer.number),
        script="live.js",
        number=offer.number,
        label=say("Deposit due now") if offer.deposit else say("Amount due"),
        amount=amount,
        due=_due(language, offer),
        late=offer.due_on < language.today,
        tip=tip,
        button=say("Continue to payment") if tip else say("Pay {amount}", amount=amount),
        token=token,
    )


def paid_by_link(ctx: PageContext, linked: LinkedPayment, pay_again_url: str) -> ResultPage:
    """What became of the payment, as it stands now."""
    language = language_of(ctx)
    outcome = payment_outcome(ctx, language, linked.payment, came_back=True)
    html = page(
        ctx,
        "paid_by_link.html",
        outcome.heading,
        number=linked.number,
        outcome=outcome,
        amount=amount_of(language, linked.payment, outcome),
        tip=tip_in(language, linked.payment),
        go=_go(language, outcome, linked, pay_again_url),
    )
    return ResultPage(html, outcome.state == "confirming")


def _due(language: Language, offer: LinkOffer) -> str:
    say, day = language.words.gettext, language.format.full_with_weekday(offer.due_on)
    return (
        say("Overdue since {date}", date=day)
        if offer.due_on < language.today
        else say("Due {date}", date=day)
    )


def _go(language: Language, outcome: PaymentOutcome, linked: LinkedPayment, pay_again_url: str) -> Go | None:
    say = language.words.gettext
    voucher = web_link(linked.payment.instructions_url) if outcome.state == "voucher" else None
    if voucher:
        return Go(voucher, say("Show how to pay at the konbini"), outside=True)
    if outcome.state in CAN_PAY_AGAIN and linked.opens:
        return Go(pay_again_url, say("Try again"))
    return None

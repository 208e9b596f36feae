"""What a payment has come to, in words, and the steps that led there and are still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from servicehub_events import Contact, Message, Payment, whole_refunds

from portal_read.pages.context import PageContext
from portal_read.pages.invoice_notice import late_money
from portal_read.pages.language import Language
from portal_read.pages.refunds import asks_for_account, refund_line, when_it_arrives
from portal_read.pages.sent_messages import sent_messages
from portal_read.pages.timeline import UNCONFIRMED, disputed
from portal_read.pages.vouchers import CALLED_OFF, TAKEN_BACK, code_of, is_voucher, voucher_of

State = Literal[
    "confirming",
    "processing",
    "voucher",
    "paid",
    "checked",
    "failed",
    "expired",
    "called_off",
    "unfinished",
]


@dataclass(frozen=True, slots=True)
class OutcomeStep:
    icon: str
    text: str
    note: str | None = None
    turning: bool = False
    to_come: bool = False


@dataclass(frozen=True, slots=True)
class PaymentOutcome:
    """`confirming` is a matter of seconds; `waiting` that there is something to check again for."""

    state: State
    icon: str
    heading: str
    text: str
    steps: Sequence[OutcomeStep] = ()
    turning: bool = False
    waiting: bool = False


CAN_PAY_AGAIN: Final = ("failed", "expired", "called_off", "unfinished")
"""The states after which the same invoices may be paid once more."""


def payment_outcome(
    ctx: PageContext,
    language: Language,
    payment: Payment | None,
    came_back: bool,
    messages: Sequence[Message] = (),
) -> PaymentOutcome:
    """`payment` as its row says it; None, or one only begun, is believed by `came_back`.

    `messages` are those about it.
    """
    if payment is None or payment.status == "started":
        return _confirming(ctx, language) if came_back else _unfinished(language)
    if payment.review:
        return _checked(language, payment)
    if payment.status == "captured":
        return _paid(ctx, language, payment, messages)
    if payment.status == "processing":
        waiting = _voucher if voucher_of([payment]) else _processing
        return waiting(ctx, language, payment)
    if payment.status == "failed" and payment.clearing:
        return _set_aside(language, payment)
    if code_of(payment) in (CALLED_OFF, TAKEN_BACK):
        return _called_off(ctx, language, payment)
    if is_voucher(payment):
        return _lapsed(language)
    return _failed(language, payment) if payment.status == "failed" else _expired(language, payment)


def _confirming(ctx: PageContext, language: Language) -> PaymentOutcome:
    say = language.words.gettext
    steps = (
        OutcomeStep("ok", say("You paid")),
        OutcomeStep("ring", say("Waiting for confirmation"), say("usually a few seconds"), turning=True),
        *_receipt_to_come(language, ctx.contact),
    )
    text = say("You can close this page. Please don’t pay again.")
    return PaymentOutcome(
        "confirming", "ring", say("Confirming your payment"), text, steps, turning=True, waiting=True
    )


def _receipt_to_come(language: Language, payer: Contact | None) -> list[OutcomeStep]:
    """Promised only to who has an address."""
    if payer is None or not payer.email:
        return []
    return [OutcomeStep("dot", language.words.gettext("Receipt by email"), to_come=True)]


def _processing(ctx: PageContext, language: Language, payment: Payment) -> PaymentOutcome:
    say = language.words.gettext
    steps = (
        OutcomeStep("ok", say("You arranged the payment")),
        OutcomeStep(
            "ring", say("Waiting for the money to arrive"), say("this can take some days"), turning=True
        ),
        *_receipt_to_come(language, _payer(ctx, payment)),
    )
    text = say("You can close this page. Please don’t pay again.")
    return PaymentOutcome(
        "processing", "ring", say("Your payment is on its way"), text, steps, turning=True, waiting=True
    )


def _voucher(ctx: PageContext, language: Language, payment: Payment) -> PaymentOutcome:
    say = language.words.gettext
    by = language.format.stamp(payment.expires_at) if payment.expires_at else ""
    steps = (
        OutcomeStep("ok", say("Payment number issued")),
        OutcomeStep("clock", say("Pay at the konbini by {date}", date=by)),
        *_receipt_to_come(language, _payer(ctx, payment)),
    )
    text = say("Pay at the konbini by {date}. To pay in another way, open the invoice.", date=by)
    return PaymentOutcome("voucher", "clock", say("Please pay at the konbini"), text, steps, waiting=True)


def _paid(
    ctx: PageContext, language: Language, payment: Payment, messages: Sequence[Message]
) -> PaymentOutcome:
    say = language.words.gettext
    steps = [OutcomeStep("ok", say("You paid")), OutcomeStep("ok", say("Payment confirmed"))]
    steps += _receipt(language, _payer(ctx, payment), messages)
    if payment.taken and payment.taken.currency != payment.currency:
        steps.append(OutcomeStep("ok", say("{amount} was taken", amount=_taken(language, payment))))
    sentences = [disputed(language, payment, dispute.status) for dispute in payment.disputes]
    steps += [OutcomeStep("flag", sentence) for sentence in dict.fromkeys(sentences)]
    steps += _surplus(language, payment)
    for refund in whole_refunds(payment):
        line = refund_line(language, refund, language.format.money(refund.amount, payment.currency))
        steps.append(OutcomeStep(line.icon, line.text, line.note))
    icon, heading, text = _what_is_true_now(language, payment)
    return PaymentOutcome("paid", icon, heading, text, steps)


def _receipt(language: Language, payer: Contact | None, messages: Sequence[Message]) -> list[OutcomeStep]:
    """Where it went; promised before that only to who has an address."""
    receipts = [message for message in messages if message.kind == "receipt"]
    if sent := sent_messages(language.words, receipts):
        return [OutcomeStep(line.icon, line.text, line.note) for line in sent]
    if receipts or payer is None or not payer.email:
        return []
    return [OutcomeStep("mail", language.words.gettext("A receipt is on its way by email"))]


def _surplus(language: Language, payment: Payment) -> list[OutcomeStep]:
    """What it brought too much, until its refund tells that."""
    surplus, say = payment.surplus, language.words.gettext
    if surplus is None or payment.refunds or payment.refund_attempts:
        return []
    amount = language.format.money(payment.surplus_to_refund or surplus.amount, payment.currency)
    if surplus.handling == "refund":
        return [OutcomeStep("undo", say("{amount} was no longer owed and is being refunded", amount=amount))]
    return [OutcomeStep("plus", say("{amount} was no longer owed and is kept as your credit", amount=amount))]


def _what_is_true_now(language: Language, payment: Payment) -> tuple[str, str, str]:
    """Icon, heading and text of a payment that was made, whatever has happened to the money since."""
    say = language.words.gettext
    if payment.dispute_status == "open":
        return (
            "flag",
            say("Your bank is reviewing this payment"),
            say("There is nothing to do until they answer."),
        )
    if payment.dispute_status == "lost":
        heading = say("Your bank took this payment back")
        if payment.taken_back < payment.charged:
            amount = language.format.money(payment.taken_back, payment.currency)
            heading = say("Your bank took back {amount} of this payment", amount=amount)
        return "flag", heading, say("Nothing is asked of you here now.")
    refunds = whole_refunds(payment)
    refunded = sum(refund.amount for refund in refunds if refund.stands)
    going = sum(refund.amount for refund in refunds if not refund.stands and not refund.failed)
    if refunded >= payment.charged:
        return "undo", say("This payment was refunded"), say("It can take some days until the money arrives.")
    if refunded + going >= payment.charged:
        text = when_it_arrives(language, asks=asks_for_account(payment))
        return "clock", say("Your refund is on its way"), text
    return "ok", say("Paid. Thank you."), ""


def _payer(ctx: PageContext, payment: Payment) -> Contact | None:
    contacts = ctx.customer.contacts if ctx.customer else ()
    return next((contact for contact in contacts if contact.contact_id == payment.contact_id), None)


def _taken(language: Language, payment: Payment) -> str:
    """What was really taken."""
    taken = payment.taken
    if taken is None:
        return language.format.money(payment.charged, payment.currency)
    return language.format.money(taken.amount, taken.currency)


def _checked(language: Language, payment: Payment) -> PaymentOutcome:
    """Why, in amounts where it is about them; of one whose account is silent nobody knows that it came."""
    say, came = language.words.gettext, payment.status == "captured"
    begun = say("You paid") if came else say("You arranged the payment")
    steps = (OutcomeStep("ok", begun), OutcomeStep("lens", say("We’re checking this payment")))
    text = say("There is nothing for you to do. Please don’t pay again.")
    if not came:
        text = say(
            "We can’t see yet whether it arrived. There is nothing for you to do. Please don’t pay again."
        )
    elif payment.taken:
        text = say(
            "{asked} was asked for and {taken} was taken. Please don’t pay again while we check this.",
            asked=language.format.money(payment.charged, payment.currency),
            taken=_taken(language, payment),
        )
    return PaymentOutcome("checked", "lens", say("Your payment is being checked"), text, steps)


def _set_aside(language: Language, payment: Payment) -> PaymentOutcome:
    """An operator decided that it does not count."""
    say = language.words.gettext
    if payment.clearing and payment.clearing.decision == "refunded":
        text = say(
            "{amount} goes back to you. You can pay again whenever you are ready.",
            amount=_taken(language, payment),
        )
        return PaymentOutcome("failed", "undo", say("This payment was given back"), text)
    text = say(
        "We checked it, and it does not count towards your invoice. You can pay again whenever you are ready."
    )
    return PaymentOutcome("failed", "lens", say("This payment does not count"), text)


def _unconfirmed(language: Language) -> PaymentOutcome:
    say = language.words.gettext
    text = say("We could not see whether money was taken. If it was, please contact us before you pay again.")
    return PaymentOutcome("failed", "alert", say("We couldn’t confirm this payment"), text)


def _failed(language: Language, payment: Payment) -> PaymentOutcome:
    say = language.words.gettext
    if payment.failure and payment.failure.code == UNCONFIRMED:
        return _unconfirmed(language)
    if payment.failure and not payment.failure.retryable:
        text = say("Nothing was charged. Please pay in another way.")
    else:
        text = say("Nothing was charged. Try again, or pay in another way.")
    return PaymentOutcome("failed", "alert", say("The payment didn’t go through"), text)


def _called_off(ctx: PageContext, language: Language, payment: Payment) -> PaymentOutcome:
    """Whether it can still be paid or not, nobody is to: what it was for changed, or is paid otherwise."""
    say = language.words.gettext
    if code_of(payment) == CALLED_OFF:
        heading = say("Please don’t pay at the konbini any more")
        text = say(
            "You are paying in another way, or what you owe has changed. {late}",
            late=late_money(ctx, language),
        )
        return PaymentOutcome("called_off", "void", heading, text)
    text = say("It can’t be used any more, and nothing was charged.")
    return PaymentOutcome("called_off", "void", say("This payment number was cancelled"), text)


def _lapsed(language: Language) -> PaymentOutcome:
    say = language.words.gettext
    text = say("It was not paid in time, and nothing was charged. You can pay again whenever you are ready.")
    return PaymentOutcome("expired", "clock", say("The payment number has run out"), text)


def _expired(language: Language, payment: Payment) -> PaymentOutcome:
    """At its time, or before: another payment took its place, or what is owed changed."""
    say = language.words.gettext
    if payment.expires_at and payment.occurred_at < payment.expires_at:
        text = say("Nothing was charged here. You began to pay elsewhere, or what you owe has changed.")
        return PaymentOutcome("expired", "void", say("This payment was called off"), text)
    text = say("Nothing was charged. You can pay again whenever you are ready.")
    return PaymentOutcome("expired", "clock", say("The time to pay ran out"), text)


def _unfinished(language: Language) -> PaymentOutcome:
    say = language.words.gettext
    text = say("If you have paid, this page will say so in a moment. If not, you can go on now.")
    return PaymentOutcome("unfinished", "pause", say("This payment is not finished"), text, waiting=True)

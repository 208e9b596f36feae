"""What autopay does about an invoice, as its page says it.

A day is named once it was told: until then nobody is charged on it.
"""

from collections.abc import Callable

from servicehub_events import Autopay, AutopayCharge

from portal_read.pages.autopay_tag import CHECKED, end_code, is_told
from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_notice import InvoiceNotice
from portal_read.pages.kept_cards import card_name
from portal_read.pages.language import Language


def autopay_notice(ctx: PageContext, language: Language, view: InvoiceView) -> InvoiceNotice | None:
    """What the page of an unpaid invoice says of it; None where autopay has nothing to do with it."""
    autopay, say = ctx.autopay, language.words.gettext
    if autopay is None or not view.money.payable:
        return None
    charge = autopay.charge(view.invoice.invoice_id)
    if charge is None:
        return _off(ctx, language, view, autopay)
    card = card_name(language, autopay.card.brand or "", autopay.card.last4 or "")
    day = language.format.in_year(charge.charge_on, language.today)
    if charge.status == "charging":
        lead = say("{card} is being charged.", card=card)
        return InvoiceNotice("", "clock", lead, say("Please don’t pay again."))
    if charge.status == "ended":
        return _ended(ctx, language, charge, card)
    if not is_told(language, view, charge):
        lead = say("Autopay pays this invoice with {card}.", card=card)
        text = say("We write to you two days before, with the day and the amount.")
        return _with_settings(ctx, language, "", "sync", lead, text)
    if charge.tries:
        lead = say("We could not charge {card}.", card=card)
        text = say("We try again on {date}, or you can pay another way now.", date=day)
        return _with_settings(ctx, language, "warn", "alert", lead, text)
    lead = say("Paid automatically on {date} with {card}.", date=day, card=card)
    text = say("There is nothing to do. If you pay it yourself before then, the card is not charged.")
    return _with_settings(ctx, language, "", "sync", lead, text)


def _ended(ctx: PageContext, language: Language, charge: AutopayCharge, card: str) -> InvoiceNotice | None:
    say = language.words.gettext
    match end_code(charge):
        case code if code == CHECKED:
            return None
        case "notice_failed":
            lead = say("Autopay does not pay this invoice.")
            text = say(
                "We could not reach you beforehand, so your card was not charged. Please pay yourself."
            )
        case "authentication_required":
            lead = say("Your bank wants you to confirm this payment yourself.")
            text = say("So we could not charge {card}. Please pay yourself.", card=card)
        case "unconfirmed":
            lead = say("We could not confirm the payment with {card}.", card=card)
            text = say("If money was taken, please contact us before you pay again.")
        case _:
            lead = say("We could not charge {card}.", card=card)
            text = say("Autopay does not try again. Please pay another way.")
    return _with_settings(ctx, language, "warn", "alert", lead, text)


def _off(ctx: PageContext, language: Language, view: InvoiceView, autopay: Autopay) -> InvoiceNotice | None:
    """Of an invoice that came while it was on, and has to be paid by hand now."""
    say, zone = language.words.gettext, language.format.zone
    if autopay.end is None:
        return None
    since, until = (at.astimezone(zone).date() for at in (autopay.consent.at, autopay.end.at))
    if not since <= view.invoice.issued_on <= until:
        return None
    lead, text = say("Autopay has been switched off."), say("This invoice waits for you to pay it.")
    return _with_settings(ctx, language, "", "void", lead, text)


def _with_settings(
    ctx: PageContext, language: Language, tone: str, icon: str, lead: str, text: str
) -> InvoiceNotice:
    say: Callable[..., str] = language.words.gettext
    link = f"{ctx.root}/settings#autopay" if ctx.may_see("pay") and ctx.business.saved_cards else None
    return InvoiceNotice(tone, icon, lead, text, link, say("Autopay settings") if link else "")

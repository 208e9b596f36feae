"""What autopay does about an invoice, in a few words for a row. A day is named once it was told."""

from typing import Final

from servicehub_events import AutopayCharge

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.language import Language
from portal_read.pages.tags import Tag

CHECKED: Final = "being_checked"
"""The code of a charge whose payment is being checked: that is told of by itself."""


def autopay_tag(ctx: PageContext, language: Language, view: InvoiceView) -> Tag | None:
    """The same in a few words, for a row."""
    charge = ctx.autopay.charge(view.invoice.invoice_id) if ctx.autopay else None
    if charge is None or not view.money.payable or end_code(charge) == CHECKED:
        return None
    say, day = language.words.gettext, language.format.in_year(charge.charge_on, language.today)
    if charge.status == "charging":
        return Tag("clock", say("Card is being charged"))
    if charge.status == "ended":
        return Tag("alert", say("Not paid by autopay"), "warn")
    if not is_told(language, view, charge):
        return Tag("sync", say("Autopay"))
    if charge.tries:
        return Tag("alert", say("Card declined, again on {date}", date=day), "warn")
    return Tag("sync", say("Autopay on {date}", date=day))


def is_being_charged(ctx: PageContext, view: InvoiceView) -> bool:
    """Whether the card is being charged for it at this moment: nobody can begin another payment."""
    charge = ctx.autopay.charge(view.invoice.invoice_id) if ctx.autopay else None
    return charge is not None and charge.status == "charging"


def is_told(language: Language, view: InvoiceView, charge: AutopayCharge) -> bool:
    """Whether its day stands: told, not over, and for no less than the invoice asks for by now."""
    enough = charge.currency == view.money.currency and charge.amount >= view.money.payable
    return charge.status == "confirmed" and enough and charge.charge_on >= language.today


def end_code(charge: AutopayCharge) -> str:
    """Why it is tried no more; "" for none, and while it is tried."""
    return charge.failure.code if charge.failure and charge.status == "ended" else ""

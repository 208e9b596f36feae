"""What the business holds for the customer: paid beyond what was asked, and not gone back."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.due_panel import by_currency
from portal_read.pages.language import Language


@dataclass(frozen=True, slots=True)
class Credit:
    """The credit in one currency, and where it comes from: an invoice each."""

    text: str
    sources: Sequence["CreditSource"]


@dataclass(frozen=True, slots=True)
class CreditSource:
    """An invoice of which too much was paid; `amount` is what of it is left."""

    url: str
    label: str
    amount: str


def credits_of(ctx: PageContext, language: Language, views: Sequence[InvoiceView]) -> Sequence[Credit]:
    """One for each currency, as one is not taken for another; none where nothing is held."""
    held = [view for view in views if view.money.credit > 0]
    return [_credit(ctx, language, group) for group in by_currency(held)]


def _credit(ctx: PageContext, language: Language, views: Sequence[InvoiceView]) -> Credit:
    say, money = language.words.gettext, language.format.money
    currency = views[0].invoice.currency
    amount = money(sum(view.money.credit for view in views), currency)
    return Credit(
        say("You have a credit of {amount} with {business}.", amount=amount, business=ctx.business.name),
        [
            CreditSource(
                ctx.invoice_url(view.invoice.invoice_id),
                say("Invoice {number}", number=view.invoice.number),
                money(view.money.credit, currency),
            )
            for view in views
        ],
    )

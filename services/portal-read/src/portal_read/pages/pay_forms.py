"""Forms that start a payment: `POST /billing/{slug}/checkouts`. The amount itself is billing's to compute."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicehub_events.money import exponent

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.language import Language


@dataclass(frozen=True, slots=True)
class AmountField:
    """An amount of the payer's own: `bounds` says from where to where, `typed` is what was typed before."""

    bounds: str
    input_mode: str
    typed: str
    refused: bool


@dataclass(frozen=True, slots=True)
class PayOption:
    """One way to pay an invoice; `pay` is the value billing knows it by."""

    pay: str
    label: str
    amount: str | None
    chosen: bool
    field: AmountField | None = None


@dataclass(frozen=True, slots=True)
class PayForm:
    """Either `pay` is fixed, or the payer chooses one of `options`."""

    invoice_ids: Sequence[str]
    label: str
    pay: str | None = None
    options: Sequence[PayOption] = ()


@dataclass(frozen=True, slots=True)
class PayButton:
    """`url` leads to where several invoices are listed before they are paid; one alone is a form."""

    label: str
    url: str | None
    form: PayForm | None


def pay_button(ctx: PageContext, language: Language, views: Sequence[InvoiceView], alone: bool) -> PayButton:
    """Pays what is due now of payable invoices of one currency; `alone` when there is no other currency."""
    form = due_form(language, views)
    if len(views) == 1:
        return PayButton(form.label, None, form)
    return PayButton(form.label, ctx.pay_url(() if alone else form.invoice_ids), None)


def due_form(language: Language, views: Sequence[InvoiceView]) -> PayForm:
    """Pays what is due now of each, in one sum."""
    total = sum(view.money.due_now(language.today) for view in views)
    ids = [view.invoice.invoice_id for view in views]
    return PayForm(ids, _pay(language, total, views[0].invoice.currency), pay="due")


def invoice_form(ctx: PageContext, language: Language, view: InvoiceView, typed: str = "") -> PayForm | None:
    """The choices for one invoice, or None when nothing of it can be paid here now.

    `typed` is an amount that was refused; the message on the page says why.
    """
    if not ctx.may_pay or not view.money.payable:
        return None
    refused = ctx.flash is not None and ctx.flash.code == "pay_amount_invalid"
    options = _options(language, view, typed if refused else "", refused)
    ids = [view.invoice.invoice_id]
    if len(options) > 1:
        return PayForm(ids, language.words.gettext("Continue to payment"), options=options)
    return PayForm(ids, _pay(language, view.money.payable, view.invoice.currency), pay="balance")


def _options(language: Language, view: InvoiceView, typed: str, refused: bool) -> list[PayOption]:
    say, money = language.words.gettext, view.money
    deposit_first = money.wants_deposit(language.today)
    field = _field(language, view, typed, refused)
    options: list[PayOption] = []

    def shown(amount: int) -> str:
        return language.format.money(amount, money.currency)

    if 0 < money.deposit_due < money.payable:
        label = say("Rest of the deposit") if money.received else say("The deposit")
        chosen = deposit_first and not (field and refused)
        options.append(PayOption("deposit", label, shown(money.deposit_due), chosen))
    chosen = not (options and deposit_first) and not (field and refused)
    options.append(PayOption("balance", say("In full"), shown(money.payable), chosen))
    if field:
        options.append(PayOption("amount", say("Another amount"), None, refused, field))
    return options


def _field(language: Language, view: InvoiceView, typed: str, refused: bool) -> AmountField | None:
    """Where the business takes part payments, and there is a choice between the least and all of it."""
    money = view.money
    if money.least_payable >= money.payable:
        return None
    mode = "decimal" if exponent(money.currency) else "numeric"
    return AmountField(
        between(language, money.least_payable, money.payable, money.currency), mode, typed, refused
    )


def between(language: Language, minimum: int, maximum: int, currency: str) -> str:
    """¥1,000 to ¥42,760; ¥1,000〜¥42,760. Amounts in minor units."""
    show = language.format
    return language.words.gettext(
        "{minimum} to {maximum}", minimum=show.money(minimum, currency), maximum=show.money(maximum, currency)
    )


def _pay(language: Language, amount: int, currency: str) -> str:
    return language.words.gettext("Pay {amount}", amount=language.format.money(amount, currency))

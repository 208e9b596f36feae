"""Forms that start a payment: `POST /billing/{slug}/checkouts`. The amount itself is billing's to compute."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chassis.online_amounts import count_at_once, online_limits
from servicehub_events import invoice_money
from servicehub_events.money import exponent

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.language import Language
from portal_read.pages.tips import NOTHING_TYPED, TipField, TypedPayment, tip_field
from portal_read.pages.vouchers import is_waiting

_REFUSED = "pay_"
_AMOUNT_REFUSED = ("pay_amount_invalid", "pay_rest_too_small", "pay_amount_not_online")


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
    """Either `pay` is fixed, or the payer chooses one of `options`.

    `keeps`: whether a card may be kept; `instead` of a konbini voucher; `tip`, what may be added.
    """

    invoice_ids: Sequence[str]
    label: str
    pay: str | None = None
    options: Sequence[PayOption] = ()
    note: str | None = None
    keeps: bool = False
    instead: bool = False
    tip: TipField | None = None


@dataclass(frozen=True, slots=True)
class PayButton:
    """`url` leads to where several invoices are listed before they are paid, or a tip can be added.

    One alone is a form.
    """

    label: str
    url: str | None
    form: PayForm | None


def pay_button(
    ctx: PageContext, language: Language, views: Sequence[InvoiceView], alone: bool
) -> PayButton | None:
    """Pays what is due now of payable invoices of one currency; `alone` when there is no other currency."""
    form = due_form(language, views)
    if form is None:
        return None
    if len(views) == 1 and ctx.business.tips is None:
        return PayButton(form.label, None, form)
    return PayButton(form.label, ctx.pay_url(() if alone else form.invoice_ids), None)


def due_form(language: Language, views: Sequence[InvoiceView]) -> PayForm | None:
    """Pays what is due now of each, in one sum, or of as many as one payment can pay; None if of none."""
    currency = views[0].invoice.currency
    count = count_at_once([view.money.due_now(language.today) for view in views], currency)
    paid = views[:count]
    total = sum(view.money.due_now(language.today) for view in paid)
    limits = online_limits(currency)
    if limits.fault_of(total) or any(_leaves_too_little(language, view) for view in paid):
        return None
    note = None
    if count < len(views):
        note = language.words.ngettext(
            "This pays the first invoice. Pay the others after it.",
            "This pays the first {n} invoices. Pay the others after them.",
            count,
        )
    ids = [view.invoice.invoice_id for view in paid]
    return PayForm(ids, _pay(language, total, currency), pay="due", note=note)


def together_form(
    ctx: PageContext, language: Language, views: Sequence[InvoiceView], typed: TypedPayment
) -> PayForm | None:
    """The same on a page of its own: a card may be kept, and one tip added to all of them."""
    form = due_form(language, views) if ctx.may_pay else None
    if form is None:
        return None
    due = [view.money.due_now(language.today) for view in views[: len(form.invoice_ids)]]
    currency = views[0].invoice.currency
    tip = tip_field(ctx, language, currency, asked=sum(due), invoices=len(due), typed=typed)
    return _with_tip(language, replace(form, keeps=ctx.business.saved_cards), tip)


def _with_tip(language: Language, form: PayForm, tip: TipField | None) -> PayForm:
    """Its button names no sum, which a tip would make untrue."""
    if tip is None:
        return form
    return replace(form, tip=tip, label=language.words.gettext("Continue to payment"))


def _leaves_too_little(language: Language, view: InvoiceView) -> bool:
    limits = online_limits(view.invoice.currency)
    return limits.leaves_too_little(view.money.payable, view.money.due_now(language.today))


def why_not_online(ctx: PageContext, language: Language, views: Sequence[InvoiceView]) -> str | None:
    """Why what is due of these cannot be paid here, where that lies in the amount."""
    if not ctx.may_pay or not views:
        return None
    say, currency = language.words.gettext, views[0].invoice.currency
    limits = online_limits(currency)

    def shown(amount: int) -> str:
        return language.format.money(amount, currency)

    match limits.fault_of(sum(view.money.due_now(language.today) for view in views)):
        case "too_small":
            return say("Online payments start at {amount}.", amount=shown(limits.minimum))
        case "too_large":
            return say("At most {amount} can be paid online at once.", amount=shown(limits.maximum))
        case "not_a_step":
            return say("Only multiples of {amount} can be paid online.", amount=shown(limits.step))
        case None:
            return None


def invoice_form(
    ctx: PageContext, language: Language, view: InvoiceView, typed: TypedPayment = NOTHING_TYPED
) -> PayForm | None:
    """The choices for one invoice, or None when nothing of it can be paid here now.

    `typed` is a payment that was refused; the message on the page says why.
    """
    if not ctx.may_pay or not view.money.payable:
        return None
    refused = ctx.flash is not None and ctx.flash.code in _AMOUNT_REFUSED
    again = typed if ctx.flash is not None and ctx.flash.code.startswith(_REFUSED) else NOTHING_TYPED
    options = _as_chosen(_options(language, view, again.amount, refused), again)
    ids, currency = [view.invoice.invoice_id], view.invoice.currency
    if not options:
        return None
    tip = tip_field(ctx, language, currency, asked=view.money.payable, invoices=1, typed=again)
    if len(options) > 1 or options[0].pay != "balance":
        label = language.words.gettext("Continue to payment")
        form = PayForm(ids, label, options=options, keeps=ctx.business.saved_cards)
    else:
        label = _pay(language, view.money.payable, currency)
        form = PayForm(ids, label, pay="balance", keeps=ctx.business.saved_cards)
    return _with_tip(language, form, tip)


def _as_chosen(options: Sequence[PayOption], typed: TypedPayment) -> Sequence[PayOption]:
    """With what was chosen before, where that is offered still."""
    if typed.pay not in {option.pay for option in options}:
        return options
    return [replace(option, chosen=option.pay == typed.pay) for option in options]


def instead_form(ctx: PageContext, language: Language, view: InvoiceView) -> PayForm | None:
    """The choices for an invoice with a konbini voucher that waits to be paid, and is cancelled then."""
    others = [payment for payment in view.payments if not is_waiting(payment)]
    if view.money.payable or len(others) == len(view.payments):
        return None
    without = replace(view, payments=others, money=invoice_money(view.invoice, others))
    form = invoice_form(ctx, language, without)
    note = language.words.gettext("Your payment number for the konbini is cancelled when you go on.")
    return replace(form, note=note, instead=True) if form else None


def _options(language: Language, view: InvoiceView, typed: str, refused: bool) -> list[PayOption]:
    say, money = language.words.gettext, view.money
    deposit_first = money.wants_deposit(language.today)
    field = _field(language, view, typed, refused)
    options: list[PayOption] = []

    def shown(amount: int) -> str:
        return language.format.money(amount, money.currency)

    limits = online_limits(money.currency)
    deposit = 0 < money.deposit_due < money.payable and not limits.fault_of(money.deposit_due)
    if deposit and not limits.leaves_too_little(money.payable, money.deposit_due):
        label = say("Rest of the deposit") if money.received else say("The deposit")
        chosen = deposit_first and not (field and refused)
        options.append(PayOption("deposit", label, shown(money.deposit_due), chosen))
    chosen = not (options and deposit_first) and not (field and refused)
    if not limits.fault_of(money.payable):
        options.append(PayOption("balance", say("In full"), shown(money.payable), chosen))
    if field:
        options.append(PayOption("amount", say("Another amount"), None, refused or not options, field))
    return options


def _field(language: Language, view: InvoiceView, typed: str, refused: bool) -> AmountField | None:
    """Where the business takes part payments, and there is a choice between the least and all of it."""
    money, limits = view.money, online_limits(view.money.currency)
    least = limits.least_part(money.least_payable, money.payable)
    largest = min(money.payable, limits.maximum)
    if least >= largest:
        return None
    mode = "decimal" if exponent(money.currency) else "numeric"
    return AmountField(between(language, least, largest, money.currency), mode, typed, refused)


def between(language: Language, minimum: int, maximum: int, currency: str) -> str:
    """¥1,000 to ¥42,760; ¥1,000〜¥42,760. Amounts in minor units."""
    show = language.format
    return language.words.gettext(
        "{minimum} to {maximum}", minimum=show.money(minimum, currency), maximum=show.money(maximum, currency)
    )


def _pay(language: Language, amount: int, currency: str) -> str:
    return language.words.gettext("Pay {amount}", amount=language.format.money(amount, currency))

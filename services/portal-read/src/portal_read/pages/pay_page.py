"""Before the payment page: each invoice with its amount and the sum, or the choices for one invoice."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.online_amounts import INVOICES_AT_ONCE

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.due_panel import (
    DueLine,
    DuePanel,
    FurtherLines,
    by_currency,
    due_lines,
    due_panel,
    further_lines,
)
from portal_read.pages.invoice_item import InvoiceItem, invoice_item
from portal_read.pages.invoice_notice import InvoiceNotice, invoice_notice
from portal_read.pages.language import Language, language_of
from portal_read.pages.pay_forms import PayForm, invoice_form, together_form, why_not_online
from portal_read.pages.second_proof import second_proof
from portal_read.pages.shell import page
from portal_read.pages.tips import NOTHING_TYPED, TypedPayment


@dataclass(frozen=True, slots=True)
class Together:
    """Invoices of one currency that are paid in one sum; `form` is None where one can't pay here.

    Those that do not fit into one payment are `further`.
    """

    total: str
    lines: Sequence[DueLine]
    further: FurtherLines | None
    form: PayForm | None
    why_not_online: str | None


@dataclass(frozen=True, slots=True)
class Single:
    """One invoice with its choices."""

    invoice: InvoiceItem
    rest: str
    notice: InvoiceNotice | None
    form: PayForm | None
    why_not_online: str | None


def pay(ctx: PageContext, invoices: Sequence[InvoiceView], typed: TypedPayment = NOTHING_TYPED) -> str:
    """Of these, what is payable. `typed` is a payment that was refused."""
    language = language_of(ctx)
    payable = [view for view in invoices if view.money.payable > 0]
    alone = payable[0] if len(payable) == 1 else None
    return page(
        ctx,
        "pay.html",
        language.words.gettext("Payment"),
        here="invoices",
        takes_passkeys=ctx.second_proof,
        single=_single(ctx, language, alone, typed) if alone else None,
        together=_all_together(ctx, language, payable, typed) if len(payable) > 1 else (),
        second_proof=second_proof(ctx, language) if payable else None,
        nothing=None if payable else _nothing(ctx, language, invoices),
        as_of=language.format.time(ctx.as_of) if ctx.as_of else None,
        as_of_iso=ctx.as_of.isoformat() if ctx.as_of else None,
    )


def _single(ctx: PageContext, language: Language, view: InvoiceView, typed: TypedPayment) -> Single:
    return Single(
        invoice=invoice_item(ctx, language, view),
        rest=language.format.money(view.money.amount_due, view.invoice.currency),
        notice=invoice_notice(ctx, language, view),
        form=invoice_form(ctx, language, view, typed),
        why_not_online=why_not_online(ctx, language, [view]),
    )


def _all_together(
    ctx: PageContext, language: Language, payable: Sequence[InvoiceView], typed: TypedPayment
) -> list[Together]:
    return [_together(ctx, language, group, typed) for group in by_currency(payable)]


def _together(
    ctx: PageContext, language: Language, group: Sequence[InvoiceView], typed: TypedPayment
) -> Together:
    total = sum(view.money.due_now(language.today) for view in group)
    form = together_form(ctx, language, group, typed)
    shown = len(form.invoice_ids) if form else INVOICES_AT_ONCE
    return Together(
        total=language.format.money(total, group[0].invoice.currency),
        lines=due_lines(ctx, language, group[:shown]),
        further=further_lines(language, group[shown:]),
        form=form,
        why_not_online=why_not_online(ctx, language, group),
    )


def _nothing(ctx: PageContext, language: Language, invoices: Sequence[InvoiceView]) -> DuePanel:
    return due_panel(ctx, language, invoices)

"""Which of the unpaid invoices to pay: ticks, what they come to, and links that tick many at once.

Without a script a sum can be out of date: the stylesheet hides it as soon as a tick differs from what was
added up here, and offers to add up again. The payment page shows invoices and sum before anything is paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.due_panel import sums_due
from portal_read.pages.invoice_item import is_overdue
from portal_read.pages.language import Language
from portal_read.pages.list_query import ListQuery, Pick


@dataclass(frozen=True, slots=True)
class PickLink:
    url: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class InvoiceChoice:
    """`ticks` has an invoice id for each row that can be ticked, and whether it is."""

    pay_url: str
    list_url: str
    kept: Sequence[tuple[str, str]]
    picks: Sequence[PickLink]
    ticks: dict[str, bool]
    amount: str
    count: str


def invoice_choice(
    ctx: PageContext, language: Language, views: Sequence[InvoiceView], query: ListQuery
) -> InvoiceChoice | None:
    """None where there is nothing to choose, or nobody who may pay."""
    payable = [view for view in views if view.money.payable > 0]
    if not ctx.may_pay or len(payable) < 2:
        return None
    late = {view.invoice.invoice_id for view in payable if is_overdue(view, language.today)}
    every = {view.invoice.invoice_id for view in payable}
    pick = query.pick or ("overdue" if late else "all")
    ticked = {"all": every, "overdue": late, "none": set[str](), "own": every & query.picked}[pick]
    chosen = [view for view in payable if view.invoice.invoice_id in ticked]
    return InvoiceChoice(
        pay_url=ctx.pay_url(),
        list_url=f"{ctx.root}/invoices",
        kept=query.fields(),
        picks=_links(ctx, language, query, pick, (len(every), len(late))),
        ticks={invoice_id: invoice_id in ticked for invoice_id in every},
        amount=language.format.names(sums_due(language, chosen)),
        count=language.words.gettext("{n} of {all} chosen", n=str(len(chosen)), all=str(len(every))),
    )


def _links(
    ctx: PageContext, language: Language, query: ListQuery, pick: Pick, counts: tuple[int, int]
) -> list[PickLink]:
    say, (every, late) = language.words.gettext, counts
    labels: list[tuple[Pick, str]] = [("all", say("all {n}", n=str(every)))]
    if late:
        labels.append(("overdue", language.words.ngettext("the overdue one", "the {n} overdue", late)))
    labels.append(("none", say("none")))
    path = f"{ctx.root}/invoices"
    return [PickLink(query.url(path, query.place, one), label, one == pick) for one, label in labels]

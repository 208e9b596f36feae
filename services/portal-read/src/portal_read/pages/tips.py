"""A tip on a pay form: none is chosen, the sums that the business offers, or one of the payer's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chassis.tips import TipOffer, offered_tips, tip_bounds
from servicehub_events import Payment
from servicehub_events.money import exponent

from portal_read.pages.context import PageContext
from portal_read.pages.language import Language

OWN: Final = "own"
"""The value of the choice whose sum is typed."""
_NONE: Final = "0"
_REFUSED: Final = "pay_tip_invalid"


@dataclass(frozen=True, slots=True)
class TipChoice:
    """`value` is a sum in minor units, or `own`; `share` says which part of the invoice it is."""

    value: str
    label: str
    share: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class TipField:
    """`typed` is a sum of the payer's own, `refused` whether it was; at most as much as `bounds` says."""

    hint: str
    choices: Sequence[TipChoice]
    bounds: str
    input_mode: str
    typed: str
    refused: bool


@dataclass(frozen=True, slots=True)
class TypedPayment:
    """What a pay form held that was refused: shown again, so that nobody types it twice."""

    pay: str = ""
    amount: str = ""
    tip: str = ""
    tip_amount: str = ""


NOTHING_TYPED: Final = TypedPayment()


def read_typed(text: str) -> TypedPayment:
    """A line for each field, as billing kept them."""
    lines = [*text.split("\n"), "", "", "", ""]
    return TypedPayment(*lines[:4])


def tip_field(
    ctx: PageContext, language: Language, currency: str, *, asked: int, invoices: int, typed: TypedPayment
) -> TipField | None:
    """What can be added to a payment of `asked` minor units of so many invoices; None for nothing."""
    bounds = tip_bounds(ctx.business, currency, asked=asked, charged=asked, invoices=invoices)
    if bounds is None:
        return None
    say = language.words.gettext

    def shown(amount: int) -> str:
        return language.format.money(amount, currency)

    offers = offered_tips(ctx.business, currency, asked, bounds)
    choices = [
        TipChoice(_NONE, say("No tip")),
        *(TipChoice(str(offer.amount), shown(offer.amount), _share(offer)) for offer in offers),
        TipChoice(OWN, say("Another amount")),
    ]
    chosen = typed.tip if typed.tip in {choice.value for choice in choices} else _NONE
    return TipField(
        hint=say(
            "It goes to {business}, on top of the invoice. You see the sum before you pay.",
            business=ctx.business.name,
        ),
        choices=[
            TipChoice(choice.value, choice.label, choice.share, choice.value == chosen) for choice in choices
        ],
        bounds=say("up to {maximum}", maximum=shown(bounds.most)),
        input_mode="decimal" if exponent(currency) else "numeric",
        typed=typed.tip_amount,
        refused=ctx.flash is not None and ctx.flash.code == _REFUSED,
    )


def _share(offer: TipOffer) -> str:
    return f"{offer.percentage}%" if offer.percentage else ""


def tip_in(language: Language, payment: Payment) -> str:
    """That there is a tip in what was paid; empty where there is none."""
    if payment.tip is None:
        return ""
    amount = language.format.money(payment.tip.amount, payment.currency)
    return language.words.gettext("Includes a tip of {amount}.", amount=amount)

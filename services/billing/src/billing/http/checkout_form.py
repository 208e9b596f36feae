"""The body of `POST /billing/{slug}/checkouts`, as a form or as JSON: the same fields."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from chassis.online_amounts import INVOICES_AT_ONCE
from chassis.web import InvalidRequest, read_fields, wants_json
from msgspec import Meta
from starlette.requests import Request

from billing.domain.amounts import AmountChoice, Pay
from billing.errors import InvalidCheckout

_BODY_LIMIT = 16_384
Text = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
TipOption = Annotated[str, Meta(pattern=r"^([0-9]{1,16}|own)?\Z")]
"""A tip that a page offers, in minor units, or `own`, which is typed. Nothing, or 0, is no tip."""


class _Fields(msgspec.Struct, frozen=True, kw_only=True):
    invoice_id: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=INVOICES_AT_ONCE)]
    pay: Pay = "balance"
    locale: Text = ""
    instead: Literal["voucher"] | None = None


class _Form(_Fields, frozen=True, kw_only=True):
    """`amount` as a person typed it, a text also when it looks like a number: `12` are 1200 cents."""

    amount: Text | None = None
    tip: TipOption = ""
    tip_amount: Text = ""
    keep: Literal["", "1"] = ""


class _Json(_Fields, frozen=True, kw_only=True):
    """`amount` and `tip` in minor units."""

    amount: int | None = None
    tip: int | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class CheckoutForm:
    """`invoices` each once, in order. `keep`: the card is kept for the next payment.

    `tip` is what the payer adds, in minor units or as it was typed. `instead` of a voucher that waits to be
    paid. `typed` is what the page shows again where the payment is refused, a line each.
    """

    invoices: tuple[str, ...]
    choice: AmountChoice
    locale: str
    keep: bool
    instead: bool = False
    tip: int | str | None = None
    typed: str = ""


async def read_checkout(request: Request) -> CheckoutForm:
    """The fields of a form or a JSON object. Raises `InvalidCheckout`."""
    try:
        fields = await read_fields(request, _Json if wants_json(request) else _Form, limit=_BODY_LIMIT)
    except InvalidRequest as error:
        raise InvalidCheckout from error
    choice = AmountChoice(fields.pay, fields.amount)
    invoices = tuple(sorted(set(fields.invoice_id)))
    keep, instead = bool(fields.keep), fields.instead is not None
    if isinstance(fields, _Json):
        return CheckoutForm(invoices, choice, fields.locale, keep, instead, fields.tip)
    tip = chosen_tip(fields.tip, fields.tip_amount)
    typed = "\n".join((fields.pay, fields.amount or "", fields.tip, fields.tip_amount))
    return CheckoutForm(invoices, choice, fields.locale, keep, instead, tip, typed)


def chosen_tip(option: str, typed: str) -> int | str | None:
    """Minor units, or what a person typed as their own."""
    if option == "own":
        return typed
    return int(option) if option else None

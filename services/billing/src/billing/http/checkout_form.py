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


class _Fields(msgspec.Struct, frozen=True, kw_only=True):
    invoice_id: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=INVOICES_AT_ONCE)]
    pay: Pay = "balance"
    locale: Text = ""
    instead: Literal["voucher"] | None = None


class _Form(_Fields, frozen=True, kw_only=True):
    """`amount` as a person typed it, a text also when it looks like a number: `12` are 1200 cents."""

    amount: Text | None = None
    keep: Literal["", "1"] = ""


class _Json(_Fields, frozen=True, kw_only=True):
    """`amount` in minor units."""

    amount: int | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class CheckoutForm:
    """`invoices` each once, in order. `keep`: the card is kept for the next payment.

    `instead` of a voucher that waits to be paid.
    """

    invoices: tuple[str, ...]
    choice: AmountChoice
    locale: str
    keep: bool
    instead: bool = False


async def read_checkout(request: Request) -> CheckoutForm:
    """The fields of a form or a JSON object. Raises `InvalidCheckout`."""
    try:
        fields = await read_fields(request, _Json if wants_json(request) else _Form, limit=_BODY_LIMIT)
    except InvalidRequest as error:
        raise InvalidCheckout from error
    choice = AmountChoice(fields.pay, fields.amount)
    invoices = tuple(sorted(set(fields.invoice_id)))
    keep, instead = bool(fields.keep), fields.instead is not None
    return CheckoutForm(invoices, choice, fields.locale, keep, instead)

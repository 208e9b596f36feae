"""The body of `POST /billing/{slug}/checkouts`, as a form or as JSON: the same fields."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
from chassis.web import read_body, wants_json
from msgspec import Meta
from starlette.requests import Request

from billing.domain.choices import Choice, Pay
from billing.errors import InvalidRequest

_LARGEST_BODY = 16_384
_MOST_FIELDS = 120
_MOST_INVOICES = 100
Text = Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class _Fields(msgspec.Struct, frozen=True):
    invoice_id: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=_MOST_INVOICES)]
    pay: Pay = "balance"
    amount: int | Text | None = None
    locale: Text = ""


@dataclass(frozen=True, slots=True)
class CheckoutForm:
    """`invoices` each once, in order."""

    invoices: tuple[str, ...]
    choice: Choice
    locale: str


async def read(request: Request) -> CheckoutForm:
    """The fields of a form or a JSON object. Raises `InvalidRequest`."""
    body = await read_body(request, limit=_LARGEST_BODY)
    try:
        fields = _json(body) if wants_json(request) else _form(body)
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidRequest from error
    choice = Choice(fields.pay, fields.amount)
    return CheckoutForm(tuple(sorted(set(fields.invoice_id))), choice, fields.locale)


def _json(body: bytes) -> _Fields:
    fields = msgspec.json.decode(body, type=_Fields)
    if isinstance(fields.amount, str):
        raise ValueError("in JSON, amount is an integer in minor units")
    return fields


def _form(body: bytes) -> _Fields:
    found: dict[str, object] = {}
    invoices: list[str] = []
    for name, value in parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS):
        if name == "invoice_id":
            invoices.append(value)
        else:
            found[name] = value
    return msgspec.convert(found | {"invoice_id": invoices}, _Fields)

"""What the portal holds about a contact, as JSON that people and programs read: written piece by piece.

Amounts are decimal strings beside their currency, days and times are ISO 8601, names those of the contract.
What is another contact's is left out, and so are the business's own books.
"""

import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Final, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from servicehub_events import (
    Appointment,
    Autopay,
    Contact,
    Customer,
    CustomerRequest,
    Invoice,
    Payment,
    Session,
)
from servicehub_events.money import to_decimal

from portal_read.pages.context import PageContext
from portal_read.ports import KeptPasskey, ListedCard

_BOOKS: Final = frozenset({"business_id", "movements", "processor", "clearing"})
"""What stands in a payment for the business alone: its fees and payouts, and who of its staff decided."""


class HeldData(msgspec.Struct, frozen=True):
    """The states of one contact, as far as they may see them; None of what cannot be read just now."""

    visits: Iterable[Appointment]
    invoices: Iterable[Invoice]
    payments: Iterable[Payment]
    requests: Sequence[CustomerRequest]
    sessions: Iterable[Session]
    passkeys: Sequence[KeptPasskey] | None
    cards: Sequence[ListedCard] | None
    autopay: Iterable[Autopay]
    calendar_feed: bool
    preferences: object
    unreadable: Callable[[], int]
    """How many rows could not be read, once all others are written."""


def my_data(ctx: PageContext, customer: Customer, contact: Contact, held: HeldData) -> Iterator[bytes]:
    """The file in pieces, one for each state."""
    own = frozenset(request.request_id for request in held.requests)
    about: dict[str, object] = {
        "made_at": ctx.now.isoformat(timespec="seconds"),
        "business": ctx.business.name,
        "you": readable(contact),
        "account": _without(readable(customer), "contacts", "answers"),
        "answers_to_you": _own_answers(readable(customer), own),
        "preferences": readable(held.preferences),
        "calendar_address": "in use" if held.calendar_feed else "none",
        "passkeys": None if held.passkeys is None else [one._asdict() for one in held.passkeys],
        "cards": None if held.cards is None else [one._asdict() for one in held.cards],
    }
    lists: dict[str, Iterator[object]] = {
        "devices": (readable(one) for one in held.sessions),
        "requests": (readable(one) for one in held.requests),
        "visits": (_visit(one, own) for one in held.visits),
        "invoices": (readable(one) for one in held.invoices),
        "payments": (_payment(one, contact.contact_id) for one in held.payments),
        "autopay": (_autopay(one, contact.contact_id) for one in held.autopay),
    }
    yield b"{"
    for name, value in about.items():
        yield _encoded(name) + b": " + _encoded(value) + b",\n"
    for name, values in lists.items():
        yield _encoded(name) + b": ["
        for number, value in enumerate(values):
            yield (b",\n" if number else b"\n") + _encoded(value)
        yield b"],\n"
    yield _encoded("could_not_be_read") + b": " + _encoded(held.unreadable()) + b"}\n"


def readable(value: object, currency: str | None = None) -> object:
    """A state as plain values, its amounts of money as decimals with the currency that is nearest to them."""
    if isinstance(value, msgspec.Struct):
        currency = getattr(value, "currency", currency)
        money = _money_fields(type(value))
        return {
            name: _amount(part, currency) if name in money and part is not None else readable(part, currency)
            for name in value.__struct_fields__
            if name not in _BOOKS
            for part in (getattr(value, name),)
        }
    if isinstance(value, tuple | list):
        return [readable(part, currency) for part in cast("Sequence[object]", value)]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _amount(amount: int, currency: str | None) -> object:
    if currency is None:
        raise ValueError("an amount without a currency")
    return {"amount": f"{to_decimal(amount, currency):f}", "currency": currency}


@cache
def _money_fields(kind: type[msgspec.Struct]) -> frozenset[str]:
    """The fields whose type in the contract is an amount of money."""
    return frozenset(
        name for name, hint in get_type_hints(kind, include_extras=True).items() if _is_money(hint)
    )


def _is_money(hint: object) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(_is_money(part) for part in get_args(hint))
    if get_origin(hint) is not Annotated:
        return False
    return any(
        isinstance(part, msgspec.Meta) and bool((part.extra_json_schema or {}).get("x-money"))
        for part in get_args(hint)[1:]
    )


def _visit(visit: Appointment, own: frozenset[str]) -> object:
    """Without what the business answered to somebody else."""
    values = readable(visit)
    return {**_without(values, "answers"), "answers": _own_answers(values, own)}


def _payment(payment: Payment, contact_id: str) -> object:
    """Of one that another contact made, not who it was nor with which card."""
    values = cast("dict[str, object]", readable(payment))
    if payment.contact_id == contact_id:
        return values
    method = payment.method and {"type": payment.method.type}
    return {**_without(values, "contact_id"), "method": method}


def _autopay(autopay: Autopay, contact_id: str) -> object:
    """On or off since when, what was agreed to, and what it is about to pay; not which operator ended it.

    Of one that another contact switched on, not who it was nor with which card.
    """
    values = cast("dict[str, object]", readable(autopay))
    if autopay.end:
        values = {**values, "end": _without(values["end"], "by", "why")}
    return values if autopay.contact_id == contact_id else _without(values, "contact_id", "card")


def _own_answers(values: object, own: frozenset[str]) -> list[object]:
    answers = cast("Mapping[str, Sequence[Mapping[str, object]]]", values).get("answers", ())
    return [answer for answer in answers if answer["request_id"] in own]


def _without(values: object, *names: str) -> dict[str, object]:
    return {name: part for name, part in cast("Mapping[str, object]", values).items() if name not in names}


def _encoded(value: object) -> bytes:
    return msgspec.json.encode(value)

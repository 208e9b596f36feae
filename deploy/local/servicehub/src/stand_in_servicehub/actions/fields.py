"""How the parameters of actions are asked for: forms and the terminal's options follow from this."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from inspect import Parameter
from types import UnionType
from typing import Annotated, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from servicehub_events import Appointment, Customer, Invoice
from servicehub_events.catalogue.scalars import Charge, Email, Id, Locale, Phone, Quantity, Rate, SignedAmount

InputKind = Literal["text", "email", "tel", "number", "decimal", "money", "date", "time", "switch", "several"]
MINOR = "in minor units: 1250 is $12.50, and ¥1,250"


@dataclass(frozen=True)
class Ask:
    """What a form and the terminal need to know of a parameter. Without an Ask, only the API takes it.

    Without a label the page does not ask. `hint` says what an empty field means. `choices` names a list of
    the business: customers, staff, rates or locales.
    """

    label: str
    help: str
    kind: InputKind = "text"
    hint: str = ""
    choices: str = ""
    option: str = ""


class Input(NamedTuple):
    """One field to fill in; `values` are all it may be, and one `of_line` belongs to an invoice's line."""

    name: str
    ask: Ask
    default: object
    values: tuple[str, ...]
    of_line: bool

    @property
    def required(self) -> bool:
        """Whether it can't be left out."""
        return self.default is Parameter.empty

    @property
    def option(self) -> str:
        """What the terminal calls it: `staff` for `staff_ids`."""
        return self.ask.option or self.name.removesuffix("_ids").removesuffix("_id").replace("_", "-")


Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
OfCustomer = Annotated[Customer, Ask("Customer", "Id of the customer, such as c-1001.", choices="customers")]
OfVisit = Annotated[Appointment, Ask("Visit", "Id of the visit, such as v-2012.")]
OfInvoice = Annotated[Invoice, Ask("Invoice", "Id of the invoice, such as inv-1042.")]
Start = Annotated[str, Ask("Start", "ISO 8601, such as 2026-11-24T10:00; local to the business.", "time")]
End = Annotated[str | None, Ask("End", "As start; left out, the length stays.", "time")]
StaffIds = Annotated[
    tuple[Id, ...],
    Ask("Who", "Id of a staff member, such as s-1; repeat for several.", "several", "", "staff"),
]
EmailAddress = Annotated[Email | None, Ask("Email", "An address to sign in with.", "email")]
PhoneNumber = Annotated[Phone | None, Ask("Phone (+…)", "E.164, such as +12125550199.", "tel")]
Language = Annotated[Locale | None, Ask("Language", "en or ja.", choices="locales")]
Switch = Annotated[bool, Ask("", "", "switch")]
Deposit = Annotated[Charge | None, Ask("Deposit", f"Due first, {MINOR}.", "money", "none")]
Least = Annotated[Charge | None, Ask("At least", f"The least to be paid, {MINOR}.", "money", "any amount")]
Received = Annotated[Charge | None, Ask("Received", f"How much, {MINOR}.", "money", "all that is left")]


class NewLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line; its rate left out is the business's usual one. A negative price takes something off."""

    description: Annotated[Text, Ask("What for", "What the line is for.")]
    quantity: Annotated[Quantity, Ask("Quantity", "A decimal number; 1 if left out.", "decimal", "1")] = "1"
    unit_price: Annotated[SignedAmount, Ask("Unit price", f"Negative takes off; {MINOR}.", "money")]
    tax_rate: Annotated[Rate | None, Ask("Tax %", "Percent; the usual one if left out.", choices="rates")] = (
        None
    )


def inputs(fields: Iterable[tuple[str, object, object]]) -> Iterator[Input]:
    """What there is to fill in of (name, type, default). The lines of an invoice are asked for as one."""
    for name, hint, default in fields:
        if name == "lines":
            hints = get_type_hints(NewLine, include_extras=True)
            for part in msgspec.structs.fields(NewLine):
                needed = part.required and default is Parameter.empty
                yield _input(part.name, hints[part.name], Parameter.empty if needed else None, of_line=True)
        elif any(isinstance(part, Ask) for part in get_args(hint)):
            yield _input(name, hint, default, of_line=False)


def nested(fields: Iterable[Input], given: Mapping[str, object]) -> dict[str, object]:
    """What was given, with the fields of the one line in their place."""
    names = {field.name for field in fields if field.of_line}
    values = {name: value for name, value in given.items() if name not in names}
    line = {name: value for name, value in given.items() if name in names}
    return {**values, "lines": [line]} if {"description", "unit_price"} & line.keys() else values


def _input(name: str, hint: object, default: object, *, of_line: bool) -> Input:
    ask = next(part for part in get_args(hint) if isinstance(part, Ask))
    return Input(name, ask, default, _literals(hint), of_line)


def _literals(hint: object) -> tuple[str, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    nested_in = get_args(hint) if get_origin(hint) in (Annotated, Union, UnionType) else ()
    return next((values for part in nested_in if (values := _literals(part))), ())

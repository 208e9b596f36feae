"""How the parameters of actions are asked for: forms and the terminal's options follow from this."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from inspect import Parameter
from types import UnionType
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from servicehub_events import Appointment, Customer, CustomerRequest, Invoice, RecordedMethod, TaxCategory
from servicehub_events.catalogue import scalars
from servicehub_events.catalogue.scalars import Amount, Charge, Id, Rate

InputKind = Literal["text", "email", "tel", "number", "decimal", "money", "date", "time", "switch", "several"]
MINOR = "in minor units: 1250 is $12.50, and ¥1,250"


@dataclass(frozen=True)
class Ask:
    """What a form and the terminal need to know of a parameter. Without an Ask, only the API takes it.

    Without a label the page does not ask. `hint` says what an empty field means. `choices` names a list of
    the business: customers, staff, rates or locales. The rest follows from the parameter: `values` are all
    it may be, and one `of_line` belongs to an invoice's line.
    """

    label: str
    help: str
    kind: InputKind = "text"
    hint: str = ""
    choices: str = ""
    name: str = ""
    default: object = Parameter.empty
    values: tuple[str, ...] = ()
    of_line: bool = False

    @property
    def required(self) -> bool:
        """Whether it can't be left out."""
        return self.default is Parameter.empty

    @property
    def option(self) -> str:
        """What the terminal calls it: `staff` for `staff_ids`."""
        return self.name.removesuffix("_ids").removesuffix("_id").removeprefix("display_").replace("_", "-")


Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
OfCustomer = Annotated[Customer, Ask("Customer", "Id of the customer, such as c-1001.", choices="customers")]
OfVisit = Annotated[Appointment, Ask("Visit", "Id of the visit, such as v-2012.")]
OfRequest = Annotated[CustomerRequest, Ask("Request", "Id of the request, as the page shows it.")]
OfInvoice = Annotated[Invoice, Ask("Invoice", "Id of the invoice, such as inv-1042.")]
Start = Annotated[str, Ask("Start", "ISO 8601, such as 2026-11-24T10:00; local to the business.", "time")]
End = Annotated[str | None, Ask("End", "As start; left out, the length stays.", "time")]
Staff = Annotated[
    tuple[Id, ...], Ask("Who", "Id of a staff member; repeat for several.", "several", "", "staff")
]
Days = Annotated[int, msgspec.Meta(ge=-365, le=365)]
EmailAddress = Annotated[scalars.Email | None, Ask("Email", "An address to sign in with.", "email")]
PhoneNumber = Annotated[scalars.Phone | None, Ask("Phone (+…)", "E.164, such as +12125550199.", "tel")]
Language = Annotated[scalars.Locale | None, Ask("Language", "en or ja.", choices="locales")]
Service = Annotated[Text, Ask("What", "What is to be done, such as Window cleaning.")]
Instructions = Annotated[Text | None, Ask("Instructions", "What the customer should know.")]
Summary = Annotated[Text | None, Ask("Summary", "What was done.")]
Reason = Annotated[Text | None, Ask("Reason", "Told to the customer.")]
CancelledBy = Annotated[
    Literal["business", "customer", "weather"] | None,
    Ask("By", "Who or what called it off.", hint="not said"),
]
OnTheWay = Annotated[
    Annotated[int, msgspec.Meta(ge=0, le=600)] | None, Ask("", "Minutes until they are there.", "number")
]
Memo = Annotated[Text | None, Ask("Memo", "A remark to the customer.")]
Place = Annotated[Text | None, Ask("", "Label of the place; left out, the customer's first.")]
Switch = Annotated[bool, Ask("", "", "switch")]
DueInDays = Annotated[Days, Ask("Due in days", "Days from today.", "number", "14")]
DepositInDays = Annotated[Days, Ask("", "Days until the deposit is due.", "number")]
DueOn = Annotated[date | None, Ask("Due on", "A new due date, such as 2026-12-24.", "date")]
Total = Annotated[Amount | None, Ask("New total", f"Higher or lower, {MINOR}.", "money", "as it is")]
Method = Annotated[RecordedMethod, Ask("How", "How it came.")]
Echo = Annotated[Id | None, Ask("", "Echo of this payment of the portal.")]
Deposit = Annotated[Charge | None, Ask("Deposit", f"Due first, {MINOR}.", "money", "none")]
Least = Annotated[Charge | None, Ask("At least", f"The least to be paid, {MINOR}.", "money", "any amount")]
Received = Annotated[Charge | None, Ask("Received", f"How much, {MINOR}.", "money", "all that is left")]


class NewLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line; its rate left out is the business's usual one. A negative price takes something off."""

    description: Annotated[Text, Ask("What for", "What the line is for.")]
    quantity: Annotated[
        scalars.Quantity, Ask("Quantity", "A decimal number; 1 if left out.", "decimal", "1")
    ] = "1"
    unit_price: Annotated[scalars.SignedAmount, Ask("Unit price", f"Negative takes off; {MINOR}.", "money")]
    unit: Annotated[Text | None, Ask("", "What is counted, such as hours.")] = None
    tax_rate: Annotated[Rate | None, Ask("Tax %", "Percent; the usual if left out.", choices="rates")] = None
    tax_category: Annotated[TaxCategory | None, Ask("", "Why it is not taxed, at rate 0.")] = None


def asked(fields: Iterable[tuple[str, object, object]]) -> Iterator[Ask]:
    """What there is to fill in of (name, type, default). The lines of an invoice are asked for as one."""
    for name, hint, default in fields:
        if name == "lines":
            hints = get_type_hints(NewLine, include_extras=True)
            line = ((part.name, hints[part.name], part.required) for part in msgspec.structs.fields(NewLine))
            for part in asked((n, h, default if needed else None) for n, h, needed in line):
                yield replace(part, of_line=True)
        elif ask := next((part for part in get_args(hint) if isinstance(part, Ask)), None):
            yield replace(ask, name=name, default=default, values=_literals(hint))


def nested(asks: Iterable[Ask], given: Mapping[str, object]) -> dict[str, object]:
    """What was given, with the fields of the one line in their place."""
    names = {ask.name for ask in asks if ask.of_line}
    values = {name: value for name, value in given.items() if name not in names}
    line = {name: value for name, value in given.items() if name in names}
    return {**values, "lines": [line]} if {"description", "unit_price"} & line.keys() else values


def _literals(hint: object) -> tuple[str, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    nested_in = get_args(hint) if get_origin(hint) in (Annotated, Union, UnionType) else ()
    return next((values for part in nested_in if (values := _literals(part))), ())

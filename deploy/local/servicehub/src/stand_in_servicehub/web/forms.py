"""From what a person typed to the fields of a command. Empty fields are left out; money is in major units."""

import re
from collections.abc import Mapping

from servicehub_events.money import from_decimal
from starlette.datastructures import FormData

from stand_in_servicehub.errors import BadInput
from stand_in_servicehub.profile import Profile

MONEY_FIELDS = frozenset({"amount", "deposit", "minimum", "total", "unit_price"})
LINE_FIELDS = frozenset({"description", "quantity", "unit_price", "tax_rate"})
SEVERAL = frozenset({"staff_ids", "appointment_ids"})


def values_of(form: FormData, profile: Profile) -> Mapping[str, object]:
    """The fields of a command; those of an invoice's line become its only line. Raises BadInput."""
    values: dict[str, object] = {}
    one_line: dict[str, object] = {}
    for name in form:
        texts = [text.strip() for text in form.getlist(name) if isinstance(text, str) and text.strip()]
        if name in SEVERAL:
            values[name] = texts
        elif texts:
            found = _money(texts[0], name, profile) if name in MONEY_FIELDS else texts[0]
            (one_line if name in LINE_FIELDS else values)[name] = found
    if {"description", "unit_price"} & one_line.keys():
        values["lines"] = [one_line]
    return values


def _money(text: str, field: str, profile: Profile) -> int:
    currency = profile.portal.currency
    plain = re.sub(r"[,\s$¥¥]", "", text)
    try:
        return from_decimal(plain, currency)
    except ValueError as error:
        raise BadInput(
            f"{field} {text!r} is not an amount ({error}): write it like 1200, or 12.50."
        ) from None

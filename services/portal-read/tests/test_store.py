"""What a page may read of a table, as its statement says it: nothing of another customer."""

import re

import pytest
from portal_read import store


def _statements() -> dict[str, str]:
    named: dict[str, str] = {}
    for name, value in vars(store).items():
        if name.isupper() and isinstance(value, bytes):
            named[name] = value.decode()
    return {
        **named,
        **{f"VISITS {key}": part.decode() for key, part in store.VISITS.items()},
        **{f"INVOICES {key}": part.decode() for key, part in store.INVOICES.items()},
        **{f"HISTORY {key}": part.decode() for key, part in store.HISTORY.items()},
    }


def _alternatives(statement: str) -> list[str]:
    """The conditions in which an OR stands beside the customer, and not in brackets of its own."""
    found: list[str] = []
    opened = [0]
    for place, character in enumerate(statement):
        if character == "(":
            opened.append(place + 1)
        elif character == ")":
            opened.pop()
        elif statement.startswith(" OR ", place):
            before = statement[opened[-1] : place]
            while (plain := re.sub(r"\([^()]*\)", "", before)) != before:
                before = plain
            condition = before.rpartition("UNION ALL")[2].partition(" WHERE ")[2]
            found += [condition] if condition else []
    return found


def test_an_alternative_is_found() -> None:
    assert _alternatives("SELECT 1 FROM t WHERE a = b AND (c OR d)") == []
    assert _alternatives("(SELECT 1 FROM t WHERE a IN ('x') AND c OR d)") == ["a IN  AND c"]


@pytest.mark.parametrize("name", _statements())
def test_no_alternative_reaches_past_the_customer_who_asks(name: str) -> None:
    assert _alternatives(_statements()[name]) == []


@pytest.mark.parametrize("name", sorted(_statements().keys() - {"CALENDAR_FEED"}))
def test_every_part_names_the_customer_who_asks(name: str) -> None:
    parts = re.findall(
        r"FROM (?:appointments|invoices|payments|payment_invoices) WHERE (.{70})", _statements()[name]
    )
    mine = "business_id = %(business)s AND customer_id = %(customer)s"
    assert [part for part in parts if not part.startswith(mine)] == []

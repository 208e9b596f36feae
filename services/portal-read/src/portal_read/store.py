"""What pages read, as parts of one statement each.

Every part names business and customer; row-level security is the second wall, not the first. A part selects
`part, id, version, state`. Parameters: business, customer, contact, session; more by part.
"""

from typing import Final, TypeVar

import msgspec
from servicehub_events import Appointment, Business, Customer, Invoice, Payment, Preferences, Session

from portal_read.projection.tables import CLOSED_VISIT, OPEN_VISIT, SETTLED, UNPAID
from portal_read.read_model import Stored

S = TypeVar("S", Appointment, Business, Customer, Invoice, Payment, Preferences, Session)

PAST_AT_ONCE: Final = 20
SETTLED_AT_ONCE: Final = 20

_DECODERS: Final = {
    kind: msgspec.json.Decoder(kind)
    for kind in (Appointment, Business, Customer, Invoice, Payment, Preferences, Session)
}
# S608 below: names and clauses of our own; whatever comes from outside is a parameter.
_MINE: Final = "business_id = %(business)s AND customer_id = %(customer)s"

BUSINESS: Final = (
    "SELECT 'business' AS part, business_id AS id, version, state::text AS state FROM businesses"
    " WHERE business_id = %(business)s"
)
WHO: Final = (
    "SELECT 'customer', id, version, state::text FROM customers"
    " WHERE business_id = %(business)s AND id = %(customer)s",
    "SELECT 'session', id, version, state::text FROM sessions"
    " WHERE business_id = %(business)s AND id = %(session)s",
    "SELECT 'preferences', id, version, state::text FROM preferences"
    " WHERE business_id = %(business)s AND id = %(contact)s",
)


def _select(part: str, table: str, where: str) -> str:
    return f"(SELECT '{part}', id, version, state::text FROM {table} WHERE {_MINE} AND {where})"  # noqa: S608


# `ends_after` is some hours ago: a visit that runs late stays the next one, a forgotten one does not.
UPCOMING: Final = _select(
    "upcoming", "appointments", f"{OPEN_VISIT} AND ends_at > %(ends_after)s ORDER BY ends_at, id LIMIT 50"
)


def _past(limit: int) -> tuple[str, str]:
    """Two halves, each along its own index; `before` is where the page above this one ended."""
    page = f"(starts_at, id) < (%(before)s, %(before_id)s) ORDER BY starts_at DESC, id DESC LIMIT {limit}"
    return (
        _select("past", "appointments", f"{CLOSED_VISIT} AND {page}"),
        _select("past", "appointments", f"{OPEN_VISIT} AND ends_at <= %(ends_after)s AND {page}"),
    )


VISIT: Final = _select("visit", "appointments", "id = %(id)s AND state IS NOT NULL")
VISIT_INVOICES: Final = _select(
    "invoice",
    "invoices",
    "id IN (SELECT jsonb_array_elements_text(state->'invoice_ids') FROM appointments"  # noqa: S608
    f" WHERE {_MINE} AND id = %(id)s)",
)
INVOICE: Final = _select("invoice", "invoices", "id = %(id)s AND state IS NOT NULL")
INVOICE_VISITS: Final = _select(
    "visit",
    "appointments",
    "id IN (SELECT jsonb_array_elements_text(state->'appointment_ids') FROM invoices"  # noqa: S608
    f" WHERE {_MINE} AND id = %(id)s)",
)
# All that is owed, without a limit: the sum must be right, and what is owed is no history.
_UNPAID_ROWS: Final = (
    f"SELECT 'unpaid' AS part, id, version, state FROM invoices WHERE {_MINE}"  # noqa: S608
    f" AND {UNPAID} ORDER BY due_on, id"
)


def _settled_rows(limit: int) -> str:
    return (
        f"SELECT 'settled' AS part, id, version, state FROM invoices WHERE {_MINE} AND ({SETTLED})"  # noqa: S608
        " AND (issued_on, id) < (%(billed_before)s, %(billed_before_id)s)"
        f" ORDER BY issued_on DESC, id DESC LIMIT {limit}"
    )


def _payments_of(invoices: str) -> str:
    return _select(
        "payment",
        "payments",
        f"id IN (SELECT payment_id FROM payment_invoices WHERE {_MINE} AND invoice_id IN ({invoices}))",  # noqa: S608
    )


def statement(*parts: str, shown: str = "") -> bytes:
    """One statement of many parts. `shown` is a query of invoices, whose rows and payments are added."""
    head = f"WITH shown AS MATERIALIZED ({shown}) " if shown else ""
    if shown:
        invoices = "SELECT part, id, version, state::text FROM shown"
        parts = (*parts, invoices, _payments_of("SELECT id FROM shown"))
    return (head + " UNION ALL ".join((BUSINESS, *parts))).encode()


def _bills(limit: int) -> str:
    return f"(({_UNPAID_ROWS}) UNION ALL ({_settled_rows(limit)}))"


NOBODY: Final = statement()
SESSION_ONLY: Final = statement(*WHO)
DASHBOARD: Final = statement(*WHO, UPCOMING, *_past(1), shown=_bills(3))
VISITS: Final = statement(*WHO, UPCOMING, *_past(PAST_AT_ONCE + 1))
ONE_VISIT: Final = statement(*WHO, VISIT, UPCOMING, VISIT_INVOICES)
INVOICES: Final = statement(*WHO, shown=_bills(SETTLED_AT_ONCE + 1))
ONE_INVOICE: Final = statement(*WHO, INVOICE, INVOICE_VISITS, _payments_of("SELECT %(id)s::text"))
# `ids` are the invoices asked for by name, which may be settled by now.
_NAMED_ROWS: Final = (
    f"SELECT 'named' AS part, id, version, state FROM invoices WHERE {_MINE}"  # noqa: S608
    " AND id = ANY(%(ids)s) AND state IS NOT NULL"
)
TO_PAY: Final = statement(*WHO, shown=f"({_UNPAID_ROWS}) UNION ALL ({_NAMED_ROWS})")
# A payment that is not known here yet is shown by what this browser's cookie names: `paying`, invoice ids.
ONE_PAYMENT: Final = statement(
    *WHO,
    _select("asked", "payments", "id = %(id)s AND state IS NOT NULL"),
    shown=f"SELECT 'bill' AS part, id, version, state FROM invoices WHERE {_MINE} AND state IS NOT NULL"  # noqa: S608
    " AND id = ANY(%(paying)s::text[] ||"
    f" ARRAY(SELECT invoice_id FROM payment_invoices WHERE {_MINE} AND payment_id = %(id)s))",
)
CUSTOMERS: Final = statement(
    "SELECT 'customer', id, version, state::text FROM customers"
    " WHERE business_id = %(business)s AND id = ANY(%(customers)s)"
)
SLUG: Final = (
    b"SELECT business_id, present_slug FROM slugs WHERE slug = %(slug)s"
    b" ORDER BY slug = present_slug DESC, business_id LIMIT 1"
)
PULSE: Final = b"SELECT changes.count, freshness.as_of FROM changes, freshness"


def decode(kind: type[S], stored: Stored) -> S:
    """The state in a row that is no tombstone."""
    return _DECODERS[kind].decode(stored.state or "")  # pyright: ignore[reportReturnType]


def decoded(kind: type[S], rows: list[Stored]) -> list[S]:
    """The states of rows, tombstones left out."""
    return [decode(kind, row) for row in rows if row.state is not None]

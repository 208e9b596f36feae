"""What pages read: one statement each, of parts.

Every part names business and customer; row-level security is the second wall, not the first. A part selects
`part, id, version, state`. Parameters: business, customer, contact, session; more by part.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from servicehub_events import (
    Appointment,
    Autopay,
    Business,
    Customer,
    CustomerRequest,
    Invoice,
    Message,
    Payment,
    Preferences,
    Session,
)

from portal_read.projection.tables import CLOSED_APPOINTMENT, IN_CREDIT, OPEN_APPOINTMENT, SETTLED, UNPAID
from portal_read.read_model import StoredRow

S = TypeVar(
    "S",
    Appointment,
    Autopay,
    Business,
    Customer,
    CustomerRequest,
    Invoice,
    Message,
    Payment,
    Preferences,
    Session,
)

UPCOMING_AT_ONCE: Final = 50
COMING_AT_ONCE: Final = 200
"""On the list, where a series is one row."""
PAST_AT_ONCE: Final = 20
SETTLED_AT_ONCE: Final = 20
SEARCHED_AT_ONCE: Final = 500
"""Rows that one search opens: what they say is encrypted, so no index knows it."""
FEED_AT_ONCE: Final = 300
CANCELLED_AT_ONCE: Final = 20
REQUESTS_AT_ONCE: Final = 30
MESSAGES_AT_ONCE: Final = 50
"""About one invoice or payment: a few to each contact."""

_DECODERS: Final[Mapping[type, msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(kind) for kind in S.__constraints__
}
# S608 below: names and clauses of our own; whatever comes from outside is a parameter.
_MINE: Final = "business_id = %(business)s AND customer_id = %(customer)s"

_BUSINESS: Final = (
    "SELECT 'business' AS part, business_id AS id, version, state FROM businesses"
    " WHERE business_id = %(business)s"
)
_VIEWER: Final = (
    "SELECT 'customer', id, version, state FROM customers"
    " WHERE business_id = %(business)s AND id = %(customer)s",
    "SELECT 'session', id, version, state FROM sessions"
    " WHERE business_id = %(business)s AND id = %(session)s",
    "SELECT 'preferences', id, version, state FROM preferences"
    " WHERE business_id = %(business)s AND id = %(contact)s",
)


def _select(part: str, table: str, where: str) -> str:
    return f"(SELECT '{part}' AS part, id, version, state FROM {table} WHERE {_MINE} AND {where})"  # noqa: S608  # ours


# `ends_after` is some hours ago: one that runs late stays the next one, a forgotten one does not.
_COMING_UP: Final = f"{OPEN_APPOINTMENT} AND ends_at > %(ends_after)s"
_NEVER_CLOSED: Final = f"{OPEN_APPOINTMENT} AND ends_at <= %(ends_after)s"


def _select_along(
    part: str, where: str, key: str, limit: int, *, rising: bool = False, first: bool = False
) -> str:
    """Rows by key from where the page beside this one ended: `place`, and `place_id` among equals."""
    table = "invoices" if part == "settled" else "appointments"
    sign, order = (">", "") if rising else ("<", " DESC")
    place = "" if first else f" AND ({key}, id) {sign} (%(place)s, %(place_id)s)"
    return _select(part, table, f"{where}{place} ORDER BY {key}{order}, id{order} LIMIT {limit}")


def _coming(limit: int, *, rising: bool = True, first: bool = False) -> str:
    return _select_along("upcoming", _COMING_UP, "ends_at", limit, rising=rising, first=first)


_UPCOMING: Final = _coming(UPCOMING_AT_ONCE, first=True)
_UPCOMING_COUNT: Final = (
    f"SELECT 'upcoming_count', 'all', count(*), NULL FROM appointments WHERE {_MINE} AND {_COMING_UP}"  # noqa: S608  # ours
)
_AFTER_THIS_ONE: Final = _select(
    "upcoming",
    "appointments",
    f"{_COMING_UP} AND ends_at > (SELECT ends_at FROM appointments WHERE {_MINE} AND id = %(id)s)"  # noqa: S608  # ours
    " ORDER BY ends_at, id LIMIT 10",
)


def _oldest_year(table: str, half: str, key: str) -> str:
    return (
        f"SELECT 'oldest_year', '{key}', extract(year FROM min({key}))::bigint, NULL"  # noqa: S608  # ours
        f" FROM {table} WHERE {_MINE} AND ({half}) HAVING min({key}) IS NOT NULL"
    )


# One that was called off stays where it was planned, until then; the first clause is what the index knows.
_CALLED_OFF: Final = "status = 'cancelled' AND ends_at > %(now)s"
_CANCELLED: Final = _select(
    "cancelled",
    "appointments",
    f"{CLOSED_APPOINTMENT} AND {_CALLED_OFF}"
    " AND starts_at > CAST(%(now)s AS timestamptz) - interval '31 days'"
    f" ORDER BY starts_at, id LIMIT {CANCELLED_AT_ONCE}",
)
_OVER: Final = f"{CLOSED_APPOINTMENT} AND NOT ({_CALLED_OFF})"


def _past(limit: int, *, rising: bool = False, first: bool = False) -> tuple[str, str]:
    """Two halves, each along its own index."""
    return (
        _select_along("past", _OVER, "starts_at", limit, rising=rising, first=first),
        _select_along("past", _NEVER_CLOSED, "starts_at", limit, rising=rising, first=first),
    )


_DONE: Final = f"{CLOSED_APPOINTMENT} AND status = 'completed'"
# The last visit took place: one that was called off, or missed, or is still to come, is none.
_TOOK_PLACE: Final = f"{_DONE} AND starts_at <= %(now)s"
_LAST_VISIT: Final = _select_along("past", _TOOK_PLACE, "starts_at", 1, first=True)

_SEEN: Final = (
    "SELECT 'seen', customer_id || '/' || contact_id, version, state"  # noqa: S608  # ours
    f" FROM visitor.snapshots WHERE {_MINE} AND contact_id = %(contact)s"
)

_APPOINTMENT: Final = _select("appointment", "appointments", "id = %(id)s AND state IS NOT NULL")
_INVOICES_OF_APPOINTMENT: Final = _select(
    "invoice",
    "invoices",
    "id IN (SELECT unnest(invoice_ids) FROM appointments"  # noqa: S608  # ours
    f" WHERE {_MINE} AND id = %(id)s)",
)
_INVOICE: Final = _select("invoice", "invoices", "id = %(id)s AND state IS NOT NULL")
_APPOINTMENTS_OF_INVOICE: Final = _select(
    "appointment",
    "appointments",
    "id IN (SELECT unnest(appointment_ids) FROM invoices"  # noqa: S608  # ours
    f" WHERE {_MINE} AND id = %(id)s)",
)
# All that is owed, without a limit: the sum must be right, and what is owed is no history.
_UNPAID_ROWS: Final = (
    f"SELECT 'unpaid' AS part, id, version, state FROM invoices WHERE {_MINE}"  # noqa: S608  # ours
    f" AND {UNPAID} ORDER BY due_on, id"
)


def _settled_rows(limit: int, *, rising: bool = False, first: bool = False, where: str = "") -> str:
    return _select_along("settled", f"({SETTLED}){where}", "issued_on", limit, rising=rising, first=first)


def _payments_of(invoices: str) -> str:
    return _select(
        "payment",
        "payments",
        f"id IN (SELECT payment_id FROM payment_invoices WHERE {_MINE} AND invoice_id IN ({invoices}))",  # noqa: S608  # ours
    )


def _statement(*parts: str, invoices: str = "") -> bytes:
    """One statement of many parts. `invoices` is a query of them, whose rows and payments are added."""
    head = f"WITH shown AS MATERIALIZED ({invoices}) " if invoices else ""
    if invoices:
        shown = "SELECT part, id, version, state FROM shown"
        parts = (*parts, shown, _payments_of("SELECT id FROM shown"))
    return (head + " UNION ALL ".join((_BUSINESS, *parts))).encode()


# What pays by itself, where there are invoices to say it of.
_AUTOPAY: Final = _select("autopay", "autopays", "state IS NOT NULL")


def _unpaid_and_settled(settled: str) -> str:
    return f"(({_UNPAID_ROWS}) UNION ALL {settled})"


NOBODY: Final = _statement()
SESSION_ONLY: Final = _statement(*_VIEWER)
# Of which more was paid than asked: without a limit too, as the sum must be right.
_IN_CREDIT_ROWS: Final = (
    f"SELECT 'in_credit' AS part, id, version, state FROM invoices WHERE {_MINE}"  # noqa: S608  # ours
    f" AND ({IN_CREDIT}) AND state IS NOT NULL"
)
DASHBOARD: Final = _statement(
    *_VIEWER,
    _AUTOPAY,
    _SEEN,
    _UPCOMING,
    _CANCELLED,
    _UPCOMING_COUNT,
    _LAST_VISIT,
    invoices=f"{_unpaid_and_settled(_settled_rows(3, first=True))} UNION ALL ({_IN_CREDIT_ROWS})",
)
_OLDEST_VISIT: Final = _oldest_year("appointments", CLOSED_APPOINTMENT, "starts_at")
_OLDEST_INVOICE: Final = _oldest_year("invoices", SETTLED, "issued_on")
VISITS: Final[Mapping[str | None, bytes]] = {
    None: _statement(
        *_VIEWER,
        _SEEN,
        _OLDEST_VISIT,
        _CANCELLED,
        _UPCOMING_COUNT,
        _coming(COMING_AT_ONCE + 1, first=True),
        *_past(PAST_AT_ONCE + 1, first=True),
    ),
    "after": _statement(*_VIEWER, _SEEN, _OLDEST_VISIT, _CANCELLED, _coming(COMING_AT_ONCE + 1)),
    "until": _statement(
        *_VIEWER, _SEEN, _OLDEST_VISIT, _CANCELLED, _coming(COMING_AT_ONCE + 1, rising=False)
    ),
    "before": _statement(*_VIEWER, _OLDEST_VISIT, *_past(PAST_AT_ONCE + 1)),
    "since": _statement(*_VIEWER, _OLDEST_VISIT, *_past(PAST_AT_ONCE + 1, rising=True)),
}
"""The list of visits, by the direction in which a page leads on from another."""
SEARCHED_VISITS: Final = _statement(
    *_VIEWER,
    _OLDEST_VISIT,
    *(
        _select_along("searched", f"{half} AND starts_at >= %(from)s", "starts_at", SEARCHED_AT_ONCE)
        for half in (OPEN_APPOINTMENT, CLOSED_APPOINTMENT)
    ),
)


def _history(
    where: str = _DONE, limit: int = PAST_AT_ONCE + 1, *, rising: bool = False, first: bool = False
) -> bytes:
    """Visits that took place, and the invoices that they name."""
    visits = _select_along("past", where, "starts_at", limit, rising=rising, first=first)
    named = (
        f"SELECT unnest(invoice_ids) FROM appointments WHERE {_MINE}"  # noqa: S608  # ours
        f" AND id IN (SELECT id FROM {visits} AS done)"
    )
    invoices = _select("invoice", "invoices", f"state IS NOT NULL AND id IN ({named})")
    oldest = _oldest_year("appointments", _DONE, "starts_at")
    return _statement(*_VIEWER, oldest, visits, invoices=invoices)


HISTORY: Final[Mapping[str | None, bytes]] = {
    None: _history(first=True),
    "before": _history(),
    "since": _history(rising=True),
}
SEARCHED_HISTORY: Final = _history(f"{_DONE} AND starts_at >= %(from)s", SEARCHED_AT_ONCE)
# The newest event of a stream is the state of its request; the row beside it says whose it is.
_REQUESTS: Final = (
    "(SELECT 'request', e.stream, e.version, e.data FROM visitor.requests r JOIN public.events e"
    " ON e.business_id = r.business_id AND e.stream = 'request/' || r.id AND e.version = r.version"
    " WHERE r.business_id = %(business)s AND r.customer_id = %(customer)s AND {where}"
    " ORDER BY r.sent_at DESC, r.id DESC LIMIT {limit})"
)
_REQUESTS_OF_APPOINTMENT: Final = _REQUESTS.format(
    where="r.appointment_id = %(id)s AND r.kind IN ('move', 'cancel')", limit=5
)
_OWN_REQUESTS: Final = _REQUESTS.format(where="r.contact_id = %(contact)s", limit=REQUESTS_AT_ONCE)
# For the limits, whoever of the customer asked; and the visits that they are about.
_RECENT_REQUESTS: Final = _REQUESTS.format(where="r.sent_at > %(now)s - interval '31 days'", limit=100)
_APPOINTMENTS_ASKED_ABOUT: Final = _select(
    "asked",
    "appointments",
    "state IS NOT NULL AND id IN (SELECT r.appointment_id FROM visitor.requests r"
    " WHERE r.business_id = %(business)s AND r.customer_id = %(customer)s"
    " ORDER BY r.sent_at DESC LIMIT 100)",
)
ONE_APPOINTMENT: Final = _statement(
    *_VIEWER, _SEEN, _APPOINTMENT, _AFTER_THIS_ONE, _INVOICES_OF_APPOINTMENT, _REQUESTS_OF_APPOINTMENT
)
ASK_ABOUT_APPOINTMENT: Final = _statement(
    *_VIEWER,
    _SEEN,
    _APPOINTMENT,
    _AFTER_THIS_ONE,
    _INVOICES_OF_APPOINTMENT,
    _RECENT_REQUESTS,
    _APPOINTMENTS_ASKED_ABOUT,
)
KEPT_OFFLINE: Final = _statement(*_VIEWER, _UPCOMING)
INVOICES: Final[Mapping[str | None, bytes]] = {
    **dict.fromkeys(
        (None, "after", "until"),
        _statement(
            *_VIEWER,
            _AUTOPAY,
            _OLDEST_INVOICE,
            invoices=_unpaid_and_settled(_settled_rows(SETTLED_AT_ONCE + 1, first=True)),
        ),
    ),
    "before": _statement(*_VIEWER, _OLDEST_INVOICE, invoices=_settled_rows(SETTLED_AT_ONCE + 1)),
    "since": _statement(*_VIEWER, _OLDEST_INVOICE, invoices=_settled_rows(SETTLED_AT_ONCE + 1, rising=True)),
}
"""The list of invoices likewise; what is unpaid is read whole, as its sum must be right."""
SEARCHED_INVOICES: Final = _statement(
    *_VIEWER,
    _AUTOPAY,
    _OLDEST_INVOICE,
    invoices=_unpaid_and_settled(_settled_rows(SEARCHED_AT_ONCE, where=" AND issued_on >= %(from)s")),
)
# Every invoice there is, since each may hold a part of a balance; each half along its own index.
_EVERY_INVOICE: Final = tuple(_select("charged", "invoices", f"({half})") for half in (UNPAID, SETTLED))
STATEMENT: Final = _statement(*_VIEWER, invoices=" UNION ALL ".join(_EVERY_INVOICE))


def _messages_about(column: str) -> str:
    where = f"{column} = %(id)s AND state IS NOT NULL ORDER BY id LIMIT {MESSAGES_AT_ONCE}"
    return _select("message", "messages", where)


ONE_INVOICE: Final = _statement(
    *_VIEWER,
    _INVOICE,
    _AUTOPAY,
    _APPOINTMENTS_OF_INVOICE,
    _payments_of("SELECT %(id)s::text"),
    _messages_about("invoice_id"),
)
# `ids` are the invoices asked for by name, which may be settled by now.
_NAMED_ROWS: Final = (
    f"SELECT 'named' AS part, id, version, state FROM invoices WHERE {_MINE}"  # noqa: S608  # ours
    " AND id = ANY(%(ids)s) AND state IS NOT NULL"
)
TO_PAY: Final = _statement(*_VIEWER, _AUTOPAY, invoices=f"({_UNPAID_ROWS}) UNION ALL ({_NAMED_ROWS})")
# A payment that is not known here yet is shown by what this browser's cookie names: `just_paid`, invoice ids.
ONE_PAYMENT: Final = _statement(
    *_VIEWER,
    _select("this_payment", "payments", "id = %(id)s AND state IS NOT NULL"),
    _messages_about("payment_id"),
    invoices=f"SELECT 'invoice' AS part, id, version, state FROM invoices WHERE {_MINE}"  # noqa: S608  # ours
    " AND state IS NOT NULL AND id = ANY(%(just_paid)s::text[] ||"
    f" ARRAY(SELECT invoice_id FROM payment_invoices WHERE {_MINE} AND payment_id = %(id)s))",
)
# Ids rise with time. Few sessions of a contact live at once; those that ran out stand between them.
SETTINGS: Final = _statement(
    *_VIEWER,
    _select(
        "device",
        "sessions",
        "contact_id = %(contact)s AND NOT revoked AND state IS NOT NULL ORDER BY id DESC LIMIT 100",
    ),
    "SELECT 'feed', customer_id || '/' || contact_id, generation, token"  # noqa: S608  # ours
    f" FROM visitor.calendar_feeds WHERE {_MINE} AND contact_id = %(contact)s",
)
# Everything of the contact, and of the customer as far as the contact may see it.
_THERE: Final = "state IS NOT NULL"
MY_DATA: Final = _statement(
    *_VIEWER,
    _select("device", "sessions", f"contact_id = %(contact)s AND {_THERE}"),
    "SELECT 'feed', customer_id || '/' || contact_id, generation, token"  # noqa: S608  # ours
    f" FROM visitor.calendar_feeds WHERE {_MINE} AND contact_id = %(contact)s",
    _REQUESTS.format(where="r.contact_id = %(contact)s", limit="ALL"),
    *(_select("past", "appointments", half) for half in (OPEN_APPOINTMENT, CLOSED_APPOINTMENT)),
    *_EVERY_INVOICE,
    _select("payment", "payments", _THERE),
    _AUTOPAY,
)
# The feed of a token, if one has it, and what its contact may see; visits that are long over are left out.
_OF_FEED: Final = "business_id = %(business)s AND customer_id = (SELECT customer_id FROM feed)"
_FEED_VISITS: Final = (
    f"(SELECT 'upcoming', id, version, state FROM appointments WHERE {_OF_FEED}"  # noqa: S608  # ours
    f" AND {OPEN_APPOINTMENT} AND ends_at > %(since)s ORDER BY ends_at, id LIMIT {FEED_AT_ONCE})",
    f"(SELECT 'past', id, version, state FROM appointments WHERE {_OF_FEED}"  # noqa: S608  # ours
    f" AND {CLOSED_APPOINTMENT} AND starts_at > %(since)s ORDER BY starts_at DESC, id LIMIT {FEED_AT_ONCE})",
)
CALENDAR_FEED: Final = (
    b"WITH feed AS MATERIALIZED (SELECT customer_id, contact_id, generation FROM visitor.calendar_feeds"
    b" WHERE business_id = %(business)s AND token_hash = %(token_hash)s) "
) + _statement(
    "SELECT 'feed', contact_id, generation, NULL FROM feed",
    "SELECT 'customer', id, version, state FROM customers"
    " WHERE business_id = %(business)s AND id = (SELECT customer_id FROM feed)",
    "SELECT 'preferences', id, version, state FROM preferences"
    " WHERE business_id = %(business)s AND id = (SELECT contact_id FROM feed)",
    *_FEED_VISITS,
)
# `visit_id` and `invoice_id` are what a message names.
_ASKING: Final = (
    *_VIEWER,
    _UPCOMING,
    _LAST_VISIT,
    _APPOINTMENTS_ASKED_ABOUT,
    _select("appointment", "appointments", "id = %(visit_id)s AND state IS NOT NULL"),
    _select("named", "invoices", "id = %(invoice_id)s AND state IS NOT NULL"),
    _select("unpaid", "invoices", f"{UNPAID} ORDER BY due_on, id LIMIT 10"),
)
REQUESTS: Final = _statement(*_ASKING, _OWN_REQUESTS)
ASK: Final = _statement(*_ASKING, _RECENT_REQUESTS)
CUSTOMERS: Final = _statement(
    "SELECT 'customer', id, version, state FROM customers"
    " WHERE business_id = %(business)s AND id = ANY(%(customers)s)"
)


def decode(kind: type[S], row: StoredRow) -> S:
    """The state in a row that is no tombstone."""
    return _DECODERS[kind].decode(row.state or b"")


def decode_all(kind: type[S], rows: Sequence[StoredRow]) -> list[S]:
    """The states of rows, tombstones left out."""
    return [decode(kind, row) for row in rows if row.state is not None]


def decode_first(kind: type[S], rows: Sequence[StoredRow]) -> S | None:
    """The state of the first row; None without one, or for a tombstone."""
    return decode(kind, rows[0]) if rows and rows[0].state is not None else None

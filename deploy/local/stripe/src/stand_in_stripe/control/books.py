"""The books as JSON: what tests compare with what billing believes."""

import msgspec

from stand_in_stripe.books import Books
from stand_in_stripe.render import plain
from stand_in_stripe.shapes import (
    Account,
    Charge,
    Dispute,
    Event,
    Json,
    PaymentIntent,
    Refund,
    Session,
    Shape,
)

EVERYTHING = 1_000_000


def told(books: Books, account: str | None) -> Json:
    """Everything of one account, or of all; oldest first. Each event with its delivery and every attempt."""
    events = _all(books, account, Event)
    deliveries = _deliveries(books)
    for event in events:
        event["delivery"] = deliveries.get(str(event["id"]))
    return {
        "accounts": _all(books, None, Account),
        "sessions": _all(books, account, Session),
        "payment_intents": _all(books, account, PaymentIntent),
        "charges": _all(books, account, Charge),
        "refunds": _all(books, account, Refund),
        "disputes": _all(books, account, Dispute),
        "events": events,
    }


def _all(books: Books, account: str | None, kind: type[Shape]) -> list[Json]:
    found = books.newest(account, kind, EVERYTHING)
    owners = books.owners(kind)
    return [plain(shape) | {"stripe_account": owners[shape.id]} for shape in reversed(found)]


class Attempt(msgspec.Struct):
    """One try to deliver an event; `kind` as in webhooks/queue.py, `status` None without an answer."""

    at: float
    kind: str
    status: int | None
    outcome: str


def _deliveries(books: Books) -> dict[str, Json]:
    attempts: dict[str, list[Json]] = {}
    rows = books.db.execute("SELECT event, at, kind, status, outcome FROM attempts ORDER BY position")
    for event, *rest in rows:
        attempts.setdefault(event, []).append(msgspec.to_builtins(Attempt(*rest)))
    states = books.db.execute("SELECT event, state, tries FROM deliveries").fetchall()
    return {
        event: {"state": state, "tries": tries, "attempts": attempts.get(event, [])}
        for event, state, tries in states
    }

"""From a shape to what is sent, with the parts in it that were asked for (`expand[]`)."""

from typing import cast

import msgspec

from stand_in_stripe.books import Books, Selection
from stand_in_stripe.errors import invalid
from stand_in_stripe.shapes import Charge, Json, LineItems, PaymentIntent, Refund, Shape

DEEPEST = 4
LINE_ITEMS_SHOWN = 10
REFUNDS_SHOWN = 10
EXPANDABLE: dict[tuple[str, str], type[Shape]] = {
    ("checkout.session", "payment_intent"): PaymentIntent,
    ("payment_intent", "latest_charge"): Charge,
    ("charge", "payment_intent"): PaymentIntent,
    ("refund", "charge"): Charge,
    ("refund", "payment_intent"): PaymentIntent,
    ("dispute", "charge"): Charge,
    ("dispute", "payment_intent"): PaymentIntent,
}
NEVER_THERE = frozenset(
    {
        "application", "application_fee", "balance_transaction", "customer", "invoice", "on_behalf_of",
        "payment_link", "payment_method", "review", "setup_intent", "source_transfer_reversal",
        "subscription", "transfer_reversal",
    }
)  # fmt: skip
"""Expandable at Stripe; here they stay as they are: null, or an id."""


def plain(shape: Shape) -> Json:
    """The object as JSON values."""
    return cast("Json", msgspec.to_builtins(shape))


def encode(value: Json) -> bytes:
    """The bytes that are sent, indented as Stripe's are."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


def expanded(books: Books, owner: str, found: Json, paths: list[str]) -> Json:
    """Put the objects named by `paths` in the place of their ids. Raises StripeError."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid("expand", f"You cannot expand more than {DEEPEST} levels of a property.")
        _expand(books, owner, found, steps, path)
    return found


def _expand(books: Books, owner: str, found: Json, steps: list[str], path: str) -> None:
    first, *rest = steps
    if found.get("object") == "list" and first == "data":
        for entry in cast("list[Json]", found["data"]):
            _expand(books, owner, entry, rest, path)
        return
    below = _load(books, owner, found, first, path)
    if rest and below is not None:
        _expand(books, owner, below, rest, path)


def _load(books: Books, owner: str, found: Json, field: str, path: str) -> Json | None:
    if (found.get("object"), field) == ("checkout.session", "line_items"):
        found.setdefault(field, line_items(books, owner, str(found["id"])))
    elif (found.get("object"), field) == ("charge", "refunds"):
        found.setdefault(field, _refunds(books, owner, str(found["id"])))
    elif (kind := EXPANDABLE.get((str(found.get("object")), field))) is not None:
        if isinstance(identifier := found[field], str) and (shape := books.get(owner, kind, identifier)):
            found[field] = plain(shape)
    elif field not in NEVER_THERE or field not in found:
        raise invalid("expand", f"This property cannot be expanded ({path}).")
    below = found[field]
    return cast("Json", below) if isinstance(below, dict) else None


def line_items(books: Books, owner: str, session: str, limit: int = LINE_ITEMS_SHOWN) -> Json:
    """The list object of a session's lines."""
    kept = books.get(owner, LineItems, session)
    items = kept.items if kept else []
    return {
        "object": "list",
        "data": [msgspec.to_builtins(item) for item in items[:limit]],
        "has_more": len(items) > limit,
        "url": f"/v1/checkout/sessions/{session}/line_items",
    }


def _refunds(books: Books, owner: str, charge: str) -> Json:
    """The list object of a charge's newest refunds."""
    of_it = Selection(equal={"charge": charge})
    found = books.newest(owner, Refund, REFUNDS_SHOWN + 1, of_it)
    return {
        "object": "list",
        "data": [plain(refund) for refund in found[:REFUNDS_SHOWN]],
        "has_more": len(found) > REFUNDS_SHOWN,
        "url": f"/v1/charges/{charge}/refunds",
    }

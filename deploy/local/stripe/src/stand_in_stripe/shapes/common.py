"""What the shapes share."""

import msgspec

Json = dict[str, object]
Metadata = dict[str, str]


class Shape(msgspec.Struct, kw_only=True):
    """A resource with an id. Times are Unix seconds, money is in Stripe's smallest unit of the currency."""

    id: str
    created: int


def nulls(*names: str) -> Json:
    """Fields that are there and empty."""
    return dict[str, object]((name, None) for name in names)


def no_fields() -> Json:
    """An object without fields."""
    return {}


def no_entries() -> list[Json]:
    """A list without entries."""
    return []


def no_address() -> Json:
    """An address nobody has given."""
    return nulls("city", "country", "line1", "line2", "postal_code", "state")


def empty_list(url: str) -> Json:
    """A list object without entries."""
    return {"object": "list", "data": [], "has_more": False, "url": url}

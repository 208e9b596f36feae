"""Lists as Stripe gives them: newest first, with cursors."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from stand_in_stripe.api.call import Call
from stand_in_stripe.api.lookups import Listing, Range
from stand_in_stripe.books import KINDS, Comparison, Selection
from stand_in_stripe.errors import invalid, no_such
from stand_in_stripe.render import expanded, plain
from stand_in_stripe.shapes import Json, Shape

S = TypeVar("S", bound=Shape)
MOST = 100


def listed(
    call: Call,
    kind: type[Shape],
    url: str,
    wanted: Listing,
    equal: Mapping[str, str | None],
    one_of: Mapping[str, Sequence[str]] | None = None,
) -> Json:
    """A list object; in `equal`, None means: any. Raises StripeError."""
    selection = Selection(
        equal={name: value for name, value in equal.items() if value is not None},
        one_of=one_of or {},
        created=_range(wanted.created or Range()),
        below=_cursor(call, kind, wanted.starting_after, "starting_after"),
        above=_cursor(call, kind, wanted.ending_before, "ending_before"),
    )
    limit = _limit(wanted.limit)
    found = call.sandbox.books.newest(call.owner, kind, limit + 1, selection)
    shown = found[-limit:] if wanted.ending_before else found[:limit]
    data = [plain(shape) for shape in shown]
    answer: Json = {"object": "list", "data": data, "has_more": len(found) > limit, "url": url}
    return expanded(call.sandbox.books, call.owner, answer, wanted.expand)


def _limit(wanted: int) -> int:
    if not 1 <= wanted <= MOST:
        raise invalid("limit", f"This value must be between 1 and {MOST}.", "parameter_invalid_integer")
    return wanted


def _cursor(call: Call, kind: type[Shape], identifier: str | None, param: str) -> int | None:
    if identifier is None:
        return None
    position = call.sandbox.books.position(call.owner, kind, identifier)
    if position is None:
        raise no_such(KINDS[kind], identifier, param)
    return position


def _range(wanted: Range) -> list[tuple[Comparison, int]]:
    bounds: list[tuple[Comparison, int | None]] = [
        (">", wanted.gt),
        (">=", wanted.gte),
        ("<", wanted.lt),
        ("<=", wanted.lte),
    ]
    return [(comparison, moment) for comparison, moment in bounds if moment is not None]

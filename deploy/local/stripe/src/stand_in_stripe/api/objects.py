"""One object: found by what the path names, and shown with what was asked for."""

from typing import TypeVar

from stand_in_stripe.api.call import Call
from stand_in_stripe.books import KINDS
from stand_in_stripe.errors import no_such
from stand_in_stripe.render import expanded, plain
from stand_in_stripe.shapes import Json, Shape

S = TypeVar("S", bound=Shape)


def named(call: Call, kind: type[S], name: str) -> S:
    """The object that the path's `name` stands for. Raises StripeError."""
    return the(call, kind, call.named[name], name)


def the(call: Call, kind: type[S], identifier: str, param: str) -> S:
    """The object with this id, which came in `param`. Raises StripeError."""
    found = call.sandbox.books.get(call.owner, kind, identifier)
    if found is None:
        raise no_such(KINDS[kind], identifier, param)
    return found


def shown(call: Call, shape: Shape, expand: list[str]) -> Json:
    """As it is sent. Raises StripeError for a path that can't be expanded."""
    return expanded(call.sandbox.books, call.owner, plain(shape), expand)

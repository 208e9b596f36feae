"""What every value object and every event has in common."""

from __future__ import annotations

from typing import ClassVar, TypeVar

import msgspec

from servicehub_events.catalogue.scalars import Id


# `gc=False`: what is frozen and read from JSON holds no cycle, and need not be looked through for one.
class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A part of an aggregate's state, compared by value."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The full state of one aggregate of one business; the subclass says what happened to it."""

    version: ClassVar[int] = 1
    """Schema version, the suffix of its type. Raising it needs an upcaster from the version before."""

    business_id: Id
    """The business it belongs to: the first part of the record key."""

    def violations(self) -> tuple[str, ...]:
        """What is wrong with the values together, one sentence each naming the fields; empty if all is well.

        Never quotes text a person typed: sentences end up in logs.
        """
        return ()


class Erased(Event, frozen=True, kw_only=True):
    """The aggregate was erased at the person's wish: ids only, the last record of its key."""


E = TypeVar("E", bound=Event)


def as_event(cls: type[E], state: Event, **changes: object) -> E:
    """The event `cls` with the full state of `state`, some fields changed.

    `as_event(PaymentCaptured, payment, status="captured")`. Raises `msgspec.ValidationError` when a field is
    missing or of the wrong type, `TypeError` when `cls` has no field of a changed name.
    """
    if unknown := changes.keys() - set(cls.__struct_fields__):
        raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")
    fields = {name: getattr(state, name) for name in state.__struct_fields__}
    return msgspec.convert({**fields, **changes}, cls)

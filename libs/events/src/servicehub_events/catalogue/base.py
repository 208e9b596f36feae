"""What every value object and every event has in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

    carries: ClassVar[Mapping[str, tuple[object, ...]]] = {}
    """What this event may say, by the path of a field (`status`, `dispute.status`): its type says what
    happened, and a state that says otherwise is no such event. `None` is a field that is absent."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Optional fields that this event cannot be without: something must be in them."""

    def violations(self) -> tuple[str, ...]:
        """What is wrong with the values together, one sentence each naming the fields; empty if all is well.

        Never quotes text a person typed: sentences end up in logs.
        """
        return (*self._type_violations(), *self._violations())

    def _type_violations(self) -> Iterator[str]:
        name = type(self).__name__
        for path, allowed in self.carries.items():
            if (value := _at(self, path)) not in allowed:
                yield f"{path} is {_shown(value)}, but {name} carries {' or '.join(map(_shown, allowed))}"
        for path in self.needs:
            if not _at(self, path):
                yield f"{path} is absent, but {name} needs it"

    def _violations(self) -> Iterator[str]:
        """What the state itself forbids."""
        yield from ()


def _at(value: object, path: str) -> object:
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def _shown(value: object) -> str:
    """A word of the contract; of what a person may have written, only that it is there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "absent" if value is None else value if isinstance(value, str) else "given"


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

"""What an action is: one function, whose parameters are what the page, the API and the terminal ask for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import Parameter, signature
from typing import Annotated, NamedTuple, TypeVar, cast, get_args, get_type_hints

import msgspec
from servicehub_events import Event

from stand_in_servicehub.actions.fields import Ask, asked
from stand_in_servicehub.business import Desk
from stand_in_servicehub.errors import BadInput, Unknown
from stand_in_servicehub.store import kind_of, subject_of


class PortalSwitch(NamedTuple):
    """What is decided about a portal; branding does it, and publishes it."""

    enabled: bool


Decision = Event | Sequence[Event] | PortalSwitch
F = TypeVar("F", bound=Callable[..., Decision])
ACTIONS: dict[str, "Action"] = {}
"""Name → action."""


@dataclass(frozen=True)
class Action:
    """Offers a function as `POST /api/businesses/{id}/{name}`, as `send {name}`, and as a form of the page.

    `when` has the states of a visit or invoice in which it can be done. On the page, a `quick` one is a mere
    button in sight and a `grave` one is red; what `sure` says has to be ticked first, and `undo` is on the
    button that switches off.
    """

    name: str
    label: str
    when: tuple[str, ...] = ()
    quick: bool = False
    grave: bool = False
    sure: str = ""
    undo: str = ""
    function: Callable[..., Decision] = list[Event]

    def __call__(self, function: F) -> F:
        """Offer the function below; what it decides is stored and published by the core."""
        ACTIONS[self.name] = replace(self, function=function)
        return function

    @property
    def help(self) -> str:
        """What it does."""
        return self.function.__doc__ or ""

    @property
    def of(self) -> str:
        """The first field, which says what it is done to: `invoice_id`."""
        return self._fields[0][0]

    @cached_property
    def inputs(self) -> tuple[Ask, ...]:
        """What there is to fill in."""
        return tuple(asked(self._fields))

    def decide(self, desk: Desk, values: Mapping[str, object], *, strict: bool = True) -> Decision:
        """What follows. `strict=False` reads numbers and booleans from text. Raises BadInput, Unknown."""
        try:
            given = msgspec.structs.asdict(msgspec.convert(dict(values), self._request, strict=strict))
        except msgspec.ValidationError as error:
            names = ", ".join(name for name, _, _ in self._fields)
            raise BadInput(f"{error}. The fields are: {names}.") from None
        for name, cls in self._subjects.items():
            subject = given[name] = desk.find(cls, given.pop(f"{kind_of(cls)}_id"))
            status, states = getattr(subject, "status", ""), " or ".join(self.when)
            if self.when and status not in self.when:
                raise BadInput(f"{subject_of(subject)} is {status}; this can be done while it is {states}.")
        return self.function(desk, **given)

    @cached_property
    def _subjects(self) -> dict[str, type[Event]]:
        """Parameters that are aggregates; a request names them by their ids."""
        hints: Mapping[str, object] = get_type_hints(self.function) | {"return": None}
        return {name: cls for name, cls in hints.items() if isinstance(cls, type) and issubclass(cls, Event)}

    @cached_property
    def _fields(self) -> list[tuple[str, object, object]]:
        """Name, type and default of each field of a request."""
        hints: dict[str, object] = get_type_hints(self.function, include_extras=True)
        defaults = {name: each.default for name, each in signature(self.function).parameters.items()}
        del defaults["desk"]
        return [
            (f"{kind_of(cls)}_id", Annotated[(str, *get_args(hints[name])[1:])], default)
            if (cls := self._subjects.get(name))
            else (name, hints[name], default)
            for name, default in defaults.items()
        ]

    @cached_property
    def _request(self) -> type[msgspec.Struct]:
        """Its type. An unknown field is an error, so that a misspelt one is noticed."""
        fields = [field[:2] if field[2] is Parameter.empty else field for field in self._fields]
        typed = cast("list[tuple[str, type]]", fields)  # a hint is more than a type
        return msgspec.defstruct(self.name, typed, kw_only=True, forbid_unknown_fields=True)


def find_action(name: str) -> Action:
    """The action of this name. Raises Unknown."""
    if name not in ACTIONS:
        raise Unknown(f"There is no action {name!r}. There are: {', '.join(ACTIONS)}.")
    return ACTIONS[name]

"""The table of actions."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

import msgspec

from stand_in_servicehub.actions import commands, customers, invoices, visits
from stand_in_servicehub.core import Core, Outcome
from stand_in_servicehub.errors import BadInput
from stand_in_servicehub.profile import Profile

C = TypeVar("C", bound=commands.Command)


class Action(Protocol):
    """Something that can be done."""

    async def __call__(
        self, core: Core, profile: Profile, values: Mapping[str, object], *, strict: bool = True
    ) -> Outcome:
        """Do it. `strict=False` reads numbers and booleans from text too, as forms send them."""
        ...


@dataclass(frozen=True)
class _Action(Generic[C]):
    command: type[C]
    handle: Callable[[Core, Profile, C], Awaitable[Outcome]]

    async def __call__(
        self, core: Core, profile: Profile, values: Mapping[str, object], *, strict: bool = True
    ) -> Outcome:
        try:
            command = msgspec.convert(dict(values), self.command, strict=strict)
        except msgspec.ValidationError as error:
            fields = ", ".join(self.command.__struct_fields__)
            raise BadInput(f"{error}. The fields are: {fields}.") from None
        core.require_ready()
        async with core.lock:
            return await self.handle(core, profile, command)


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "schedule": _Action(commands.Schedule, visits.schedule),
        "reschedule": _Action(commands.Reschedule, visits.reschedule),
        "staff": _Action(commands.AssignStaff, visits.assign_staff),
        "en-route": _Action(commands.VisitCommand, visits.en_route),
        "start": _Action(commands.VisitCommand, visits.start),
        "complete": _Action(commands.Complete, visits.complete),
        "miss": _Action(commands.VisitCommand, visits.miss),
        "cancel": _Action(commands.Cancel, visits.cancel),
        "invoice": _Action(commands.IssueInvoice, invoices.issue),
        "revise": _Action(commands.ReviseInvoice, invoices.revise),
        "part-payment": _Action(commands.AllowPartPayment, invoices.allow_part_payment),
        "cash": _Action(commands.RecordPayment, invoices.record_payment),
        "void": _Action(commands.InvoiceCommand, invoices.void),
        "write-off": _Action(commands.InvoiceCommand, invoices.write_off),
        "register": _Action(commands.Register, customers.register),
        "access": _Action(commands.SetAccess, customers.set_access),
        "contact": _Action(commands.ReviseContact, customers.revise_contact),
        "erase": _Action(commands.CustomerCommand, customers.erase),
        "portal": _Action(commands.SwitchPortal, customers.switch_portal),
    }
)
"""Name, as in `POST /api/businesses/{id}/{name}`, → action."""

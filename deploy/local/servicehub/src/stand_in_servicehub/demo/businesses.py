"""Both demo businesses with everything they need, and how their data becomes first events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from servicehub_events import Appointment, Customer, Event, Invoice

from stand_in_servicehub.demo import first_events, hikari, sparkle
from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.logo import Mark, star, sun
from stand_in_servicehub.profile import Profile


@dataclass(frozen=True)
class Demo:
    """One demo business."""

    profile: Profile
    mark: Mark
    customers: Callable[[], tuple[Customer, ...]]
    appointments: Callable[[Calendar], tuple[Appointment, ...]]
    invoices: Callable[[Calendar], tuple[Invoice, ...]]

    def events(self, today: date) -> list[tuple[Event, datetime]]:
        """Its first events with the time of each, as of that day: customers, then visits, then invoices."""
        calendar = Calendar(today, self.profile.portal.time_zone)
        return [
            *(first_events.customer(state, calendar) for state in self.customers()),
            *(first_events.appointment(state, calendar) for state in self.appointments(calendar)),
            *(first_events.invoice(state, calendar) for state in self.invoices(calendar)),
        ]


DEMO: Mapping[str, Demo] = MappingProxyType(
    {
        demo.profile.business_id: demo
        for demo in (
            Demo(sparkle.PROFILE, star, sparkle.customers, sparkle.appointments, sparkle.invoices),
            Demo(hikari.PROFILE, sun, hikari.customers, hikari.appointments, hikari.invoices),
        )
    }
)
"""Business id → demo business."""

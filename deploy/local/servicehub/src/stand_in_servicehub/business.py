"""A business as ServiceHub's settings page describes it, and its desk: all that an action decides from."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from servicehub_events import (
    Event,
    Invoice,
    InvoiceMoney,
    Issuer,
    Payment,
    Reminders,
    RequestRules,
    Service,
    StaffMember,
    Support,
    Tips,
    Window,
    invoice_money,
)
from servicehub_events.catalogue.scalars import Colour, Country, Currency, Locale, Rate, Slug, TimeZone, Url

from stand_in_servicehub.errors import BadInput, Unknown
from stand_in_servicehub.store import E, Store, kind_of, subject_of


class PortalSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of branding's `PUT /branding/businesses/{id}`."""

    slug: Slug
    name: str
    primary_colour: Colour
    accent: Colour | None = None
    locales: tuple[Locale, ...]
    default_locale: Locale
    time_zone: TimeZone
    currency: Currency
    country: Country
    support: Support
    postal_address: str | None = None
    website: Url | None = None
    legal_name: str | None = None
    stripe_account: str | None = None
    tips: Tips | None = None
    saved_cards: bool = False
    second_proof_to_pay: bool = False
    disclosure_url: Url | None = None
    reminders: Reminders | None = None
    requests: RequestRules | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One business: its portal, and what ServiceHub needs to know to schedule and to bill.

    `tax_rates` are percentages as decimal strings, the usual one first; those in `reduced_rates` are marked
    on invoices. `logo` is a PNG beside the demo data.
    """

    business_id: str
    logo: str
    portal: PortalSettings
    issuer: Issuer
    prices_include_tax: bool
    tax_rates: tuple[Rate, ...]
    reduced_rates: tuple[Rate, ...] = ()
    staff: tuple[StaffMember, ...]
    services: tuple[Service, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return ZoneInfo(self.portal.time_zone)


@dataclass(frozen=True)
class Desk:
    """A business at a moment, `now`, with its records."""

    profile: Profile
    now: datetime
    store: Store

    @property
    def today(self) -> date:
        """The calendar day at the business."""
        return self.now.astimezone(self.profile.zone).date()

    def find(self, cls: type[E], subject: str) -> E:
        """The state of an aggregate. Raises Unknown, BadInput for an erased one."""
        business_id, kind = self.profile.business_id, kind_of(cls)
        row = self.store.get(business_id, kind, subject)
        if row is None:
            listed = f"GET /api/businesses/{business_id} lists them."
            raise Unknown(f"{business_id} has no {kind} {subject!r}. {listed}")
        if not isinstance(row.state, cls):
            raise BadInput(f"{subject} was erased, and an erased id stays so: choose another one.")
        return row.state

    def living(self, cls: type[E], customer_id: str | None = None) -> list[E]:
        """Every aggregate of this state class that is not erased, by id; those of one customer, or all."""
        states = [row.state for row in self.store.living(self.profile.business_id, cls)]
        return [state for state in states if customer_id in (None, getattr(state, "customer_id", None))]

    def next_id(self, cls: type[Event], prefix: str) -> str:
        """An id not used yet, counting on from the highest: `inv-1050`."""
        rows = self.store.all(self.profile.business_id, kind_of(cls))
        tails = [subject_of(row.state).removeprefix(prefix) for row in rows]
        return f"{prefix}{max((int(tail) for tail in tails if tail.isdecimal()), default=1000) + 1}"

    def money(self, invoice: Invoice) -> InvoiceMoney:
        """What is true of its money, with what customers paid in the portal."""
        return invoice_money(invoice, self.living(Payment))

    def staff(self, staff_ids: tuple[str, ...]) -> tuple[StaffMember, ...]:
        """The members with these ids. Raises BadInput."""
        known = {member.staff_id: member for member in self.profile.staff}
        if missing := [staff_id for staff_id in staff_ids if staff_id not in known]:
            raise BadInput(f"Nobody here is {', '.join(missing)}; choose from {', '.join(known)}.")
        return tuple(known[staff_id] for staff_id in staff_ids)

    def window(self, start: str, end: str | None, length: timedelta) -> Window:
        """From start to end, or as long as `length`. Raises BadInput."""
        begins = self._moment("start", start)
        ends = self._moment("end", end) if end else begins + length
        return Window(start=begins, end=ends, time_zone=self.profile.portal.time_zone)

    def _moment(self, field: str, words: str) -> datetime:
        try:
            moment = datetime.fromisoformat(words)
        except ValueError:
            raise BadInput(f"{field} {words!r} is not a time: write it like 2026-11-24T10:00.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=self.profile.zone)

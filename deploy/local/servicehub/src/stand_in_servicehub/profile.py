"""A business as ServiceHub's settings page describes it."""

from zoneinfo import ZoneInfo

import msgspec
from servicehub_events import Issuer, Reminders, Service, StaffMember, Support


class PortalSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of branding's `PUT /branding/businesses/{id}`."""

    slug: str
    name: str
    primary_colour: str
    accent: str | None = None
    locales: tuple[str, ...]
    default_locale: str
    time_zone: str
    currency: str
    country: str
    support: Support
    website: str | None = None
    legal_name: str | None = None
    stripe_account: str | None = None
    disclosure_url: str | None = None
    reminders: Reminders | None = None


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
    tax_rates: tuple[str, ...]
    reduced_rates: tuple[str, ...] = ()
    staff: tuple[StaffMember, ...]
    services: tuple[Service, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return ZoneInfo(self.portal.time_zone)

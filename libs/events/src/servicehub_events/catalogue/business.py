"""Business: a tenant's portal, its brand and its settings. Published by branding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Event, Value
from servicehub_events.catalogue.scalars import (
    Colour,
    Count,
    Country,
    Currency,
    Email,
    Href,
    Locale,
    Phone,
    Pixels,
    Slug,
    TimeZone,
    Url,
)

RESERVED_SLUGS = frozenset({"assets", "businesses", "webhooks"})
"""First path segments that the front door keeps for itself."""


class Logo(Value, frozen=True, kw_only=True):
    """The logo; size in pixels."""

    url: Href
    width: Pixels
    height: Pixels


class Icon(Value, frozen=True, kw_only=True):
    """A square icon, `size` pixels wide, with its purpose in the web app manifest."""

    url: Href
    size: Pixels
    purpose: Literal["any", "maskable", "monochrome"]


class Colours(Value, frozen=True, kw_only=True):
    """The colours the business picked; the palette is derived from them."""

    primary: Colour
    accent: Colour | None = None


class Support(Value, frozen=True, kw_only=True):
    """How customers reach the business."""

    email: Email | None = None
    phone: Phone | None = None
    hours: str | None = None
    url: Url | None = None


class Reminders(Value, frozen=True, kw_only=True):
    """How many hours before a visit a reminder goes out; none if empty."""

    hours_before: tuple[Count, ...]


class Business(Event, frozen=True, kw_only=True):
    """A portal's full state. Sessions of a lower `generation` are dead, also after it is enabled again."""

    slug: Slug
    former_slugs: tuple[Slug, ...]
    enabled: bool
    generation: Count
    name: str
    legal_name: str | None = None
    theme_url: Href
    logo: Logo | None = None
    icons: tuple[Icon, ...] = ()
    mail_logo_url: Href | None = None
    og_image_url: Href | None = None
    colours: Colours
    locales: tuple[Locale, ...]
    default_locale: Locale
    time_zone: TimeZone
    currency: Currency
    country: Country
    website: Url | None = None
    support: Support
    stripe_account: str | None = None
    disclosure_url: Url | None = None
    reminders: Reminders

    def _violations(self) -> Iterator[str]:
        if self.slug in RESERVED_SLUGS:
            yield f"slug {self.slug} is reserved"
        if self.slug in self.former_slugs:
            yield "former_slugs contains the present slug"
        if self.default_locale not in self.locales:
            yield "default_locale is not one of locales"
        yield from rules.zone("time_zone", self.time_zone)
        yield from rules.currency("currency", self.currency)

    def violations(self) -> tuple[str, ...]:
        return tuple(self._violations())


class PortalEnabled(Business, frozen=True, kw_only=True):
    """The portal was switched on."""


class BrandingRevised(Business, frozen=True, kw_only=True):
    """Something about the portal changed: brand, languages, contact or settings."""


class PortalDisabled(Business, frozen=True, kw_only=True):
    """The portal was switched off; every session of it is dead."""

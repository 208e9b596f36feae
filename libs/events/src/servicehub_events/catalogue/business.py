"""Business: a tenant's portal, its brand and its settings. Published by branding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Event, Value
from servicehub_events.catalogue.request import RequestRules
from servicehub_events.catalogue.scalars import (
    AtMost,
    Charge,
    Colour,
    Count,
    Country,
    Currency,
    DomainName,
    Email,
    HoursAhead,
    Href,
    Locale,
    LongText,
    Phone,
    Pixels,
    ShortText,
    Slug,
    TimeZone,
    TipPercentage,
    Url,
)

SurplusHandling = Literal["refund", "credit"]
RESERVED_SLUGS = frozenset({"assets", "businesses", "webhooks"})
"""First path segments that the front door keeps for itself."""
FORMER_SLUGS_LIMIT = 100
"""How many earlier addresses lead to a portal: of a business that moves more often, the newest."""


class Logo(Value, frozen=True, kw_only=True):
    """The logo; size in pixels."""

    url: Href
    """Where the picture is."""
    width: Pixels
    """Its width in pixels."""
    height: Pixels
    """Its height in pixels."""


class Icon(Value, frozen=True, kw_only=True):
    """A square icon, `size` pixels wide, with its purpose in the web app manifest."""

    url: Href
    """Where the picture is."""
    size: Pixels
    """Width and height in pixels."""
    purpose: Literal["any", "maskable", "monochrome"]
    """Its purpose in the web app manifest."""


class Colours(Value, frozen=True, kw_only=True):
    """The colours the business picked; the palette is derived from them."""

    primary: Colour
    """The main colour."""
    accent: Colour | None = None
    """A second colour."""


class Support(Value, frozen=True, kw_only=True):
    """How customers reach the business."""

    email: Email | None = None
    """Where to write."""
    phone: Phone | None = None
    """Where to call."""
    hours: ShortText | None = None
    """When somebody answers, in words."""
    url: Url | None = None
    """A page with help."""


class Reminders(Value, frozen=True, kw_only=True):
    """How many hours before a visit a reminder goes out; none if empty."""

    hours_before: Annotated[tuple[HoursAhead, ...], AtMost(10, "a reminder each")]
    """How many hours before a visit; one reminder each."""


class Tips(Value, frozen=True, kw_only=True):
    """What customers may add for the staff when they pay: the sums offered beside one of their own.

    Either `percentages` or `amounts`; with neither, only an own sum can be typed.
    """

    percentages: Annotated[tuple[TipPercentage, ...], AtMost(4, "choices beside each other")] = ()
    """Of what is left to pay on the invoices, in percent."""
    amounts: Annotated[tuple[Charge, ...], AtMost(4, "choices beside each other")] = ()
    """Fixed sums in the business's currency, offered on invoices in it."""


class DomainCheck(Value, frozen=True, kw_only=True):
    """Whether a domain was shown to be the business's: its TXT record `record` has to hold `value`."""

    status: Literal["pending", "verified", "failed"]
    """`pending` until the record is first seen, `failed` once it was missing for too long."""
    record: ShortText
    """The name of the TXT record."""
    value: ShortText
    """What the record has to hold."""


class Business(Event, frozen=True, kw_only=True):
    """A portal's full state. Sessions of a lower `generation` are dead, also after it is enabled again."""

    slug: Slug
    """The name of the portal in its address."""
    former_slugs: Annotated[tuple[Slug, ...], AtMost(FORMER_SLUGS_LIMIT, "branding keeps the newest")]
    """Earlier names, which lead to the present one."""
    enabled: bool
    """Whether the portal is on."""
    generation: Count
    """Raised each time the portal is switched off; sessions of a lower one are dead."""
    name: ShortText
    """What the business is called."""
    legal_name: ShortText | None = None
    """What it is called in law."""
    theme_url: Href
    """Its style sheet."""
    logo: Logo | None = None
    """Its logo."""
    icons: Annotated[tuple[Icon, ...], AtMost(20, "one for each size and purpose")] = ()
    """Icons for a home screen."""
    mail_logo_url: Href | None = None
    """The logo in a format that mail programs show."""
    og_image_url: Href | None = None
    """The picture of a shared link."""
    colours: Colours
    """The colours it picked."""
    locales: Annotated[tuple[Locale, ...], AtMost(20, "a switch on every page")]
    """Languages it offers."""
    default_locale: Locale
    """The language when nothing else is known."""
    time_zone: TimeZone
    """The zone of its calendar days."""
    currency: Currency
    """The currency it usually charges in; each invoice names its own."""
    country: Country
    """Where it is."""
    postal_address: LongText | None = None
    """Where post reaches it, on as many lines as it takes; shown below every page and mail."""
    website: Url | None = None
    """Its own website."""
    support: Support
    """How customers reach it."""
    stripe_account: ShortText | None = None
    """The Stripe account that receives payments; absent: nothing can be paid online."""
    tips: Tips | None = None
    """Whether customers may add a tip when they pay online, and what is offered; absent: they may not."""
    saved_cards: bool = False
    """Whether customers may keep a card for their next payments, at Stripe."""
    second_proof_to_pay: bool = False
    """Whether who pays online proves a second address of theirs before."""
    pay_links: bool = True
    """Whether mails that ask for money carry a link by which that one invoice is paid without signing in.
    There is none where `second_proof_to_pay` is set."""
    disclosure_url: Url | None = None
    """Its legal disclosure (特定商取引法に基づく表記)."""
    surplus_handling: SurplusHandling = "refund"
    """What becomes of money paid online that nothing is owed for any more, as by a voucher that was called
    off: `refund` gives it back at once, `credit` keeps it for the customer."""
    reminders: Reminders
    """When customers are reminded of a visit."""
    domain: DomainName | None = None
    """A domain of its own; the portal is there, and nowhere else, while `domain_check` says `verified`."""
    domain_check: DomainCheck | None = None
    """Whether `domain` is the business's."""
    requests: RequestRules | None = None
    """What customers may ask for in the portal; absent: nothing, and no page offers it."""

    def _violations(self) -> Iterator[str]:
        if self.slug in RESERVED_SLUGS:
            yield f"slug {self.slug} is reserved"
        if self.slug in self.former_slugs:
            yield "former_slugs contains the present slug"
        if self.default_locale not in self.locales:
            yield "default_locale is not one of locales"
        if (self.domain is None) != (self.domain_check is None):
            yield "domain and domain_check belong together"
        yield from rules.zone("time_zone", self.time_zone)
        yield from rules.currency("currency", self.currency)
        if self.tips and self.tips.percentages and self.tips.amounts:
            yield "tips are offered as percentages or as amounts, not as both"


class PortalEnabled(Business, frozen=True, kw_only=True):
    """The portal was switched on."""

    carries: ClassVar = {"enabled": (True,)}


class BrandingRevised(Business, frozen=True, kw_only=True):
    """Something about the portal changed: brand, languages, contact or settings."""


class PortalDisabled(Business, frozen=True, kw_only=True):
    """The portal was switched off; every session of it is dead."""

    carries: ClassVar = {"enabled": (False,)}

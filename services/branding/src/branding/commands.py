"""What ServiceHub's settings page may ask for."""

from dataclasses import dataclass
from typing import Literal

from servicehub_events import Colours, Reminders, Support

from branding.assets import Asset


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseBranding:
    """Set everything about a portal but its logo and whether it is on. The first one creates the business."""

    business_id: str
    slug: str
    name: str
    legal_name: str | None
    colours: Colours
    locales: tuple[str, ...]
    default_locale: str
    time_zone: str
    currency: str
    country: str
    website: str | None
    support: Support
    stripe_account: str | None
    disclosure_url: str | None
    reminders: Reminders


@dataclass(frozen=True, slots=True)
class SquareIcon:
    """A square picture, `size` pixels wide, for the home screen of a phone."""

    file: Asset
    size: int
    purpose: Literal["any", "maskable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLogo:
    """Show this picture, `width` × `height` pixels; `mail` is the same for mail clients, which lack WebP."""

    business_id: str
    picture: Asset
    width: int
    height: int
    mail: Asset
    icons: tuple[SquareIcon, ...]


@dataclass(frozen=True, slots=True)
class EnablePortal:
    """Switch the portal on."""

    business_id: str


@dataclass(frozen=True, slots=True)
class DisablePortal:
    """Switch the portal off, and end every session of it for good."""

    business_id: str


Command = ReviseBranding | SetLogo | EnablePortal | DisablePortal

"""The truth about a business's portal: one stream a business, `decide` and `evolve`, both pure.

Every event carries the full state, so the newest event is the state.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import assert_never

from servicehub_events import (
    BrandingRevised,
    Business,
    Event,
    Icon,
    Logo,
    PortalDisabled,
    PortalEnabled,
    as_event,
)

from branding import theme
from branding.assets import Asset, moved
from branding.commands import Command, DisablePortal, EnablePortal, ReviseBranding, SetLogo
from branding.errors import UnknownBusiness

FIRST_GENERATION = 1


def stream_of(business_id: str) -> str:
    """The name of the stream that holds a business's portal."""
    return f"business/{business_id}"


def evolve(state: Business | None, event: Event) -> Business | None:
    """The state after an event."""
    return as_event(Business, event) if isinstance(event, Business) else state


def replay(events: Iterable[Event]) -> Business | None:
    """The state after all events of a stream; None before the first."""
    start: Business | None = None
    return reduce(evolve, events, start)


def decide(command: Command, state: Business | None) -> Sequence[Business]:
    """The events that a command leads to; none when all is already as it asks.

    Raises `UnknownBusiness` for anything but `ReviseBranding` of a business without a state.
    """
    if isinstance(command, ReviseBranding):
        return _unless_same(state, _revised(command, state))
    if state is None:
        raise UnknownBusiness
    match command:
        case SetLogo():
            return _unless_same(state, _with_logo(command, state))
        case EnablePortal():
            return _unless_same(state, as_event(PortalEnabled, state, enabled=True))
        case DisablePortal():
            return [_disabled(state)] if state.enabled else []
        case _:
            assert_never(command)


def published_by(command: Command) -> Sequence[Asset]:
    """The files that a command makes public."""
    match command:
        case ReviseBranding():
            return [_theme(command)]
        case SetLogo():
            return [command.picture, command.mail, *(icon.file for icon in command.icons)]
        case EnablePortal() | DisablePortal():
            return []


def _unless_same(state: Business | None, event: Business) -> Sequence[Business]:
    return [] if as_event(Business, event) == state else [event]


def _theme(command: ReviseBranding) -> Asset:
    return Asset("theme", "css", theme.stylesheet(command.colours.primary).encode())


def _revised(command: ReviseBranding, state: Business | None) -> BrandingRevised:
    return BrandingRevised(
        business_id=command.business_id,
        slug=command.slug,
        former_slugs=_former_slugs(command.slug, state),
        enabled=state.enabled if state else False,
        generation=state.generation if state else FIRST_GENERATION,
        name=command.name,
        legal_name=command.legal_name,
        theme_url=_theme(command).url(command.slug),
        logo=_moved_logo(command.slug, state),
        icons=_moved_icons(command.slug, state),
        mail_logo_url=moved(state.mail_logo_url, command.slug) if state and state.mail_logo_url else None,
        colours=command.colours,
        locales=command.locales,
        default_locale=command.default_locale,
        time_zone=command.time_zone,
        currency=command.currency,
        country=command.country,
        website=command.website,
        support=command.support,
        stripe_account=command.stripe_account,
        disclosure_url=command.disclosure_url,
        reminders=command.reminders,
    )


def _former_slugs(slug: str, state: Business | None) -> tuple[str, ...]:
    """Oldest first. A slug that is taken up again is former no more."""
    if state is None or state.slug == slug:
        return state.former_slugs if state else ()
    return (*(former for former in state.former_slugs if former != slug), state.slug)


def _moved_logo(slug: str, state: Business | None) -> Logo | None:
    if state is None or state.logo is None:
        return None
    return Logo(url=moved(state.logo.url, slug), width=state.logo.width, height=state.logo.height)


def _moved_icons(slug: str, state: Business | None) -> tuple[Icon, ...]:
    icons = state.icons if state else ()
    return tuple(Icon(url=moved(icon.url, slug), size=icon.size, purpose=icon.purpose) for icon in icons)


def _with_logo(command: SetLogo, state: Business) -> BrandingRevised:
    logo = Logo(url=command.picture.url(state.slug), width=command.width, height=command.height)
    icons = tuple(
        Icon(url=icon.file.url(state.slug), size=icon.size, purpose=icon.purpose) for icon in command.icons
    )
    mail = command.mail.url(state.slug)
    return as_event(BrandingRevised, state, logo=logo, icons=icons, mail_logo_url=mail)


def _disabled(state: Business) -> PortalDisabled:
    """A raised generation outlives the switch: tokens of before stay dead when the portal is on again."""
    return as_event(PortalDisabled, state, enabled=False, generation=state.generation + 1)

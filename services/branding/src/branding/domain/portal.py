"""The portal of a business: commands, and the events each leads to. Every event is the full state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, assert_never

import msgspec
from servicehub_events import (
    FORMER_SLUGS_LIMIT,
    BrandingRevised,
    Business,
    Colours,
    DomainCheck,
    Icon,
    Logo,
    PortalDisabled,
    PortalEnabled,
    Reminders,
    RequestRules,
    Support,
    SurplusHandling,
    Tips,
    as_event,
)

from branding.domain.letter_icon import LETTER_ICON_SIDE, letter_icon
from branding.domain.own_domain import Status, new_check
from branding.domain.published_file import PublishedFile, below_slug
from branding.domain.reserved_words import RESERVED_WORDS
from branding.domain.theme import stylesheet
from branding.errors import InvalidBranding, UnknownBusiness

FIRST_GENERATION = 1
READ_ONLY: Final[Mapping[str, str]] = {
    "business_id": "it is the one in the path",
    "former_slugs": "it follows from the slugs",
    "enabled": "POST …/enable and …/disable change it",
    "generation": "POST …/disable raises it",
    "theme_url": "it follows from the colours",
    "logo": "PUT …/logo changes it",
    "icons": "they follow from the logo, and without one from the name and the colour",
    "mail_logo_url": "PUT …/logo changes it",
    "og_image_url": "PUT …/logo changes it",
    "domain_check": "it follows from the domain and its TXT record",
}
"""What a state holds beside the settings, and what changes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseBranding:
    """Set everything about a portal but its logo and whether it is on. The first one creates the business.

    `proof` is what a new domain has to show: unguessable, and of no meaning for one that is kept.
    `sent_back` holds what the caller says of `READ_ONLY` fields, as JSON; it must be so already.
    """

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
    postal_address: str | None
    website: str | None
    support: Support
    stripe_account: str | None
    tips: Tips | None
    saved_cards: bool
    second_proof_to_pay: bool
    pay_links: bool
    disclosure_url: str | None
    surplus_handling: SurplusHandling
    reminders: Reminders
    domain: str | None
    requests: RequestRules | None = None
    proof: str = field(default="", compare=False)
    sent_back: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class SquareIcon:
    """A square picture, `size` pixels wide, for the home screen of a phone."""

    file: PublishedFile
    size: int
    purpose: Literal["any", "maskable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLogo:
    """Show this picture, `width` × `height` pixels.

    `mail` is the same for mail clients, which lack WebP, and `share` what stands beside a shared link.
    """

    business_id: str
    picture: PublishedFile
    width: int
    height: int
    mail: PublishedFile
    share: PublishedFile
    icons: tuple[SquareIcon, ...]


@dataclass(frozen=True, slots=True)
class EnablePortal:
    """Switch the portal on."""

    business_id: str


@dataclass(frozen=True, slots=True)
class DisablePortal:
    """Switch the portal off, and end every session of it for good."""

    business_id: str


@dataclass(frozen=True, slots=True)
class JudgeDomain:
    """Say how the domain of a business stands, as a look at its record has shown."""

    business_id: str
    domain: str
    status: Status


Command = ReviseBranding | SetLogo | EnablePortal | DisablePortal | JudgeDomain


def stream_of(business_id: str) -> str:
    """The name of the stream that holds a business's portal."""
    return f"business/{business_id}"


def decide(command: Command, state: Business | None) -> Sequence[Business]:
    """The events that a command leads to; none when all is already as it asks.

    Raises `UnknownBusiness` for anything but `ReviseBranding` of a business without a state, and
    `InvalidBranding` for a revision that would change what it cannot, or take a reserved word as its slug.
    """
    if isinstance(command, ReviseBranding):
        if problems := [*_slug_problems(command, state), *_read_only_problems(command, state)]:
            raise InvalidBranding("; ".join(problems))
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
        case JudgeDomain():
            return _unless_same(state, _judged(command, state))
        case _:
            assert_never(command)


def is_done(command: Command, state: Business | None) -> bool:
    """Whether all is as the command asks already, as when it is sent again after its answer was lost."""
    try:
        return not decide(command, state)
    except (InvalidBranding, UnknownBusiness):
        return False


def _slug_problems(command: ReviseBranding, state: Business | None) -> Iterator[str]:
    """A slug that a business has, or had, stays its own, whatever is reserved since."""
    own = {state.slug, *state.former_slugs} if state else set[str]()
    if command.slug in RESERVED_WORDS - own:
        yield f"slug: {command.slug} is reserved, as it could pass for the portal itself; choose another one"


def _read_only_problems(command: ReviseBranding, state: Business | None) -> Iterator[str]:
    present = _as_answered(state) if state else {"business_id": command.business_id}
    for name, value in command.sent_back.items():
        if (value or None) != (present.get(name) or None):
            yield f"{name}: must be left out, or sent back as GET answers it now; {READ_ONLY[name]}"


def _as_answered(state: Business) -> dict[str, object]:
    return msgspec.json.decode(msgspec.json.encode(state), type=dict[str, object])


def published_files(command: Command) -> Sequence[PublishedFile]:
    """The files that a command makes public."""
    match command:
        case ReviseBranding():
            return [_theme(command), _letter(command)]
        case SetLogo():
            return [command.picture, command.mail, command.share, *(icon.file for icon in command.icons)]
        case EnablePortal() | DisablePortal() | JudgeDomain():
            return []


def _unless_same(state: Business | None, event: Business) -> Sequence[Business]:
    return [] if as_event(Business, event) == state else [event]


def _theme(command: ReviseBranding) -> PublishedFile:
    return PublishedFile("theme", "css", stylesheet(command.colours).encode())


def _letter(command: ReviseBranding) -> PublishedFile:
    return PublishedFile("icon", "svg", letter_icon(command.name, command.colours.primary).encode())


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
        icons=_icons(command, state),
        mail_logo_url=_moved(state.mail_logo_url if state else None, command.slug),
        og_image_url=_moved(state.og_image_url if state else None, command.slug),
        colours=command.colours,
        locales=command.locales,
        default_locale=command.default_locale,
        time_zone=command.time_zone,
        currency=command.currency,
        country=command.country,
        postal_address=command.postal_address,
        website=command.website,
        support=command.support,
        stripe_account=command.stripe_account,
        tips=command.tips,
        saved_cards=command.saved_cards,
        second_proof_to_pay=command.second_proof_to_pay,
        pay_links=command.pay_links,
        disclosure_url=command.disclosure_url,
        surplus_handling=command.surplus_handling,
        reminders=command.reminders,
        requests=command.requests,
        domain=command.domain,
        domain_check=_domain_check(command, state),
    )


def _domain_check(command: ReviseBranding, state: Business | None) -> DomainCheck | None:
    """A domain that is kept stays as it stands; another begins anew, with a proof of its own."""
    if command.domain is None:
        return None
    if state is not None and state.domain == command.domain:
        return state.domain_check
    return new_check(command.domain, command.proof)


def _judged(command: JudgeDomain, state: Business) -> BrandingRevised:
    """A look at a domain that the business has changed meanwhile says nothing."""
    check = state.domain_check
    if check is None or state.domain != command.domain:
        return as_event(BrandingRevised, state)
    return as_event(
        BrandingRevised, state, domain_check=msgspec.structs.replace(check, status=command.status)
    )


def _former_slugs(slug: str, state: Business | None) -> tuple[str, ...]:
    """Oldest first, the newest hundred. A slug that is taken up again is former no more."""
    if state is None or state.slug == slug:
        return state.former_slugs if state else ()
    return (*(former for former in state.former_slugs if former != slug), state.slug)[-FORMER_SLUGS_LIMIT:]


def _moved_logo(slug: str, state: Business | None) -> Logo | None:
    if state is None or state.logo is None:
        return None
    return Logo(url=below_slug(state.logo.url, slug), width=state.logo.width, height=state.logo.height)


def _moved(url: str | None, slug: str) -> str | None:
    return below_slug(url, slug) if url else None


def _icons(command: ReviseBranding, state: Business | None) -> tuple[Icon, ...]:
    """Those of the logo; without one, the letter."""
    if state is None or state.logo is None:
        return (Icon(url=_letter(command).url(command.slug), size=LETTER_ICON_SIDE, purpose="any"),)
    return tuple(
        Icon(url=below_slug(icon.url, command.slug), size=icon.size, purpose=icon.purpose)
        for icon in state.icons
    )


def _with_logo(command: SetLogo, state: Business) -> BrandingRevised:
    logo = Logo(url=command.picture.url(state.slug), width=command.width, height=command.height)
    icons = tuple(
        Icon(url=icon.file.url(state.slug), size=icon.size, purpose=icon.purpose) for icon in command.icons
    )
    mail, share = command.mail.url(state.slug), command.share.url(state.slug)
    return as_event(BrandingRevised, state, logo=logo, icons=icons, mail_logo_url=mail, og_image_url=share)


def _disabled(state: Business) -> PortalDisabled:
    """A raised generation outlives the switch: tokens of before stay dead when the portal is on again."""
    return as_event(PortalDisabled, state, enabled=False, generation=state.generation + 1)

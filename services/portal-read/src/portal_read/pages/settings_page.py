"""The settings: who is signed in, messages and language, the devices that are, passkeys and cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from chassis.words.display import with_honorific
from chassis.words.languages import LANGUAGE_NAMES
from servicehub_events import Session

from portal_read.pages.autopay import autopay_section
from portal_read.pages.calendar_links import FeedLinks
from portal_read.pages.context import PageContext
from portal_read.pages.kept_cards import cards_section
from portal_read.pages.language import Language, language_of
from portal_read.pages.message_choices import messages_section
from portal_read.pages.shell import page
from portal_read.ports import AutopayStanding, KeptPasskey, ListedCard, MessageChoices

UNKNOWN_DEVICE: Final = "Unknown device"
"""How auth-otp names a browser that it does not know."""
_OFF: Final = AutopayStanding(on=False)
_HANDHELD: Final = ("iPhone", "iPad", "Android")


@dataclass(frozen=True, slots=True)
class Device:
    """A row of the list. `sign_out_url` is None for the device in hand: the footer signs it out."""

    name: str
    icon: str
    since: str
    kept: str
    sign_out_url: str | None


@dataclass(frozen=True, slots=True)
class PasskeyItem:
    """A row of the passkeys."""

    name: str
    added: str
    used: str
    remove_url: str


def settings(
    ctx: PageContext,
    sessions: Sequence[Session],
    own_id: str,
    passkeys: Sequence[KeptPasskey] | None,
    cards: Sequence[ListedCard] | None = (),
    feed: FeedLinks | None = None,
    choices: MessageChoices | None = None,
    autopay: AutopayStanding | None = _OFF,
) -> str:
    """The page, for a contact's sessions; `own_id` is the one that asks.

    None: passkeys, cards, choices of messages or autopay can't be read now.
    """
    language = language_of(ctx)
    live = [session for session in sessions if session.expires_at > ctx.now]
    live.sort(key=lambda session: session.issued_at, reverse=True)
    live.sort(key=lambda session: session.session_id != own_id)
    devices = [_device(ctx, language, session, own_id) for session in live]
    addresses = (ctx.contact.email, ctx.contact.phone) if ctx.contact else ()
    return page(
        ctx,
        "settings.html",
        language.words.gettext("Settings"),
        here="settings",
        name=_person(language, ctx.contact.name) if ctx.contact else "",
        addresses=[address for address in addresses if address],
        own_language=LANGUAGE_NAMES.get(ctx.locale, ctx.locale),
        devices=devices,
        others=sum(1 for device in devices if device.sign_out_url),
        others_url=f"/auth/{ctx.business.slug}/devices/sign-out",
        passkeys_known=passkeys is not None,
        passkeys=[_passkey_item(ctx, language, one) for one in passkeys or ()],
        passkeys_url=f"/auth/{ctx.business.slug}/passkeys",
        sees_appointments=ctx.may_see("visits"),
        feed=feed,
        takes_passkeys=True,
        cards=cards_section(ctx, language, cards, autopay),
        autopay=autopay_section(ctx, language, cards, autopay),
        messages=messages_section(ctx, language, choices),
    )


def _device(ctx: PageContext, language: Language, session: Session, own_id: str) -> Device:
    say = language.words.gettext
    is_own = session.session_id == own_id
    path = f"/auth/{ctx.business.slug}/devices/{quote(session.session_id, safe='')}/sign-out"
    return Device(
        name=_name(language, session.device),
        icon="mobile" if session.device.endswith(_HANDHELD) else "laptop",
        since=_since(language, session),
        kept=say("until {date} at the latest", date=_day(language, session.expires_at))
        if session.remembered
        else say("for a day at most"),
        sign_out_url=None if is_own else path,
    )


def _since(language: Language, session: Session) -> str:
    """How it was signed in is said where it was recorded."""
    say, date = language.words.gettext, _day(language, session.issued_at)
    match session.method:
        case "passkey":
            return say("Signed in with a passkey {date}", date=date)
        case "code":
            return say("Signed in with a code {date}", date=date)
        case None:
            return say("Signed in {date}", date=date)


def _passkey_item(ctx: PageContext, language: Language, passkey: KeptPasskey) -> PasskeyItem:
    say, used_at = language.words.gettext, passkey.used_at
    passkey_id = quote(passkey.passkey_id, safe="")
    return PasskeyItem(
        name=_name(language, passkey.name),
        added=say("Added {date}", date=_day(language, passkey.added_at)),
        used=say("last used {date}", date=_day(language, used_at)) if used_at else say("not used yet"),
        remove_url=f"/auth/{ctx.business.slug}/passkeys/{passkey_id}/remove",
    )


def _person(language: Language, name: str) -> str:
    return with_honorific(name, None, organisation=False) if language.format.japanese else name


def _name(language: Language, device: str) -> str:
    """In the reader's language; a browser and its system are told apart by how auth-otp joins them."""
    browser, _, system = device.partition(" on ")
    if system:
        return language.words.gettext("{browser} on {system}", browser=browser, system=system)
    return language.words.gettext("A browser") if device == UNKNOWN_DEVICE else device


def _day(language: Language, moment: datetime) -> str:
    return language.format.in_year(moment.astimezone(language.format.zone).date(), language.today)

"""To whom a message goes: whom it concerns, who wants it, by what, and in which language. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, get_args

import msgspec
from chassis.words.languages import LOCALES, SOURCE_LOCALE, offered_locale, spoken_locales
from servicehub_events import Business, Channel, Customer, Role

from notifier.domain.kinds import RULES, MessageKind, ReminderKind, concerns


class ContactAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a contact reads mail and texts, and in which language; empty is nowhere.

    Never shown by a log or a repr.
    """

    contact_id: str
    email: str
    phone: str = ""
    locale: str | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.contact_id})"


class NotifiedContact(ContactAddress, frozen=True, kw_only=True):
    """A contact that can be written to, and about what; roles that are None are all of them."""

    roles: tuple[Role, ...] | None = None


class NotifiedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a customer: whether it may use the portal, and who can be written to."""

    portal_access: bool
    contacts: tuple[NotifiedContact, ...]


def addresses_of(customer: Customer) -> Sequence[ContactAddress]:
    """Where the contacts of a customer can be written to: nowhere without portal access."""
    return [
        ContactAddress(
            contact_id=contact.contact_id,
            email=contact.email or "",
            phone=contact.phone or "",
            locale=contact.locale or customer.locale,
        )
        for contact in customer.contacts
        if (contact.email or contact.phone) and customer.portal_access
    ]


class ContactPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact chose: a language, message kinds wanted or not, and the channels that some may go by.

    An absent kind is wanted, by every channel.
    """

    locale: str | None = None
    kinds: Mapping[str, bool] = msgspec.field(default_factory=dict[str, bool])
    channels: Mapping[str, tuple[Channel, ...]] = msgspec.field(
        default_factory=dict[str, tuple[Channel, ...]]
    )

    def wants(self, kind: str, channel: Channel) -> bool:
        """Whether this kind may be sent by this channel."""
        return self.kinds.get(kind, True) and channel in self.channels.get(kind, (channel,))


class Addressee(NamedTuple):
    """A contact, and by what it is written to."""

    contact: NotifiedContact
    channel: Channel


def recipients(
    kind: MessageKind,
    contacts: Sequence[NotifiedContact],
    preferences: Mapping[str, ContactPreferences],
    payer: str | None,
) -> list[Addressee]:
    """Whom it concerns and who wants it, each address once; the payer alone, if there is one to write to."""
    return _each_address_once(
        [way for way in _ways(kind, contacts, payer) if not declines(kind, *way, preferences)]
    )


def decliners(
    kind: MessageKind,
    contacts: Sequence[NotifiedContact],
    preferences: Mapping[str, ContactPreferences],
    payer: str | None,
) -> list[Addressee]:
    """Whom it concerns, and who switched it off."""
    return [way for way in _ways(kind, contacts, payer) if declines(kind, *way, preferences)]


def reminded(
    kind: ReminderKind,
    contacts: Sequence[NotifiedContact],
    preferences: Mapping[str, ContactPreferences],
    *,
    on_the_day: bool,
) -> list[Addressee]:
    """Whom a reminder goes to, each address once, by the first of their channels that they want.

    On the day a text comes before a mail, and a mail before a text earlier: where a contact may choose.
    """
    order: Sequence[Channel] = ("sms", "email") if on_the_day else ("email", "sms")
    ways = [
        next(iter(sorted(wanted, key=lambda way: order.index(way.channel))))
        for contact in contacts
        if (wanted := recipients(kind, [contact], preferences, None))
    ]
    return _each_address_once(ways)


def _each_address_once(ways: Sequence[Addressee]) -> list[Addressee]:
    """Of those who share an address the first."""
    return list({address_of(*way).casefold(): way for way in reversed(ways)}.values())[::-1]


def _ways(kind: MessageKind, contacts: Sequence[NotifiedContact], payer: str | None) -> list[Addressee]:
    concerned = [contact for contact in contacts if contact.contact_id == payer] or contacts
    return [
        Addressee(contact, channel)
        for contact in concerned
        if concerns(kind, contact.roles)
        for channel in channels_of(kind, reachable_by(contact))
    ]


def readers_of(kind: MessageKind, contacts: Sequence[NotifiedContact]) -> list[NotifiedContact]:
    """Whom it concerns and who can be written to; of those who share an address the first."""
    readers: dict[str, NotifiedContact] = {}
    for contact in contacts:
        if concerns(kind, contact.roles) and (address := contact.email or contact.phone):
            readers.setdefault(address.casefold(), contact)
    return list(readers.values())


def channels_of(
    kind: MessageKind, reachable: Collection[Channel], *, both: bool = False
) -> Sequence[Channel]:
    """By mail, else by text; by `both` what is needed away from home, or at once, or where either may do."""
    texts = RULES[kind].texts
    alone = texts == "without_mail" and "email" not in reachable
    texted = both or alone or texts in ("always", "either", "instead")
    mailed = both or texts != "instead" or "sms" not in reachable
    wanted: Mapping[Channel, bool] = {"email": mailed, "sms": texted}
    return [channel for channel, is_wanted in wanted.items() if is_wanted and channel in reachable]


def reachable_by(contact: ContactAddress) -> Sequence[Channel]:
    """The channels that a contact has an address for."""
    return [channel for channel in get_args(Channel) if address_of(contact, channel)]


def address_of(contact: ContactAddress, channel: Channel) -> str:
    """Where a message goes; empty for nowhere."""
    return contact.email if channel == "email" else contact.phone


def declines(
    kind: MessageKind,
    contact: NotifiedContact,
    channel: Channel,
    preferences: Mapping[str, ContactPreferences],
) -> bool:
    """Whether the contact switched off what can be switched off."""
    chosen = preferences.get(contact.contact_id)
    return RULES[kind].declinable and chosen is not None and not chosen.wants(kind, channel)


def may_read(kind: MessageKind, contact: NotifiedContact, channel: Channel) -> bool:
    """Whether the contact has the role for it, and an address there."""
    return concerns(kind, contact.roles) and bool(address_of(contact, channel))


def language_of(
    business: Business, contact: NotifiedContact, preferences: Mapping[str, ContactPreferences]
) -> str:
    """The language a contact is written to in: chosen, their own, the customer's, the business's."""
    chosen = preferences.get(contact.contact_id)
    return language_for(business, chosen.locale if chosen else None, contact.locale)


def language_for(business: Business | None, *tags: str | None) -> str:
    """The first of these BCP 47 tags whose language we speak and the business offers, as one of `LOCALES`;
    else the business's own, else English. One that is not known yet offers all.
    """
    if business is None:
        return offered_locale(tags, LOCALES) or SOURCE_LOCALE
    offered = spoken_locales(business.locales) or LOCALES
    return offered_locale((*tags, business.default_locale), offered) or SOURCE_LOCALE

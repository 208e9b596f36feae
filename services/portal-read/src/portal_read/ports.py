"""What the pages ask of others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

from servicehub_events import Contact, Payment


class AccountChoice(NamedTuple):
    """One contact of one customer, whom a proven address belongs to."""

    customer_id: str
    contact_id: str


class ChoicesUnavailable(Exception):
    """auth-otp does not answer."""


class AccountChoices(Protocol):
    """The choices behind a choice cookie, which auth-otp keeps for five minutes."""

    async def of(self, business_id: str, choice_id: str) -> Sequence[AccountChoice] | None:
        """The choices in their order, or None when they have run out. Raises `ChoicesUnavailable`."""
        ...

    async def close(self) -> None: ...


class KeptPasskey(NamedTuple):
    """A passkey of a contact: the device it was added on, when that was, and when it last signed in."""

    passkey_id: str
    name: str
    added_at: datetime
    used_at: datetime | None


class Passkeys(Protocol):
    """The passkeys of contacts, which auth-otp keeps."""

    async def list_passkeys(
        self, business_id: str, customer_id: str, contact_id: str
    ) -> Sequence[KeptPasskey] | None:
        """Those of a contact, the oldest first; None when auth-otp does not answer."""
        ...


class ListedCard(NamedTuple):
    """A card that a contact keeps; `brand` is Stripe's word, `expires` the last day on which it pays."""

    card_id: str
    brand: str
    last4: str
    expires: date


class AutopayStanding(NamedTuple):
    """Whether a customer's new invoices are paid by a card, which one and whose; `brand` is Stripe's word."""

    on: bool
    brand: str = ""
    last4: str = ""
    contact_id: str = ""


class Cards(Protocol):
    """The cards that contacts keep, and what pays by itself, which billing knows."""

    async def find_autopay(self, business_id: str, customer_id: str) -> AutopayStanding | None:
        """A customer's autopay; None when billing does not answer."""
        ...

    async def list_cards(
        self, business_id: str, customer_id: str, contact_id: str
    ) -> Sequence[ListedCard] | None:
        """Those of a contact, the newest first; None when billing or the payment provider does not answer."""
        ...


class MessageWay(NamedTuple):
    """A group of kinds of message, by a channel: `email` or `sms`."""

    group: str
    channel: str


class MessageChoice(NamedTuple):
    """What a contact is sent by a way: wanted or not, and whether that can be chosen."""

    way: MessageWay
    wanted: bool
    choosable: bool


class MessageChoices(NamedTuple):
    """What a contact chose of messages, and the version of that."""

    version: int
    choices: Sequence[MessageChoice]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenMessages:
    """A language, what is switched off, and what is switched on by who saw `seen_version`."""

    business_id: str
    customer_id: str
    contact_id: str
    seen_version: int | None = None
    locale: str | None = None
    off: Collection[MessageWay] = ()
    on: Collection[MessageWay] = ()


class KeptChoices(NamedTuple):
    """The version that stands now, and whether something stays off that was to be switched on."""

    version: int
    stays_off: bool


class MessagesUnavailable(Exception):
    """The notifier does not answer, or does not know the contact yet."""


class Messages(Protocol):
    """What contacts choose of messages, which the notifier keeps."""

    async def list_choices(self, business_id: str, contact: Contact) -> MessageChoices | None:
        """What a contact is sent, and may choose; None when the notifier does not answer."""
        ...

    async def choose(self, chosen: ChosenMessages) -> KeptChoices:
        """Keep a choice. Raises `MessagesUnavailable`."""
        ...

    async def unsubscribe(self, business_id: str, token: str) -> str | None:
        """End a kind of mail by the token of its link: the group; None for a link that ends nothing here.

        Raises `MessagesUnavailable`.
        """
        ...

    async def close(self) -> None: ...


class LinkOffer(NamedTuple):
    """What a pay link asks for: `amount` due now, in minor units; a `deposit` is not all of it."""

    number: str
    amount: int
    currency: str
    due_on: date
    deposit: bool


class OpenedLink(NamedTuple):
    """What a pay link is for, and whom it was sent to; `offer` is None once it opens nothing any more."""

    invoice_id: str
    customer_id: str
    contact_id: str
    offer: LinkOffer | None


class LinkedPayment(NamedTuple):
    """A payment that a pay link led to, the number of its one invoice, and whether the link still opens."""

    number: str
    opens: bool
    payment: Payment


class PayLinksUnavailable(Exception):
    """billing does not answer."""


class PayLinks(Protocol):
    """What pay links open, which billing alone can read. Both raise `PayLinksUnavailable`."""

    async def open_link(self, business_id: str, link: str) -> OpenedLink | None:
        """What a link is for; None for what is no link of this business."""
        ...

    async def find_payment(self, business_id: str, link: str, payment_id: str) -> LinkedPayment | None:
        """A payment of the invoice of a link, and of nothing else; None for any other."""
        ...


class OnlinePayments(Protocol):
    """Which businesses can be paid online now, as billing hears it from the payment provider."""

    def enabled(self, business_id: str) -> bool:
        """What billing last answered; True until it has, since it refuses by itself. Never waits."""
        ...

    async def close(self) -> None: ...

"""A delivery: one message to one recipient over one channel, from due to its outcome. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import msgspec
from servicehub_events import Channel

SIGN_IN_CODE: Final = "sign_in_code"
SIGN_IN_GUARDED: Final = "sign_in_guarded"
PASSKEY_ADDED: Final = "passkey_added"
_MESSAGES: Final = UUID("5b0c3f0e-8b5f-4a53-9c0e-3f6f1f2c9d71")  # the namespace of our message ids
_FIRST_WAIT: Final = timedelta(seconds=1)
_LONGEST_WAIT_OF_CODES: Final = timedelta(seconds=30)
_LONGEST_WAIT_OF_NOTIFICATIONS: Final = timedelta(minutes=5)

Jitter = Callable[[], float]
"""Gives a number from 0 to 1."""


class _Addressed(msgspec.Struct, frozen=True, kw_only=True):
    """What every delivery names. `attempts` counts this one too, once it is claimed."""

    business_id: str
    message_id: UUID
    channel: Channel
    locale: str
    caused_by: str
    expires_at: datetime
    requested_at: datetime
    traceparent: str | None
    attempts: int = 0


class CodeDelivery(_Addressed, frozen=True, kw_only=True):
    """A sign-in code, or news of sign-in for its address. It goes before all else and holds address and code,
    encrypted, until it is sent.

    `content` is a `SignInCode` for `content_context`.
    """

    kind: str = SIGN_IN_CODE
    content: bytes


class SignInCode(msgspec.Struct, frozen=True):
    """Where a code goes, the code, and the token of its link "it was not me". Never shown by a log or a repr.

    With `guarded_until` or `passkey_added_at` there is no code.
    """

    to: str
    code: str
    guard_token: str = ""
    guarded_until: datetime | None = None
    passkey_added_at: datetime | None = None

    def __repr__(self) -> str:
        return "SignInCode(…)"


class AddressChange(msgspec.Struct, frozen=True):
    """That an address of a contact was changed `at`: to whom it is said, and `new`, what is shown of the new
    address; empty for none. Never shown by a log or a repr.
    """

    to: str
    is_old: bool
    new: str
    at: datetime

    def __repr__(self) -> str:
        return "AddressChange(…)"


class NotificationDelivery(_Addressed, frozen=True, kw_only=True):
    """A notification. It holds ids alone: of the contact, and of its source as it was at `subject_version`.

    `content` is an `AddressChange` for `content_context`, of the one kind that goes to an address which may
    be the contact's no more; it is there until the delivery ends.

    `reversal_id` names the refund or dispute that it is about, `others` further sources of the same kind.
    `handed_over_at`: an earlier attempt handed this text to its provider then, and nobody knows whether it
    was taken. `kind` and `aggregate` are texts here: a newer build beside this one may know more of them.
    """

    kind: str
    customer_id: str
    contact_id: str
    aggregate: str
    subject_id: str
    subject_version: int
    reversal_id: str = ""
    others: tuple[str, ...] = ()
    content: bytes | None = None
    handed_over_at: datetime | None = None


Delivery = CodeDelivery | NotificationDelivery


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message. `to` is E.164; after `valid_for` the provider should no longer deliver it.

    What becomes of it is to be reported to `report_url`.
    """

    to: str = field(repr=False)
    text: str = field(repr=False)
    valid_for: timedelta
    report_url: str = ""


class _NotSent(Exception):
    """Why a message was not sent. `code` is stable and says nothing about the recipient."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class DeliveryPostponed(_NotSent):
    """The message cannot be sent now. `until` says when it can, where that is known."""

    def __init__(self, code: str, until: datetime | None = None) -> None:
        self.until = until
        super().__init__(code)


class DeliveryUnconfirmed(DeliveryPostponed):
    """The provider may have taken the message, and did not say so."""


class DeliveryRejected(_NotSent):
    """The message can never be sent. `address_fault` says why nothing reaches its address, if that is why."""

    def __init__(self, code: str, address_fault: str | None = None) -> None:
        self.address_fault = address_fault
        super().__init__(code)


class Obsolete(_NotSent):
    """There is nothing to tell any more, or nobody to tell it to."""


def message_id(*, caused_by: str, recipient: str, kind: str, channel: Channel, reversal_id: str = "") -> UUID:
    """The same for every repeat of the same cause, so that nothing is sent for it twice (RFC 9562, 5.5)."""
    parts = (caused_by, recipient, kind, channel, reversal_id)
    return uuid5(_MESSAGES, "/".join(parts if reversal_id else parts[:-1]))


def content_context(business_id: str, message_id: UUID) -> str:
    """What the content of a delivery is encrypted for: moved to another row it does not decrypt."""
    return f"deliveries/{business_id}/{message_id}"


def thread_of(delivery: Delivery) -> str:
    """The conversation that a mail belongs to, the same for all that is about one visit, invoice or payment.

    Codes stand alone. Ids are the publisher's, and may hold what no header can: so it is a hash of them.
    """
    if isinstance(delivery, CodeDelivery):
        return ""
    subject = f"{delivery.business_id}/{delivery.aggregate}/{delivery.subject_id}"
    return f"{delivery.aggregate}.{uuid5(_MESSAGES, subject).hex}"


def next_attempt(delivery: Delivery, now: datetime, jitter: Jitter) -> datetime:
    """When to try again: later each time and never in step with others, but not after the delivery's end."""
    is_code = isinstance(delivery, CodeDelivery)
    limit = _LONGEST_WAIT_OF_CODES if is_code else _LONGEST_WAIT_OF_NOTIFICATIONS
    wait = min(_FIRST_WAIT * 2 ** min(delivery.attempts - 1, 16), limit)
    return min(now + wait * (0.5 + jitter() / 2), delivery.expires_at)

"""What a provider reports of a message after it took it, and what that makes of it. Pure.

A message is due, then sent, then delivered or failed. A report that something arrived is always true: of a
code that was handed over twice, one copy may have failed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from servicehub_events import Channel, Message

UNANSWERED: Final = "unanswered"
"""Why a text of news failed that its provider may have taken: it is never sent a second time."""

Reported = Literal["sent", "delivered", "failed"]
Status = Literal["due", "sent", "delivered", "failed", "dropped"]


class MessageReport(msgspec.Struct, frozen=True, kw_only=True, tag="message"):
    """What a provider reports of a message: `error` and what is wrong with its address, if it failed."""

    message_id: UUID
    status: Reported
    reference: str | None = None
    error: str | None = None
    address_fault: str | None = None


class TextReply(msgspec.Struct, frozen=True, kw_only=True, tag="reply"):
    """That a number ended texts, or wants them again. Never shown by a log or a repr."""

    reference: str
    number: str
    wants_texts: bool

    def __repr__(self) -> str:
        return f"TextReply({self.reference})"


Report = MessageReport | TextReply


class KnownMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery of any kind, as far as its events tell of it. `address_index` finds where it went."""

    business_id: str
    message_id: UUID
    version: int
    status: Status
    kind: str
    channel: Channel
    locale: str
    caused_by: str
    customer_id: str | None = None
    contact_id: str | None = None
    aggregate: str | None = None
    subject_id: str | None = None
    provider_reference: str | None = None
    error: str | None = None
    address_index: str | None = None
    sent_to: str | None = None
    ended_at: datetime | None = None


def event_of(cls: Callable[..., Message], message: KnownMessage, address_fault: str | None) -> Message:
    """What is told of a message as it is now."""
    return cls(
        business_id=message.business_id,
        message_id=str(message.message_id),
        kind=message.kind,
        customer_id=message.customer_id,
        contact_id=message.contact_id,
        channel=message.channel,
        locale=message.locale,
        caused_by=message.caused_by,
        provider_reference=message.provider_reference,
        error=message.error,
        address_fault=address_fault,
        invoice_id=message.subject_id if message.aggregate == "invoice" else None,
        appointment_id=message.subject_id if message.aggregate == "appointment" else None,
        payment_id=message.subject_id if message.aggregate == "payment" else None,
        sent_to=message.sent_to,
        at=message.ended_at,
    )


def status_after(status: Status, error: str | None, report: MessageReport) -> Reported | None:
    """What a message is after a report; None where that changes nothing."""
    unanswered = status == "failed" and error == UNANSWERED
    match report.status:
        case "delivered":
            return "delivered" if status in ("sent", "failed") else None
        case "failed":
            return "failed" if status == "sent" or unanswered else None
        case "sent":
            return "sent" if unanswered else None

"""Messages about an invoice or a payment: where each went, or that it did not arrive.

An address is shown as the event has it, `h…@mail.example`: whoever sees the invoice may be another contact.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.words.catalogue import Words
from servicehub_events import Message

ISSUED: Final = ("invoice_issued", "deposit_asked")
"""The kinds that bring an invoice."""
_UNKNOWN: Final = "unanswered"
"""Why a text failed of which nobody knows whether it arrived: nothing is said of it."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that left; `note` says what it was, of one that did not arrive."""

    at: datetime
    kind: str
    icon: str
    text: str
    note: str | None = None


def sent_messages(words: Words, messages: Iterable[Message]) -> Sequence[SentMessage]:
    """Those of which something is known, in the order in which they left."""
    known = (message for message in messages if message.error != _UNKNOWN)
    told = [_told(words, message, message.sent_to, message.at) for message in known]
    return sorted((line for line in told if line), key=lambda line: line.at)


def _told(words: Words, message: Message, address: str | None, at: datetime | None) -> SentMessage | None:
    if not address or at is None:
        return None
    name, sentence = _words(words.gettext, message.kind, address)
    if message.error:
        text = words.gettext("Could not be delivered to {address}", address=address)
        return SentMessage(at, message.kind, "alert", text, name)
    return SentMessage(at, message.kind, "mail", sentence)


def _words(say: Callable[..., str], kind: str, address: str) -> tuple[str, str]:
    """What a message is, and that it was sent."""
    match kind:
        case "invoice_issued":
            return say("Invoice"), say("Sent to {address}", address=address)
        case "deposit_asked":
            return say("Deposit request"), say("Deposit request sent to {address}", address=address)
        case "invoice_due_soon" | "invoice_overdue":
            return say("Reminder"), say("Reminder sent to {address}", address=address)
        case "invoice_changed":
            return say("Notice of the change"), say("Notice of the change sent to {address}", address=address)
        case "invoice_voided":
            sentence = say("Notice of the withdrawal sent to {address}", address=address)
            return say("Notice of the withdrawal"), sentence
        case "credit_note":
            return say("Credit note"), say("Credit note sent to {address}", address=address)
        case "receipt":
            return say("Receipt"), say("Receipt sent to {address}", address=address)
        case _:
            return say("Notice"), say("Notice sent to {address}", address=address)

"""What a delivery needs: somebody who writes the message, and somebody who takes mails or text messages."""

from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Protocol

from servicehub_events import Business

from notifier.domain import Job
from notifier.messages.mail import Letter

__all__ = ["Letter", "MailSender", "Moot", "Refused", "Sms", "SmsSender", "TryAgain", "Writer"]


class TryAgain(Exception):
    """The provider could not take the message now. `code` is stable and says nothing about the recipient."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Refused(Exception):
    """The provider will never take this message. `code` as in `TryAgain`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Moot(Exception):
    """There is nothing to tell any more, or nobody to tell it to. `code` as in `TryAgain`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message. `to` is E.164; after `valid_for` the provider should no longer deliver it."""

    to: str = field(repr=False)
    text: str = field(repr=False)
    valid_for: timedelta


class Writer(Protocol):
    """Writes the messages of some kinds, at the moment of sending."""

    async def write(self, job: Job, business: Business) -> Letter | Sms:
        """What to send now. Raises `TryAgain`, `Refused` or `Moot`."""
        ...


class MailSender(Protocol):
    """Takes mails. A mail may be given twice; its Message-ID is the same then."""

    async def send(self, mail: EmailMessage, to: str) -> str | None:
        """Hand the mail over; give back the provider's reference. Raises `TryAgain` or `Refused`."""
        ...


class SmsSender(Protocol):
    """Takes text messages."""

    async def send(self, sms: Sms) -> str | None:
        """Hand the message over; give back the provider's reference. Raises `TryAgain` or `Refused`."""
        ...

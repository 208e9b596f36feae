"""What the notifier needs from outside: somebody who takes mails, and somebody who takes text messages."""

from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message. `to` is E.164; after `valid_for` the provider should no longer deliver it."""

    to: str = field(repr=False)
    text: str = field(repr=False)
    valid_for: timedelta


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

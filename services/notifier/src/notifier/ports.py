"""What a delivery needs of the world outside: somebody who takes emails, and somebody who takes texts."""

from email.message import EmailMessage
from typing import Protocol
from uuid import UUID

from notifier.domain.delivery import Sms
from notifier.domain.reports import MessageReport, TextReply


class MailSender(Protocol):
    """Takes emails. One may be given twice; its Message-ID is the same then."""

    async def send(self, mail: EmailMessage, to: str) -> str | None:
        """Hand the email over; give back the provider's reference.

        Raises `DeliveryPostponed` or `DeliveryRejected`.
        """
        ...

    async def close(self) -> None:
        """Give back what sending holds."""
        ...


class SmsSender(Protocol):
    """Takes text messages."""

    async def send(self, sms: Sms) -> str | None:
        """Hand the message over; give back the provider's reference.

        Raises `DeliveryPostponed` or `DeliveryRejected`.
        """
        ...

    def takes_replies(self, number: str) -> bool:
        """Whether somebody at this number can answer."""
        ...

    async def close(self) -> None:
        """Give back what sending holds."""
        ...


class TextWebhooks(Protocol):
    """Reads what the provider of texts posts. `url` is the one that it was told. Raises `UnsignedReport`."""

    def read_status(self, url: str, body: bytes, signature: str, message_id: UUID) -> MessageReport | None:
        """What became of a text; None while that is not known."""
        ...

    def read_reply(self, url: str, body: bytes, signature: str) -> TextReply | None:
        """That a number ended texts or wants them again; None for any other text."""
        ...

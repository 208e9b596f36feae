"""What a delivery needs of the world outside: somebody who takes emails, and somebody who takes texts."""

from email.message import EmailMessage
from typing import Protocol

from notifier.domain.delivery import Sms


class MailSender(Protocol):
    """Takes emails. One may be given twice; its Message-ID is the same then."""

    async def send(self, mail: EmailMessage, to: str) -> str | None:
        """Hand the email over; give back the provider's reference.

        Raises `DeliveryPostponed` or `DeliveryRejected`.
        """
        ...


class SmsSender(Protocol):
    """Takes text messages."""

    async def send(self, sms: Sms) -> str | None:
        """Hand the message over; give back the provider's reference.

        Raises `DeliveryPostponed` or `DeliveryRejected`.
        """
        ...

    async def close(self) -> None:
        """Give back what sending holds."""
        ...

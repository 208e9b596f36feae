"""What every handler of billing gets."""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.context import ServiceContext
from chassis.encryption import FieldCipher
from chassis.identity import SessionVerifier

from billing.ports import PaymentProcessor, WebhookReader
from billing.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """`processor` and `webhooks` are the payment processor's two sides; `cipher` encrypts raw webhooks.

    `chargeable` remembers by account whether it could be charged, and when that was asked.
    """

    processor: PaymentProcessor
    webhooks: WebhookReader
    cipher: FieldCipher
    verifier: SessionVerifier
    chargeable: dict[str, tuple[bool, datetime]] = field(default_factory=dict[str, tuple[bool, datetime]])

    async def close(self) -> None:
        """Give every connection back, those to the processor first."""
        await self.processor.close()
        await ServiceContext[Settings].close(self)

"""What every handler of billing gets."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from chassis.context import ServiceContext
from chassis.encryption import FieldCipher
from chassis.identity import SessionVerifier
from chassis.identity.ended_sessions import EndedSessions
from chassis.process.loops import GRACE_SECONDS
from chassis.web import Integrations, RequestLimit
from papers.press import Press

from billing.domain.account_standing import AccountStanding
from billing.ports import CardCharges, CardVaults, PaymentProcessor, WebhookReader
from billing.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """`processor` and `webhooks` are the payment processor's two sides; `cipher` encrypts raw webhooks.

    `vaults` is where people's cards are kept there, `charges` how one is charged while its owner is away.

    `integrations` are the programs of ServiceHub that may ask. `press` typesets receipts. `standings`
    remembers by account how it stood, and when that was asked. Whoever clicks is answered within
    `answer_within_seconds`; what has not ended by then is in `going_on`. `link_posts` counts by network who
    pays without being signed in.
    """

    processor: PaymentProcessor
    vaults: CardVaults
    charges: CardCharges
    webhooks: WebhookReader
    cipher: FieldCipher
    ended_sessions: EndedSessions
    verifier: SessionVerifier
    integrations: Integrations
    link_posts: RequestLimit
    press: Press = field(default_factory=Press)
    standings: dict[str, tuple[AccountStanding, datetime]] = field(
        default_factory=dict[str, tuple[AccountStanding, datetime]]
    )

    answer_within_seconds: float = 8.0
    going_on: set[asyncio.Task[object]] = field(default_factory=set[asyncio.Task[object]])

    async def close(self) -> None:
        """Let what goes on end, and give every connection back, those to the processor first."""
        if self.going_on:
            await asyncio.wait(self.going_on, timeout=GRACE_SECONDS)
        await self.ended_sessions.close()
        await self.processor.close()
        await ServiceContext[Settings].close(self)

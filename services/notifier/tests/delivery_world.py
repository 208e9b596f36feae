"""The notifier in the world of all services, with senders that do as told."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.message import EmailMessage

import msgspec
from chassis.database import Database
from chassis.encryption import BlindIndex, FieldCipher
from chassis.events_out import EventStore
from code_samples import NOW, SETTINGS
from local_stack.environment import Process
from local_stack.servers.databases import DatabaseUrls
from notifier.adapters.twilio_webhooks import TwilioWebhooks
from notifier.context import Context
from notifier.delivery_queue import DeliveryQueue
from notifier.domain.channels import AddressIndex
from notifier.domain.delivery import Sms
from notifier.errors import SignInCodeExpired
from notifier.handlers.accept_code import AcceptCode, accept_code
from notifier.reactions import IDENTITY
from notifier.service import SERVICE
from notifier.settings import Settings
from portal_testing import world as testing
from portal_testing.stack import Servers
from servicehub_events import Customer, Envelope, Event, Message


@dataclass
class FakeMail:
    """Takes every mail, after raising what it was told to.

    A mail to an address in `hold` waits there for that event, and sets `held` when it begins to.
    """

    held: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[tuple[str, EmailMessage]] = field(default_factory=list[tuple[str, EmailMessage]])
    errors: list[Exception] = field(default_factory=list[Exception])
    hold: Mapping[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    async def send(self, mail: EmailMessage, to: str) -> str | None:
        if to in self.hold:
            release = self.hold[to]
            self.held.set()
            await release.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((to, mail))
        return None

    async def close(self) -> None: ...


@dataclass
class FakeSms:
    """Takes every text message, after raising what it was told to.

    While it is `silent` it takes texts and never says so; `taken` is set when it has one.
    """

    sent: list[Sms] = field(default_factory=list[Sms])
    errors: list[Exception] = field(default_factory=list[Exception])
    silent: bool = False
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, sms: Sms) -> str | None:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(sms)
        if self.silent:
            self.taken.set()
            await asyncio.Event().wait()
        return "SM1"

    def takes_replies(self, number: str) -> bool:
        return number.startswith("+81")

    async def close(self) -> None: ...


class World(testing.World[Settings, Context]):
    """The notifier, over senders that do as told."""

    service, reactions = SERVICE, IDENTITY

    def __init__(self, servers: Servers, urls: DatabaseUrls, **settings: object) -> None:
        self.mail, self.sms = FakeMail(), FakeSms()
        super().__init__(servers, urls, **settings)
        self.clock.now = NOW

    def environment(self, process: Process) -> dict[str, str]:
        """With the addresses that messages name."""
        ours = {name: SETTINGS[name] for name in ("PUBLIC_ORIGIN", "MAIL_FROM")}
        return {**super().environment(process), **ours}

    def build(self, settings: Settings) -> Context:
        """The service, with the fake senders."""
        return Context(
            settings=settings,
            database=Database(settings.database_url),
            events=EventStore(cipher=FieldCipher(settings.field_encryption_keys)),
            clock=self.clock,
            mail=self.mail,
            sms=self.sms,
            text_webhooks=TwilioWebhooks(settings.twilio_auth_token),
            cipher=FieldCipher(settings.field_encryption_keys),
            addresses=AddressIndex(BlindIndex(settings.blind_index_keys)),
            links=FieldCipher(settings.unsubscribe_keys),
            jitter=lambda: 1.0,
        )

    async def apply(self, *events: Event | Envelope, version: int | None = None, news: bool = False) -> None:
        """As ever. Customers are no news unless it is `news`, so that nobody is told of their page."""
        batch = [e if isinstance(e, Envelope) else self.envelope(e, version) for e in events]
        known = [
            msgspec.structs.replace(e, quiet=True) if isinstance(e.event, Customer) and not news else e
            for e in batch
        ]
        await super().apply(*known)

    def queue(self, at_once: int = 16) -> DeliveryQueue:
        """A worker's queue, with so many places."""
        settings = msgspec.structs.replace(self.settings, deliveries_at_once=at_once)
        return DeliveryQueue(replace(self.worker, settings=settings))

    async def hand_over(self, *codes: AcceptCode) -> None:
        """What happens to codes that auth-otp wants to be sent."""
        for code in codes:
            with suppress(SignInCodeExpired):  # auth-otp drops it then
                await accept_code(self.web, code)

    async def deliver(self, later: float = 0) -> int:
        """Let `later` seconds pass, then deliver all that is due; how many deliveries were claimed."""
        self.clock.pass_time(seconds=later)
        queue = self.queue()
        claimed = await queue.step()
        await queue.idle()
        return claimed

    async def outcomes(self) -> list[tuple[str, str | None]]:
        """Type and error of every event published, in order."""
        events = [(envelope.type, envelope.event) for envelope in await self.published()]
        return [(kind, event.error) for kind, event in events if isinstance(event, Message)]

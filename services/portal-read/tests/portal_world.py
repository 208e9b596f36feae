"""portal-read in the world of all services: the projector and the pages over one database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import rows_digest
from chassis.database import Transaction
from local_stack.environment import Process
from local_stack.servers.databases import DatabaseUrls
from portal_read.context import Context
from portal_read.ports import (
    AccountChoice,
    AutopayStanding,
    ChosenMessages,
    KeptChoices,
    KeptPasskey,
    LinkedPayment,
    ListedCard,
    MessageChoices,
    MessagesUnavailable,
    OpenedLink,
    PayLinksUnavailable,
)
from portal_read.projection import names
from portal_read.projection.projector import Projector
from portal_read.projection.sealed_states import StateCipher
from portal_read.projection.tables import tables
from portal_read.service import SERVICE, build
from portal_read.settings import Settings
from portal_testing import world as testing
from portal_testing.stack import Servers
from servicehub_events import (
    Contact,
    CustomerRegistered,
    Envelope,
    Event,
    InvoiceIssued,
    PortalEnabled,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples
from sqlalchemy import delete

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BUSINESS, CUSTOMER, CONTACT = samples.BUSINESS, samples.CUSTOMER, samples.CONTACT
SLUG = samples.business().slug
ROOT = f"/portal/{SLUG}"
_FRESH = (
    "INSERT INTO positions (consumer, topic, partition, next_offset, caught_up_at)"
    " SELECT c, 't', 0, 0, CAST(:at AS timestamptz)"
    " FROM unnest(ARRAY['portal-read.people', 'portal-read.work']) c"
    " ON CONFLICT (consumer, topic, partition) DO UPDATE SET caught_up_at = EXCLUDED.caught_up_at"
)


@dataclass
class FakeAccountChoices:
    """auth-otp's choices by id."""

    kept: dict[str, Sequence[AccountChoice]] = field(default_factory=dict[str, Sequence[AccountChoice]])

    async def of(self, business_id: str, choice_id: str) -> Sequence[AccountChoice] | None:
        return self.kept.get(f"{business_id}/{choice_id}")

    async def close(self) -> None:
        self.kept.clear()


@dataclass
class FakePasskeys:
    """auth-otp's passkeys by contact; None while it is away."""

    kept: dict[str, Sequence[KeptPasskey]] | None = field(default_factory=dict[str, Sequence[KeptPasskey]])

    async def list_passkeys(
        self, business_id: str, customer_id: str, contact_id: str
    ) -> Sequence[KeptPasskey] | None:
        return None if self.kept is None else self.kept.get(f"{business_id}/{customer_id}/{contact_id}", ())


@dataclass
class FakeCards:
    """billing's kept cards by contact; None while it is away."""

    kept: dict[str, Sequence[ListedCard]] | None = field(default_factory=dict[str, Sequence[ListedCard]])

    autopay: AutopayStanding | None = AutopayStanding(on=False)  # noqa: RUF009  # a tuple

    async def find_autopay(self, business_id: str, customer_id: str) -> AutopayStanding | None:
        return self.autopay

    async def list_cards(
        self, business_id: str, customer_id: str, contact_id: str
    ) -> Sequence[ListedCard] | None:
        return None if self.kept is None else self.kept.get(f"{business_id}/{customer_id}/{contact_id}", ())


@dataclass
class FakeOnlinePayments:
    """Businesses that billing says cannot be paid online."""

    disabled: set[str] = field(default_factory=set[str])

    def enabled(self, business_id: str) -> bool:
        return business_id not in self.disabled

    async def close(self) -> None:
        self.disabled.clear()


@dataclass
class FakeMessages:
    """The notifier's choices of one contact; None while it is away. `ended` are tokens that end mails."""

    choices: MessageChoices | None = field(default_factory=lambda: MessageChoices(0, ()))
    ended: dict[str, str] = field(default_factory=dict[str, str])
    chosen: list[ChosenMessages] = field(default_factory=list[ChosenMessages])
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    stays_off: bool = False

    async def list_choices(self, business_id: str, contact: Contact) -> MessageChoices | None:
        return self.choices

    async def choose(self, chosen: ChosenMessages) -> KeptChoices:
        if self.choices is None:
            raise MessagesUnavailable
        self.chosen.append(chosen)
        return KeptChoices(self.choices.version + 1, self.stays_off)

    async def unsubscribe(self, business_id: str, token: str) -> str | None:
        if self.choices is None:
            raise MessagesUnavailable
        self.asked.append((business_id, token))
        return self.ended.get(f"{business_id}/{token}")

    async def close(self) -> None:
        self.chosen.clear()


@dataclass
class FakePayLinks:
    """billing's links, and payments by link and id; `asked` counts, and while it is `away` it fails."""

    links: dict[str, OpenedLink] = field(default_factory=dict[str, OpenedLink])
    payments: dict[tuple[str, str], LinkedPayment] = field(
        default_factory=dict[tuple[str, str], LinkedPayment]
    )
    asked: int = 0
    away: bool = False

    async def open_link(self, business_id: str, link: str) -> OpenedLink | None:
        self._answers()
        return self.links.get(link) if business_id == BUSINESS else None

    async def find_payment(self, business_id: str, link: str, payment_id: str) -> LinkedPayment | None:
        self._answers()
        return self.payments.get((link, payment_id)) if business_id == BUSINESS else None

    def _answers(self) -> None:
        self.asked += 1
        if self.away:
            raise PayLinksUnavailable


def twin_business() -> tuple[Event, ...]:
    """A second business whose ids are the sample's: its customer is signed in, and owes TWIN-1."""
    twin = {"business_id": "b-2"}
    business = as_event(
        PortalEnabled, samples.business(), **twin, slug="twin-business", former_slugs=(), name="Twin"
    )
    return (
        business,
        as_event(CustomerRegistered, samples.customer(), **twin, display_name="Twin Customer"),
        as_event(SignedIn, samples.session(), **twin),
        as_event(InvoiceIssued, samples.invoice(), **twin, number="TWIN-1"),
    )


class World(testing.World[Settings, Context]):
    """The pages, and the projector in place of reactions."""

    service = SERVICE

    def __init__(self, servers: Servers, urls: DatabaseUrls, **settings: object) -> None:
        self.account_choices, self.online_payments = FakeAccountChoices(), FakeOnlinePayments()
        self.passkeys, self.cards = FakePasskeys(), FakeCards()
        self.messages, self.pay_links = FakeMessages(), FakePayLinks()
        super().__init__(servers, urls, **settings)
        self.clock.now = NOW

    async def begin(self) -> None:
        """The projector stands at the end of the log."""
        await self.caught_up(NOW)

    def environment(self, process: Process) -> dict[str, str]:
        return {**super().environment(process), "SECURITY_CONTACT": "mailto:security@example.com"}

    def build(self, settings: Settings) -> Context:
        return build(
            settings,
            account_choices=self.account_choices,
            passkeys=self.passkeys,
            cards=self.cards,
            online_payments=self.online_payments,
            messages=self.messages,
            pay_links=self.pay_links,
            clock=self.clock,
        )

    async def react(self, tx: Transaction, batch: Sequence[Envelope]) -> None:
        """Project a batch."""
        await self.projector().apply(tx, batch)

    @property
    def cipher(self) -> StateCipher:
        """What opens the states of this database."""
        return StateCipher.of(self.settings.field_encryption_keys)

    def projector(self, schema: str = names.FIRST) -> Projector:
        """What fills a projection."""
        return Projector(schema, self.cipher)

    async def projected(self, schema: str = names.FIRST) -> rows_digest.Rows:
        """All that a projection shows."""
        async with self.worker.all_tenants() as tx:
            return await rows_digest.rows(tx.connection, schema, self.cipher)

    async def empty(self) -> None:
        """Forget all that is projected."""
        async with self.worker.all_tenants() as tx:
            for table in tables(names.FIRST).all():
                await tx.connection.execute(delete(table))

    async def caught_up(self, at: datetime | None) -> None:
        """Say when the projector last stood at the end of the log, and let the web process notice."""
        async with self.worker.all_tenants() as tx:
            await tx.run(_FRESH, at=at)
        await self.web.freshness.read()

    async def get(
        self, path: str, cookie: str | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A page, as the sample's contact sees it, or with another `cookie`."""
        sent = {"Cookie": self.cookie() if cookie is None else cookie, **(headers or {})}
        return await self.browser().get(path, headers=sent)

"""The projector and the pages over one database, driven by events and by requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import rows_digest
from chassis.database import Database, Transaction
from chassis.identity import SessionSigner, SessionToken, cookie_name
from chassis.process import web_app
from chassis.settings.base import Secret, load
from chassis.settings.keys import KeyRing
from local_stack.servers.databases import DatabaseUrls
from local_stack.testing import Servers
from portal_read.context import Context
from portal_read.ports import AccountChoice
from portal_read.projection import names
from portal_read.projection.projector import Projector
from portal_read.service import SERVICE, build
from portal_read.settings import Settings
from servicehub_events import Envelope, Event
from servicehub_events_tools.testing import samples
from sqlalchemy import text

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BUSINESS, CUSTOMER, CONTACT = samples.BUSINESS, samples.CUSTOMER, samples.CONTACT
SLUG = samples.business().slug
ROOT = f"/portal/{SLUG}"
_FRESH = text(
    "INSERT INTO positions (consumer, topic, partition, next_offset, caught_up_at)"
    " SELECT c, 't', 0, 0, CAST(:at AS timestamptz)"
    " FROM unnest(ARRAY['portal-read.people', 'portal-read.work']) c"
    " ON CONFLICT (consumer, topic, partition) DO UPDATE SET caught_up_at = EXCLUDED.caught_up_at"
)


def envelope(event: Event, sequence: int) -> Envelope:
    return Envelope(event=event, id=f"id-{sequence}", source="/test", time=NOW, sequence=sequence)


@dataclass
class FakeAccountChoices:
    """auth-otp's choices by id."""

    kept: dict[str, Sequence[AccountChoice]] = field(default_factory=dict[str, Sequence[AccountChoice]])

    async def of(self, business_id: str, choice_id: str) -> Sequence[AccountChoice] | None:
        return self.kept.get(f"{business_id}/{choice_id}")

    async def close(self) -> None:
        self.kept.clear()


@dataclass
class FakeOnlinePayments:
    """Businesses that billing says cannot be paid online."""

    disabled: set[str] = field(default_factory=set[str])

    def enabled(self, business_id: str) -> bool:
        return business_id not in self.disabled

    async def close(self) -> None:
        self.disabled.clear()


@dataclass
class ReadSide:
    """`now` is what the pages take for the present."""

    settings: Settings
    urls: DatabaseUrls
    worker: Database
    web: Database
    signer: SessionSigner
    account_choices: FakeAccountChoices
    online_payments: FakeOnlinePayments
    ctx: Context = field(init=False)
    browser: httpx.AsyncClient = field(init=False)
    now: datetime = NOW
    sequence: int = 0

    @classmethod
    async def start(cls, servers: Servers, urls: DatabaseUrls, **variables: str) -> "ReadSide":
        environment = servers.environment("portal_read", "api", urls, http_port=8102)
        contact = {"SECURITY_CONTACT": "mailto:security@example.com"}
        settings = load(Settings, {**environment, **contact, **variables})
        signer = SessionSigner(KeyRing.parse(servers.secrets.session_keys().private))
        worker, web = Database(Secret(urls.worker)), Database(Secret(urls.web))
        fakes = FakeAccountChoices(), FakeOnlinePayments()
        side = cls(settings, urls, worker, web, signer, *fakes)
        side.ctx = build(
            settings,
            account_choices=side.account_choices,
            online_payments=side.online_payments,
            clock=lambda: side.now,
        )
        transport = httpx.ASGITransport(web_app(SERVICE, side.ctx), raise_app_exceptions=False)
        side.browser = httpx.AsyncClient(transport=transport, base_url="http://portal")
        await side.caught_up(NOW)
        return side

    async def close(self) -> None:
        await self.browser.aclose()
        await self.ctx.close()
        await self.worker.close()
        await self.web.close()

    async def apply(self, *events: Event, schema: str = "") -> None:
        """Project events in one batch, each with a higher version than all before it."""
        envelopes: list[Envelope] = []
        for event in events:
            self.sequence += 1
            envelopes.append(envelope(event, self.sequence))
        await self.apply_envelopes(envelopes, schema=schema)

    async def apply_envelopes(self, envelopes: Sequence[Envelope], *, schema: str = "") -> None:
        projector = Projector(schema or names.FIRST)
        async with self.worker.transaction() as connection:
            await projector.apply(Transaction(connection), envelopes)

    async def rows(self) -> rows_digest.Rows:
        async with self.worker.transaction() as connection:
            return await rows_digest.rows(connection, names.FIRST)

    async def caught_up(self, at: datetime | None) -> None:
        """Say when the projector last stood at the end of the log, and let the web process notice."""
        async with self.worker.transaction() as connection:
            await connection.execute(_FRESH, {"at": at})
        await self.ctx.freshness.read()

    def token(self, **changes: object) -> SessionToken:
        fields: dict[str, object] = {
            "session_id": "se-1",
            "business_id": BUSINESS,
            "generation": 1,
            "customer_id": CUSTOMER,
            "contact_id": CONTACT,
            "issued_at": int(self.now.timestamp()),
            "expires_at": int((self.now + timedelta(days=1)).timestamp()),
        }
        return SessionToken(**{**fields, **changes})  # pyright: ignore[reportArgumentType]

    def cookie(self, **changes: object) -> str:
        """A `Cookie` header of somebody signed in."""
        token = self.token(**changes)
        return f"{cookie_name(token.business_id)}={self.signer.sign(token)}"

    async def get(
        self, path: str, cookie: str | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A page, as the sample's contact sees it, or with another `cookie`."""
        sent = {"Cookie": self.cookie() if cookie is None else cookie, **(headers or {})}
        return await self.browser.get(path, headers=sent)

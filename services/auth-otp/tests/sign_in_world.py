"""Sign-in on real servers, as a customer's browser, ServiceHub and the notifier see it."""

import json
from collections.abc import Mapping

import httpx
import msgspec
import portal_testing
from auth_otp.context import Context
from auth_otp.handlers.send_codes import send_waiting
from auth_otp.reactions import IDENTITY
from auth_otp.service import SERVICE
from auth_otp.settings import Settings
from chassis.encryption import unseal
from chassis.settings import KeyRing, Secret
from local_stack.servers.databases import DatabaseUrls
from local_stack.testing import Servers
from servicehub_events import BrandingRevised, Contact, CustomerRevised, Session, as_event
from servicehub_events_tools.testing import samples

BUSINESS, OTHER_BUSINESS = "b-1", "b-2"
EMAIL = "hanako@example.com"
SLUGS = {BUSINESS: "sample-business", OTHER_BUSINESS: "other-business"}
_TAKE_CODES = "DELETE FROM outbox WHERE lane = 'codes' RETURNING position, value, headers"


class _CodeRow(msgspec.Struct, frozen=True):
    position: int
    value: bytes
    headers: list[tuple[str, str]]


class World(portal_testing.World[Settings, Context]):
    """Sign-in with a Valkey of its own and a second web process, by the real clock, as Valkey is."""

    service, reactions = SERVICE, IDENTITY

    def __init__(self, servers: Servers, urls: DatabaseUrls, **settings: object) -> None:
        super().__init__(servers, urls, **{"redis_url": Secret(servers.fresh_redis_url()), **settings})
        self.second = self.context("api")
        self.seal_keys = KeyRing.parse(servers.secrets.seal_keys().private)

    async def begin(self) -> None:
        """Two businesses, and one customer whose only contact is `EMAIL` at the first."""
        await self.apply(business(), business(OTHER_BUSINESS), customer())

    async def send_codes(self) -> list[dict[str, str]]:
        """Let the worker work; what the notifier can read of it: `to`, `code` and the event's own fields."""
        while await send_waiting(self.worker):
            pass
        async with self.worker.all_tenants() as tx:
            rows = await tx.all(_TAKE_CODES, _CodeRow)
        return [self._read(row) for row in sorted(rows, key=lambda row: row.position)]

    def _read(self, row: _CodeRow) -> dict[str, str]:
        event: dict[str, str] = json.loads(row.value)
        return {**event, **self.opened(event["sealed"]), "sequence": dict(row.headers)["ce_sequence"]}

    def opened(self, sealed: str) -> dict[str, str]:
        """What the notifier finds in a sealed code."""
        content: dict[str, str] = json.loads(unseal(self.seal_keys, sealed))
        return content

    async def code_for(
        self, browser: httpx.AsyncClient, address: str = EMAIL, slug: str = "sample-business"
    ) -> str:
        """Ask for a code and read it."""
        answer = await browser.post(f"/auth/{slug}/codes", data={"address": address})
        assert answer.status_code == 303, answer.text
        (sent,) = await self.send_codes()
        return sent["code"]

    async def enter(self, browser: httpx.AsyncClient, code: str, **more: str) -> httpx.Response:
        """Enter a code."""
        return await browser.post("/auth/sample-business/sessions", data={"code": code, **more})

    async def session_events(self) -> list[Session]:
        """Every session event, oldest first, as it was published."""
        events = [envelope.event for envelope in await self.published()]
        return [event for event in events if isinstance(event, Session)]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        return await self.value(f"SELECT count(*) FROM {table}", int) or 0


def business(business_id: str = BUSINESS, **changes: object) -> BrandingRevised:
    """A portal that is on."""
    state = as_event(BrandingRevised, samples.business())
    same = {"business_id": business_id, "slug": SLUGS.get(business_id, ""), "former_slugs": ()}
    return as_event(BrandingRevised, state, **{**same, **changes})


def contact(contact_id: str = "co-1", email: str | None = EMAIL, phone: str | None = None) -> Contact:
    """Somebody who may sign in."""
    return Contact(contact_id=contact_id, name="Hanako", email=email, phone=phone)


def customer(*contacts: Contact, business_id: str = BUSINESS, **changes: object) -> CustomerRevised:
    """A customer with portal access."""
    same: dict[str, object] = {
        "business_id": business_id,
        "locale": None,
        "contacts": contacts or (contact(),),
    }
    return as_event(CustomerRevised, samples.customer(), **{**same, **changes})


def visible(answer: httpx.Response) -> Mapping[str, object]:
    """What an onlooker can tell answers apart by: all but the values of cookies, signed and random."""
    headers = [(name, value) for name, value in answer.headers.items() if name != "set-cookie"]
    cookies = [_shape(value) for value in answer.headers.get_list("set-cookie")]
    return {"status": answer.status_code, "headers": headers, "cookies": cookies, "body": answer.content}


def _shape(cookie: str) -> tuple[str, int, str]:
    name, _, rest = cookie.partition("=")
    value, _, attributes = rest.partition(";")
    return name, len(value), attributes

"""Sign-in on real servers, as a customer's browser, ServiceHub and the notifier see it."""

from collections.abc import Mapping
from dataclasses import replace

import httpx
from auth_otp.context import Context
from auth_otp.domain.sending import SendCode
from auth_otp.handlers.send_codes import send_waiting
from auth_otp.reactions import DELIVERIES, IDENTITY
from auth_otp.service import SERVICE, build
from auth_otp.settings import Settings
from chassis.settings import Secret
from local_stack.servers.databases import DatabaseUrls
from portal_testing import world as testing
from portal_testing.stack import Servers
from redis.asyncio import Redis
from servicehub_events import BrandingRevised, Contact, CustomerRevised, Session, as_event, decode_event
from servicehub_events_tools.testing import samples

from .fake_ports import FakeCourier

BUSINESS, OTHER_BUSINESS = "b-1", "b-2"
EMAIL = "hanako@example.com"
SLUGS = {BUSINESS: "sample-business", OTHER_BUSINESS: "other-business"}
_AGE = """
local ms = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind, left = redis.call('TYPE', key).ok, redis.call('PTTL', key)
  if kind == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ms, member) end
  elseif redis.call('HEXISTS', key, 'expires') == 1 then
    for _, field in ipairs({'expires', 'before', 'due'}) do
      if redis.call('HEXISTS', key, field) == 1 then redis.call('HINCRBY', key, field, -ms) end
    end
  end
  if left >= 0 then redis.call('PEXPIRE', key, left - ms) end
end
"""
_LIST_EVENTS = "SELECT type, data::text FROM events ORDER BY occurred_at, stream, version"


async def age(redis_url: str, seconds: float) -> None:
    """Let time pass in Valkey, by ageing what is stored: tests never sleep."""
    # redis-py types neither its constructor from a URL nor what a script answers.
    client = Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType]
    await client.eval(_AGE, 0, str(int(seconds * 1000)))  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]
    await client.aclose()


class World(testing.World[Settings, Context]):
    """Sign-in with a Valkey of its own and a second web process, by the real clock, as Valkey is."""

    service, reactions = SERVICE, {**IDENTITY, **DELIVERIES}

    def __init__(self, servers: Servers, urls: DatabaseUrls, **settings: object) -> None:
        self.courier = FakeCourier()
        super().__init__(servers, urls, **{"redis_url": Secret(servers.fresh_redis_url()), **settings})
        self.second = self.context("api")

    def build(self, settings: Settings) -> Context:
        """The service, with a courier that keeps what it is given."""
        return replace(build(settings), courier=self.courier)

    async def begin(self) -> None:
        """Two businesses, and one customer whose only contact is `EMAIL` at the first."""
        await self.apply(business(), business(OTHER_BUSINESS), customer())

    async def send_codes(self) -> list[SendCode]:
        """Let the worker work; what is sent."""
        while await send_waiting(self.worker):
            pass
        return self.courier.drain()

    async def code_for(
        self, browser: httpx.AsyncClient, address: str = EMAIL, slug: str = "sample-business"
    ) -> str:
        """Ask for a code and read it."""
        answer = await browser.post(f"/auth/{slug}/codes", data={"address": address})
        assert answer.status_code == 303, answer.text
        (sent,) = await self.send_codes()
        return sent.code

    async def enter(self, browser: httpx.AsyncClient, code: str, **more: str) -> httpx.Response:
        """Enter a code."""
        return await browser.post("/auth/sample-business/sessions", data={"code": code, **more})

    async def let_time_pass(self, seconds: float) -> None:
        """Age what Valkey holds."""
        await age(self.settings.redis_url.reveal(), seconds)

    async def session_events(self) -> list[Session]:
        """Every session event, oldest first, as it was published."""
        rows = await self.rows(_LIST_EVENTS)
        events = [decode_event(str(kind), str(data).encode()) for kind, data in rows]
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

"""A business's own domain in the running stack, through the gateway: from the settings to a page."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from local_stack.environment import Addresses
from portal_testing.envelopes import envelope_of
from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor
from servicehub_events import DEFAULT_PARTITIONS, Contact, CustomerRegistered, as_event, encode, partition_for
from servicehub_events_tools.testing import samples

from tests.chaos.faults.processes import integration_key_of

pytestmark = pytest.mark.stack
BUSINESS, SLUG, HOST, ADDRESS = "biz-shiny", "shiny", "portal.shiny.localhost", "first@shiny.example"
ROOT: Final = f"/portal/{SLUG}"
WITHIN_SECONDS: Final = 60.0
SETTINGS: Final = {
    "slug": SLUG,
    "name": "Shiny Windows",
    "colours": {"primary": "#1E7B57"},
    "locales": ["en"],
    "default_locale": "en",
    "time_zone": "America/New_York",
    "currency": "USD",
    "country": "US",
    "support": {},
}


class ByHost(httpx.AsyncHTTPTransport):
    """Every name leads to this machine, as `*.localhost` does in a browser; what is asked for stays said."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="localhost")
        return await super().handle_async_request(request)


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=ByHost(), timeout=30) as client:
        yield client


class Shop:
    """The business as its settings page sees it."""

    def __init__(self, portal: Addresses, http: httpx.AsyncClient) -> None:
        self.portal, self.http = portal, http
        self.url = f"{portal.public_origin}/branding/businesses/{BUSINESS}"
        self.key = {"Authorization": f"Bearer {integration_key_of(portal)}"}

    async def put(self, **more: object) -> dict[str, Any]:
        answer = await self.http.put(self.url, json={**SETTINGS, **more}, headers=self.key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def enable(self) -> None:
        assert (await self.http.post(f"{self.url}/enable", headers=self.key)).status_code == 200

    async def status(self) -> str:
        state = (await self.http.get(self.url, headers=self.key)).json()
        return state["domain_check"]["status"]

    async def becomes(self, status: str) -> None:
        await eventually(self.status, what=status, within=WITHIN_SECONDS, met=lambda said: said == status)

    async def leads(self, origin: str, path: str, to: tuple[int, str]) -> None:
        """Wait until a page answers so: every service has heard of it by then, or soon."""

        async def answered() -> tuple[int, str]:
            answer = await self.http.get(origin + path)
            return answer.status_code, answer.headers.get("location", "")

        await eventually(
            answered, what=f"{origin}{path}: {to}", within=WITHIN_SECONDS, met=lambda one: one == to
        )

    async def takes_forms(self, origin: str) -> None:
        """Wait until sign-in has heard of the domain too."""

        async def answered() -> int:
            return (await self.http.post(f"{origin}/auth/{SLUG}/codes", data={"address": ""})).status_code

        await eventually(
            answered, what="sign-in there", within=WITHIN_SECONDS, met=lambda status: status == 303
        )

    async def knows_the_customer(self) -> None:
        """Wait until sign-in would send a code."""

        async def known() -> bool:
            async with await psycopg.AsyncConnection.connect(self.portal.databases["auth_otp"].worker) as one:
                rows = await one.execute("SELECT FROM contacts WHERE business_id = 'biz-shiny'")
                return await rows.fetchone() is not None

        await eventually(known, what="sign-in knows the customer", within=WITHIN_SECONDS)


async def register_customer(portal: Addresses) -> None:
    contact = Contact(contact_id="p-1", name="First", email=ADDRESS)
    ids = {"business_id": BUSINESS, "customer_id": "c-1", "locale": None, "contacts": (contact,)}
    record = encode(envelope_of(as_event(CustomerRegistered, samples.customer(), **ids)))
    producer = AIOKafkaProducer(bootstrap_servers=portal.kafka_bootstrap)
    await producer.start()
    partition = partition_for(record.key, DEFAULT_PARTITIONS)
    await producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]  # its parameters have no types
        record.topic, record.value, record.key, partition=partition, headers=record.headers
    )
    await producer.stop()


def set_record(portal: Addresses, name: str, value: str) -> None:
    with Path(portal.dns_records).open("a") as records:
        records.write(f"{name} {value}\n")


async def test_a_portal_moves_to_the_domain_of_its_business_and_back(
    portal: Addresses, http: httpx.AsyncClient
) -> None:
    platform, shop = portal.public_origin, Shop(portal, http)
    own = platform.replace("localhost", HOST)
    asked = await shop.put(domain=HOST)
    await shop.enable()
    await register_customer(portal)
    await shop.leads(platform, f"{ROOT}/sign-in", (200, ""))
    await shop.leads(own, f"{ROOT}/sign-in", (404, ""))
    await shop.leads(own, "/", (404, ""))

    check = asked["domain_check"]
    assert check["status"] == "pending"
    set_record(portal, check["record"], check["value"])
    await shop.becomes("verified")
    await shop.leads(platform, f"{ROOT}/sign-in?x=1", (302, f"{own}{ROOT}/sign-in?x=1"))
    await shop.leads(own, "/", (302, f"{ROOT}/"))
    await shop.takes_forms(own)
    await shop.knows_the_customer()

    visitor = Visitor(own, portal.mailbox_url, SLUG, http)
    assert (await visitor.sign_in(ADDRESS)).headers["location"] == f"{ROOT}/"
    page = await visitor.get(ROOT)
    assert (page.status_code, "Shiny Windows" in page.text) == (200, True)
    assert (await visitor.get(asked["theme_url"])).status_code == 200
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    async with http.stream("GET", f"{own}{ROOT}/live", headers={"Cookie": cookie}) as stream:
        assert stream.status_code == 200
    for path in ("/portal/sparkle-home/sign-in", "/portal/sparkle-home"):
        assert (await http.get(own + path)).status_code == 404
    assert (await http.get(f"{platform.replace('localhost', 'evil.localhost')}{ROOT}")).status_code == 404

    await shop.put()
    await shop.leads(platform, f"{ROOT}/sign-in", (200, ""))
    await shop.leads(own, f"{ROOT}/sign-in", (404, ""))
    assert (await visitor.post(f"/auth/{SLUG}/codes", {"address": ADDRESS})).status_code == 404

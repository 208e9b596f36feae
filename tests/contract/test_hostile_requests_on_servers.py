"""Whatever is sent to any route of any service is answered below 500 with PostgreSQL and Valkey behind it."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import httpx
import pytest
from auth_otp.domain.codes import derive_code
from branding.http.openapi_schemas import EXAMPLE
from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.events_in import Reactions
from chassis.identity import cookie_name
from chassis.web.cookies import held_challenges
from local_stack.environment import SERVICEHUB, SERVICES
from portal_read.projection import names
from portal_read.projection.projector import Projector
from portal_read.projection.sealed_states import StateCipher
from portal_testing import world as testing
from portal_testing.stack import Servers
from servicehub_events import Contact, CustomerRegistered, Envelope, InvoiceIssued, PortalEnabled, as_event
from servicehub_events_tools.testing import samples
from structlog.testing import capture_logs

from tests.contract.support.hostile_requests import HostileRequest, admitted, failures, hostile_requests
from tests.contract.support.services_without_servers import definition_of

pytestmark = pytest.mark.stack

NUMBERS: Final = range(2, 40)
"""Of contacts; one signs in for each route."""
CUSTOMER = as_event(
    CustomerRegistered,
    samples.customer(),
    contacts=(
        *samples.customer().contacts,
        *(Contact(contact_id=f"co-{n}", name="Ann", email=f"contact-{n}@example.com") for n in NUMBERS),
    ),
)
IDS: Final = {
    "{slug}": samples.business().slug,
    "{business_id}": samples.BUSINESS,
    "{id}": samples.invoice().invoice_id,
    "{file}": "theme-0123456789abcdef.css",
    "{rest:path}": "x",
}
AUTH: Final = f"/auth/{samples.business().slug}"
OPEN: Final = ("/health/live", "/health/ready", "/metrics", "/nothing/here")
"""What every app has beside its table."""
ALONE: Final = {
    ("portal-read", "/portal/{slug}/choose"): "auth-otp, which holds the choices",
    ("portal-read", "/portal/{slug}/pay/{token}"): "billing, which reads the links",
    ("portal-read", "/portal/{slug}/paid/{id}"): "the same",
    ("portal-read", "/portal/{slug}/messages"): "the notifier, which keeps the choices",
    ("portal-read", "/portal/{slug}/unsubscribe/{token}"): "the same",
    ("billing", "/billing/{slug}/checkouts"): "auth-otp, which knows who signed out",
    ("billing", "/billing/{slug}/cards"): "the same",
    ("billing", "/billing/{slug}/cards/{card_id}/remove"): "the same",
    ("billing", "/billing/{slug}/autopay"): "the same",
    ("billing", "/billing/{slug}/autopay/off"): "the same",
    ("billing", "/billing/businesses/{business_id}/account"): "Stripe",
}
"""The routes that may answer 503 here, as another server is asked that does not run."""
METHODS: Final = ("TRACE", "CONNECT", "PROPFIND", "DELETE", "PATCH", "OPTIONS")
HEADERS: Final = {"x-content-type-options": "nosniff", "x-frame-options": "DENY"}


class World(testing.World[Any, ServiceContext[Any]]):
    """Any of the five services, with a business, a customer who may sign in, and an invoice."""

    async def begin(self) -> None:
        business = as_event(PortalEnabled, samples.business())
        if self.service.package == "branding":
            async with self.client("branding", "") as client:
                answer = await client.put(f"/branding/businesses/{samples.BUSINESS}", json=EXAMPLE)
                assert answer.status_code == 200, answer.text
        else:
            await self.apply(business, CUSTOMER, as_event(InvoiceIssued, samples.invoice()))

    async def react(self, tx: Transaction, batch: Sequence[Envelope]) -> None:
        if self.service.package == "portal_read":
            keys = self.settings.field_encryption_keys
            await Projector(names.FIRST, StateCipher.of(keys)).apply(tx, batch)
        else:
            await super().react(tx, batch)

    def client(self, service: str, path: str) -> httpx.AsyncClient:
        """Whoever may ask a route, at an address of its own: no limit by source keeps anything out."""
        key = self.servers.secrets.integration_key(SERVICEHUB).key
        client = self.browser()
        client.headers.update(
            {name: value.decode() for name, value in admitted(service, path, self.settings, key).items()}
        )
        return client

    async def cookies(self, service: str, number: int) -> bytes:
        """What a browser of the contact of that number holds that is signed in."""
        if service != "auth-otp":
            return self.cookie().encode()
        async with self.browser() as browser:
            await browser.post(f"{AUTH}/codes", data={"address": f"contact-{number}@example.com"})
            cookies = dict(browser.cookies)
            (held,) = held_challenges(self.settings.cookie_signing_keys, samples.BUSINESS, cookies)
            code = derive_code(self.settings.code_peppers.current_key, held.id, 1, held.digits)
            answer = await browser.post(f"{AUTH}/sessions", data={"code": code})
            assert cookie_name(samples.BUSINESS) in answer.cookies
            await browser.post(f"{AUTH}/codes", data={"address": "stranger@example.com"})
            return "; ".join(f"{name}={value}" for name, value in browser.cookies.items()).encode()


def world_of(service: str) -> type[World]:
    """The world of a service, by its name."""
    package = SERVICES[service][0]
    named = {} if service == "branding" else vars(import_module(f"{package}.reactions"))
    tables: Reactions[Any] = {**named.get("IDENTITY", {}), **named.get("DOCUMENTS", {})}
    return type("ServedWorld", (World,), {"service": definition_of(service), "reactions": tables})


def filled(path: str) -> str:
    """The path with ids in it of what is there, where it has one."""
    return "/".join(IDS.get(part, "x" if part.startswith("{") else part) for part in path.split("/"))


def asked(service: str) -> list[tuple[str, str]]:
    """Method and path of every route, and of those that every app has."""
    routes = [(route.method, route.path) for route in definition_of(service).routes]
    return [*routes, *(("GET", path) for path in OPEN)]


@pytest.mark.parametrize("service", list(SERVICES))
async def test_with_servers_behind_it_no_route_answers_500_or_leaves_a_traceback(
    servers: Servers, service: str
) -> None:
    async with world_of(service).fresh(servers) as world:
        for place, (method, path) in enumerate(asked(service), start=2):
            # A stream that opens does not end.
            cookies = b"" if path.endswith("/live") else await world.cookies(service, place)
            async with world.client(service, path) as client:
                for number, request in enumerate(
                    hostile_requests(method, path, filled(path), {"cookie": cookies})
                ):
                    answer = await _answer(client, request, number)
                    away = answer.status_code == 503 and (service, path) in ALONE
                    assert answer.status_code < 500 or away, (request, answer.text)
        shown = (await world.browser().get("/metrics")).text
    assert not [text for text in ("x.example", "hik", "alert", "sample") if text in shown]


async def _answer(client: httpx.AsyncClient, request: HostileRequest, number: int) -> httpx.Response:
    client.cookies.clear()
    client.headers["X-Forwarded-For"] = f"10.1.{number // 250}.{number % 250}"
    with capture_logs() as logs:
        answer = await request.send(client)
    assert list(failures(logs)) == [], request
    assert "Traceback" not in answer.text
    assert "<script>alert" not in answer.text
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, request
    return answer


@pytest.mark.parametrize("service", list(SERVICES))
async def test_a_method_that_no_route_has_is_refused(servers: Servers, service: str) -> None:
    async with world_of(service).fresh(servers) as world, world.browser() as client:
        for _, path in asked(service):
            for method in METHODS:
                answer = await client.request(method, filled(path))
                assert answer.status_code in (404, 405), (method, path, answer.status_code)

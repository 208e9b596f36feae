"""People of the running stack who hold sessions, and what one sees who copied their cookies."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final, LiteralString

import jwt
import psycopg
from aiokafka import AIOKafkaProducer
from local_stack.environment import Addresses
from portal_testing.envelopes import envelope_of
from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor
from servicehub_events import DEFAULT_PARTITIONS, Contact, CustomerRegistered, as_event, encode, partition_for
from servicehub_events_tools.testing import samples

from tests.chaos.faults.processes import frozen, processes_of

SLUG: Final = "sparkle-home"
_BUSINESS, _CUSTOMER, _PATIENCE_SECONDS = "biz-sparkle", "c-owner", 60.0
_KNOWN: Final[dict[str, LiteralString]] = {
    "auth_otp": "SELECT count(*) FROM contacts WHERE customer_id = 'c-owner'",
    "portal_read": "SELECT count(*) FROM projection_1.customers WHERE id = 'c-owner'",
    "billing": "SELECT count(*) FROM customers WHERE customer_id = 'c-owner'",
}
"""Package of a service → how many rows of the owners its database has."""


async def register_owners(portal: Addresses, names: Sequence[str]) -> None:
    """ServiceHub publishes a customer of the demo business with these contacts, and everybody knows them."""
    contacts = tuple(Contact(contact_id=name, name=name, email=email_of(name)) for name in names)
    ids = {"business_id": _BUSINESS, "customer_id": _CUSTOMER}
    event = as_event(CustomerRegistered, samples.customer(), **ids, locale=None, contacts=contacts)
    record = encode(envelope_of(event))
    producer = AIOKafkaProducer(bootstrap_servers=portal.kafka_bootstrap)
    await producer.start()
    partition = partition_for(record.key, DEFAULT_PARTITIONS)
    await producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]  # its parameters have no types
        record.topic, record.value, record.key, partition=partition, headers=record.headers
    )
    await producer.stop()
    for package, statement in _KNOWN.items():
        known = partial(_is_known, portal.databases[package].worker, statement)
        await eventually(known, what=f"{package} knows the owners", within=_PATIENCE_SECONDS)


async def _is_known(url: str, statement: LiteralString) -> bool:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        row = await (await connection.execute(statement)).fetchone()
    return bool(row and row[0])


def email_of(name: str) -> str:
    """Where the code of an owner goes."""
    return f"{name}@owner.example"


async def two_sessions(owner: Visitor, name: str) -> Visitor:
    """Sign a contact in here and in another browser, which holds what makes this one known; no wait."""
    await _sign_in(owner, name)
    known = {key: value for key, value in owner.cookies.items() if not key.startswith("__Host-s-")}
    other = replace(owner, cookies=known)
    await _sign_in(other, name)
    return other


async def _sign_in(visitor: Visitor, name: str) -> None:
    answer = await visitor.sign_in(email_of(name))
    assert answer.headers["location"] == f"/portal/{SLUG}/", answer.text


def session_id_of(visitor: Visitor) -> str:
    """The id of the visitor's session, as the token says it."""
    (signed,) = [value for key, value in visitor.cookies.items() if key.startswith("__Host-s-")]
    claims: dict[str, Any] = jwt.decode(signed, options={"verify_signature": False})
    return str(claims["sid"])


async def is_refused(visitor: Visitor) -> bool:
    """Whether neither the pages nor billing know who this is."""
    page = await visitor.get(f"/portal/{SLUG}")
    paid = await visitor.post(f"/billing/{SLUG}/checkouts", {"invoice_id": "none"})
    sign_in = f"/portal/{SLUG}/sign-in"
    return sign_in in page.headers.get("location", "") and paid.headers.get("location") == sign_in


@asynccontextmanager
async def standing_still(portal: Addresses, kind: str, *services: str) -> AsyncGenerator[None]:
    """The processes of this kind are frozen, of all services or of some."""
    struck = [p for p in processes_of(portal) if p.kind == kind and (not services or p.service in services)]
    with ExitStack() as stack:
        for process in struck:
            stack.enter_context(frozen(await process.at_work()))
        yield

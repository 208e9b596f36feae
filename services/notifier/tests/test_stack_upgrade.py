"""A database of the revision before the tables of identity: nothing is lost, and nobody is told too much."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import msgspec
import psycopg
import pytest
from chassis.database.migrations import upgrade
from chassis.encryption import FieldCipher
from chassis.settings import Secret
from code_samples import NOW, business_event, code
from notification_samples import appointment, contact, customer, envelopes, invoice
from notification_world import NotificationWorld
from notifier.domain.facts import source_of
from portal_testing.stack import Servers
from servicehub_events import LARGEST_SEQUENCE, CustomerErased, Event, encode_event

pytestmark = pytest.mark.stack

ANN, KEN = contact("ann", roles=("visits",)), contact("ken", roles=("invoices",))
CUSTOMER, ERASED = "cu-1", "cu-2"
BUSINESSES, CUSTOMERS = "portal.businesses.v1", "servicehub.customers.v1"
_ADD_CUSTOMER = (
    "INSERT INTO customers (business_id, customer_id, version, portal_access, erased, contact_ids, people)"
    " VALUES ('b-1', %(id)s, %(version)s, %(access)s, NOT %(access)s, %(contact_ids)s, %(people)s)"
)
_ADD_BUSINESS = "INSERT INTO businesses VALUES ('b-1', 4, 'sample-business', %(state)s)"
_ADD_POSITIONS = (
    "INSERT INTO positions SELECT 'notifier.people', t, 0, 9 FROM unnest(%(topics)s::text[]) AS t"
)
_ADD_DELIVERY = (
    "INSERT INTO deliveries (business_id, message_id, kind, channel, locale, caused_by, urgent, customer_id,"
    " contact_id, aggregate, subject_id, subject_version, due_at, expires_at, requested_at)"
    " VALUES ('b-1', gen_random_uuid(), 'visit_confirmed', 'email', 'en', 'e-1', false, 'cu-1', 'co-ann',"
    " 'visit', 'ap-1', 1, %(now)s, %(now)s::timestamptz + interval '1 hour', %(now)s)"
)
_ADD_SUBJECT = (
    "INSERT INTO subjects (business_id, aggregate, subject_id, version, customer_id, state, news_version)"
    " VALUES ('b-1', 'visit', 'ap-1', 1, 'cu-1', %(facts)s, 1)"
)
_ADD_SEALED = (
    "INSERT INTO deliveries (business_id, message_id, kind, channel, locale, caused_by, urgent, sealed,"
    " due_at, expires_at, requested_at) VALUES ('b-1', gen_random_uuid(), 'sign_in_code', 'email', 'en',"
    " 'e-2', true, 'k1.00', %(now)s, %(now)s::timestamptz + interval '10 minutes', %(now)s)"
)
_ADD_CODES_POSITION = "INSERT INTO positions VALUES ('notifier.codes', 'portal.codes.v1', 0, 9)"
_ADD_CODES_LETTER = (
    'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause)'
    r" VALUES ('notifier.codes', 'portal.codes.v1', 0, 8, '\x00', 'undecipherable', '')"
)


def encode_facts(event: Event) -> str:
    """What messages tell about an event, as `subjects` kept it."""
    source = source_of(event)
    assert source is not None
    return msgspec.json.encode(source.facts).decode()


class Upgrading(NotificationWorld):
    """The notifier on a database whose revision is chosen."""

    def upgrade(self) -> None:
        """Bring the database to the newest revision."""
        upgrade("notifier", Secret(self.urls.owner))

    async def insert(self, statements: Mapping[str, Mapping[str, object]]) -> None:
        """Run statements as the owner."""
        async with await psycopg.AsyncConnection.connect(self.urls.owner) as connection:
            for statement, values in statements.items():
                await connection.execute(statement.encode(), values)


def people(cipher: FieldCipher) -> bytes:
    """Contacts as the revision before kept them, with their roles."""
    names = ("contact_id", "email", "locale", "roles")
    plain = [{name: getattr(one, name) for name in names} for one in (ANN, KEN)]
    return cipher.encrypt(msgspec.json.encode(plain), context=f"customers/b-1/{CUSTOMER}")


@pytest.fixture
async def upgrading(servers: Servers) -> AsyncGenerator[Upgrading]:
    """At the revision before identity, with a customer whose contacts may read different things."""
    urls = await servers.empty_database("notifier")
    upgrade("notifier", Secret(urls.owner), "0006")
    async with aclosing(Upgrading(servers, urls)) as world:
        known = {"id": CUSTOMER, "version": 7, "access": True, "contact_ids": ["co-ann", "co-ken"]}
        await world.insert(
            {
                _ADD_BUSINESS: {"state": encode_event(business_event()).decode()},
                _ADD_CUSTOMER: {**known, "people": people(world.worker.cipher)},
                _ADD_POSITIONS: {"topics": [BUSINESSES, CUSTOMERS]},
            }
        )
        gone = {"id": ERASED, "version": LARGEST_SEQUENCE, "access": False, "contact_ids": list[str]()}
        await world.insert({_ADD_CUSTOMER: {**gone, "people": None}})
        yield world


async def test_nobody_is_told_anything_until_their_roles_are_known(upgrading: Upgrading) -> None:
    upgrading.upgrade()
    await upgrading.begin()
    await upgrading.read(*envelopes(appointment()), *envelopes(invoice()))
    assert await upgrading.deliver_notifications() == []
    former = customer(contact("ann"), contact("ken"))  # when both might read everything
    await upgrading.apply(*envelopes(former, version=6))
    assert await upgrading.deliver_notifications(later=60) == []
    await upgrading.apply(*envelopes(customer(ANN, KEN), version=7))
    subjects = {to: mail["Subject"] for to, mail in await upgrading.deliver_notifications(later=60)}
    assert "Booked" in subjects["ann@example.com"]
    assert "invoice 2026-0001" in subjects["ken@example.com"]
    assert len(upgrading.mail.sent) == 2


async def test_what_was_addressed_before_waits_and_codes_do_not(upgrading: Upgrading) -> None:
    facts = encode_facts(appointment())
    await upgrading.insert({_ADD_SUBJECT: {"facts": facts}, _ADD_DELIVERY: {"now": NOW}})
    await upgrading.hand_over(code())
    upgrading.upgrade()
    assert await upgrading.deliver() == 2
    assert await upgrading.recipients() == ["customer@example.com"]
    await upgrading.apply(*envelopes(customer(ANN, KEN), version=7))
    assert await upgrading.deliver(later=1) == 1
    assert await upgrading.recipients() == ["ann@example.com", "customer@example.com"]


async def test_customers_are_read_again_and_the_erased_stay_erased(upgrading: Upgrading) -> None:
    upgrading.upgrade()
    assert await upgrading.rows("SELECT consumer, topic FROM positions") == [("notifier.people", BUSINESSES)]
    slugs = await upgrading.rows("SELECT slug, version FROM business_slugs ORDER BY 1")
    assert slugs == [("sample", 4), ("sample-business", 4)]
    erased = CustomerErased(business_id="b-1", customer_id=ERASED)
    await upgrading.apply(*envelopes(customer(ANN, customer_id=ERASED), version=3))
    await upgrading.apply(*envelopes(erased, version=4))
    await upgrading.read(*envelopes(appointment(customer_id=ERASED)))
    assert await upgrading.deliver_notifications(later=60) == []
    assert await upgrading.rows("SELECT 1 FROM notification_sources") == []
    assert await upgrading.rows("SELECT customer_id FROM contact_addresses") == [(CUSTOMER,)]


async def test_codes_that_came_sealed_end_as_expired_and_that_is_told(upgrading: Upgrading) -> None:
    waiting = {"now": NOW}
    await upgrading.insert({_ADD_SEALED: waiting, _ADD_CODES_POSITION: {}, _ADD_CODES_LETTER: {}})
    await upgrading.hand_over(code())
    upgrading.upgrade()
    assert await upgrading.deliver() == 2
    assert await upgrading.recipients() == ["customer@example.com"]
    sealed = "SELECT status, error FROM deliveries WHERE caused_by = 'e-2'"
    assert await upgrading.rows(sealed) == [("failed", "expired")]
    assert ("portal.MessageFailed.v1", "expired") in await upgrading.outcomes()
    for table in ("positions", "dead_letters"):
        assert await upgrading.rows(f"SELECT 1 FROM {table} WHERE consumer = 'notifier.codes'") == []


async def test_phone_numbers_are_read_from_the_newest_record_and_from_no_older_one(servers: Servers) -> None:
    urls = await servers.empty_database("notifier")
    upgrade("notifier", Secret(urls.owner), "0011")
    known = "INSERT INTO customers VALUES ('b-1', 'cu-1', 7, true, false, '{\"co-ann\": null}')"
    async with aclosing(Upgrading(servers, urls)) as world:
        await world.insert({known: {}})
        world.upgrade()
        await world.apply(*envelopes(customer(contact("ann"), contact("ken")), version=6))
        assert await world.rows("SELECT 1 FROM contact_addresses") == []
        await world.apply(*envelopes(customer(contact("ann", phone="+819012345678")), version=7))
        assert await world.rows("SELECT customer_id FROM contact_addresses") == [(CUSTOMER,)]

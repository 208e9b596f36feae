"""Who is erased is forgotten: in every table, in every topic once compacted, in dead letters within days.

The person does everything a customer can (signs in by mail and by text, looks, pays by card), and ServiceHub
publishes everything it can, some of it in records that nobody can read. Then the person is erased.
"""

import asyncio
from collections.abc import Set
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from portal_testing.stack import NeverHappened, eventually
from portal_testing.stack.compaction import compact
from portal_testing.stack.visitor import Visitor
from servicehub_events.topics import APPOINTMENTS, CUSTOMERS, INVOICES, MESSAGES, PAYMENTS, REJECTIONS, TOPICS

from tests.chaos.actors import erased_customer
from tests.chaos.actors.erased_customer import (
    BUSINESS,
    CARDHOLDER,
    CUSTOMER,
    EMAIL,
    INVOICE,
    PHONE,
    PUBLISHED_WORDS,
    SLUG,
)
from tests.chaos.faults.processes import end
from tests.chaos.judges.databases import CONSUMERS
from tests.chaos.judges.personal_data import Traces, TraceSearch
from tests.chaos.judges.verdict import say
from tests.chaos.stacks.storm import Storm

pytestmark = pytest.mark.chaos
PATIENCE_SECONDS = 60.0
UPKEEP_SECONDS = 120.0
MONTH = timedelta(days=30)
KNOWN_TO = {
    *("auth_otp.public.contacts", "auth_otp.public.sessions", "auth_otp.public.dead_letters"),
    *("billing.public.invoices", "billing.public.webhooks", "billing.public.dead_letters"),
    *("notifier.public.contact_addresses", "notifier.public.notification_sources"),
    *("notifier.public.dead_letters", "portal_read.public.dead_letters"),
    *("portal_read.projection_1.customers", "portal_read.projection_1.appointments"),
    "portal_read.projection_1.invoices",
}
"""Where the person must be seen first: a search that does not find them proves nothing."""
DEAD_LETTERS = {place for place in KNOWN_TO if place.endswith(".dead_letters")}
PUBLISHED_IN = {CUSTOMERS.name, APPOINTMENTS.name, INVOICES.name}
PAGES = ("", "/appointments", "/appointments/v-next", "/history", "/invoices", f"/invoices/{INVOICE}")


@pytest.mark.asyncio(loop_scope="session")
async def test_an_erased_customer_can_be_read_nowhere_and_the_amounts_stay(last_storm: Storm) -> None:
    storm = last_storm
    await _live(storm)
    search = TraceSearch(storm.addresses, storm.bootstrap, (*PUBLISHED_WORDS, *CARDHOLDER.values()))
    before = await search.in_tables()
    assert before.keys() >= KNOWN_TO, sorted(KNOWN_TO - before.keys())
    words = {word for words in before.values() for word in words}
    assert words == {word.lower() for word in (*PUBLISHED_WORDS, *CARDHOLDER.values())}
    assert (await search.in_log()).keys() == PUBLISHED_IN
    for step in (erased_customer.erasure, erased_customer.late, erased_customer.erasure_of_documents):
        await storm.publisher.publish(step())
        await storm.settle(step.__name__)
        left = await search.in_tables()
        assert left.keys() >= DEAD_LETTERS  # they come last
        _judge_nowhere(f"in tables after {step.__name__}", left, beside=DEAD_LETTERS)
    storm.verdict.check()
    await asyncio.gather(compact(storm.bootstrap), _pass_days(storm, search, 25))
    _judge_nowhere("in the log", await search.in_log())
    _judge_nowhere("after 25 days", await search.in_tables())
    await _judge_amounts(storm)


async def _live(storm: Storm) -> None:
    """Do everything that leaves a trace."""
    await storm.publisher.publish(erased_customer.everything())
    await storm.settle("the person is known")
    await _visit(storm, PHONE)
    await _pay(storm, await _visit(storm, EMAIL))
    await storm.publisher.publish(erased_customer.unreadable())
    await storm.settle("the person has lived")


async def _visit(storm: Storm, address: str) -> Visitor:
    """Sign in and look around."""
    visitor = Visitor(storm.addresses.public_origin, storm.addresses.mailbox_url, SLUG, storm.http)
    storm.ledger.sign_ins[BUSINESS, CUSTOMER] += 1
    answer = await visitor.sign_in(address)
    assert answer.headers["location"] == f"/portal/{SLUG}/", answer.text
    for page in PAGES:
        assert (await visitor.get(f"/portal/{SLUG}{page}")).status_code == 200, page
    return visitor


async def _pay(storm: Storm, visitor: Visitor) -> None:
    """Type name and address at the processor's page, whose webhooks repeat them; some money goes back."""
    answer = await visitor.post(f"/billing/{SLUG}/checkouts", {"invoice_id": INVOICE, "pay": "balance"})
    page = answer.headers["location"]
    card = {"method": "card", "card": "4242424242424242", "expiry": "12/34", "cvc": "123"}
    paid = await storm.http.post(page, data=CARDHOLDER | card, headers={"Sec-Fetch-Site": "same-origin"})
    assert paid.status_code == 303, paid.text
    session = page.rpartition("/")[2]
    await storm.sandbox.refund(session, 500)
    await storm.sandbox.dispute(session)
    for kind in ("checkout.session.%", "%refund%", "%dispute%"):
        handled = f"SELECT outcome FROM webhooks WHERE kind LIKE '{kind}' AND handled_at IS NOT NULL"
        await eventually(
            partial(storm.databases.query, "billing", handled), what=kind, within=PATIENCE_SECONDS
        )


def _judge_nowhere(when: str, traces: Traces, *, beside: Set[str] = frozenset()) -> None:
    """Print and judge where the person can still be read."""
    left = {place: sorted(words) for place, words in traces.items() if place not in beside}
    say(f"  still readable  {len(left)} {when} {left or ''}")
    assert not left


async def _pass_days(storm: Storm, search: TraceSearch, days: int) -> None:
    """Wait for what is forgotten once the dead letters have been lying there for so long.

    A worker looks through them when it starts, and then once a minute.
    """
    for package in CONSUMERS:
        age = f"UPDATE dead_letters SET set_aside_at = set_aside_at - interval '{days} days'"
        await storm.databases.query(package, age)
    for service in (package.replace("_", "-") for package in CONSUMERS):
        end(await storm.worker(service).at_work())
    with suppress(NeverHappened):  # what is left is judged afterwards
        await eventually(
            search.in_tables, what="forgotten", within=UPKEEP_SECONDS, every=2, met=lambda traces: not traces
        )


async def _judge_amounts(storm: Storm) -> None:
    captured = (
        "SELECT data ->> 'amount' FROM events WHERE type LIKE '%PaymentCaptured%'"
        f" AND data ->> 'customer_id' = '{CUSTOMER}'"
    )
    assert await storm.databases.query("billing", captured) == [("5000",)]


def test_no_topic_keeps_an_older_record_or_a_message_for_longer_than_a_month() -> None:
    kept = {topic.name: topic.retention for topic in TOPICS if not topic.compact}
    assert kept == {PAYMENTS.name: None, MESSAGES.name: MONTH, REJECTIONS.name: MONTH}
    for topic in TOPICS:
        if topic.compact:  # what was superseded, such as by an erasure, is gone by then
            assert int(topic.config["max.compaction.lag.ms"]) <= MONTH / timedelta(milliseconds=1)

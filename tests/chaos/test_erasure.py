"""Who is erased is forgotten: in every table, in every topic once compacted, in dead letters within days.

The person does everything a customer can (signs in by mail and by text, looks, pays by card), ServiceHub says
everything it can, some of it in records that nobody can read. Then the person is erased.
"""

from collections.abc import AsyncGenerator, Set
from contextlib import suppress
from datetime import timedelta
from functools import partial

import httpx
import pytest
from local_stack.environment import Addresses
from portal_testing.stack import NeverHappened, eventually, full_stack
from portal_testing.stack.compaction import compact
from portal_testing.stack.stripe_sandbox import StripeSandbox
from portal_testing.stack.visitor import Visitor
from servicehub_events.topics import APPOINTMENTS, CUSTOMERS, INVOICES, MESSAGES, PAYMENTS, TOPICS

from . import leaver
from .calm import calm
from .databases import Databases
from .leaver import BILL, CUSTOMER, EMAIL, PAYER, PHONE, SLUG, TOLD
from .processes import environment_of
from .readable import Eye, Places
from .run import say

pytestmark = pytest.mark.chaos
PATIENCE_SECONDS = 60.0
UPKEEP_SECONDS = 90.0
"""Dead letters are looked through once a minute."""
MONTH = timedelta(days=30)
KNOWN_TO = {
    *("auth_otp.public.contacts", "auth_otp.public.sessions", "auth_otp.public.dead_letters"),
    *("billing.public.invoices", "billing.public.webhooks", "billing.public.dead_letters"),
    *(
        "notifier.public.contact_addresses",
        "notifier.public.notification_sources",
        "notifier.public.dead_letters",
    ),
    *("portal_read.projection_1.customers", "portal_read.projection_1.appointments"),
    *("portal_read.projection_1.invoices", "portal_read.public.dead_letters"),
}
"""Where the person must be seen first: an eye that does not see them proves nothing."""


SAID_IN = {CUSTOMERS.name, APPOINTMENTS.name, INVOICES.name}


class Stack:
    """A stack of its own, and what is asked of it."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.bootstrap = addresses.kafka_bootstrap
        self.eye = Eye(addresses, (*TOLD, *PAYER.values()))
        self.databases = Databases(addresses, environment_of(addresses, "auth-otp"))

    async def settled(self) -> None:
        await calm(self.databases, self.bootstrap)

    async def visit(self, http: httpx.AsyncClient, address: str) -> Visitor:
        """Sign in and look around."""
        visitor = Visitor(self.addresses.public_origin, self.addresses.mailbox_url, SLUG, http)
        answer = await visitor.sign_in(address)
        assert answer.headers["location"] == f"/portal/{SLUG}", answer.text
        for page in ("", "/appointments", "/appointments/v-next", "/invoices", f"/invoices/{BILL}"):
            assert (await visitor.get(f"/portal/{SLUG}{page}")).status_code == 200, page
        return visitor

    async def pay(self, http: httpx.AsyncClient, visitor: Visitor) -> None:
        """Type name and address at the processor's page, which its notices repeat; some money goes back."""
        asked = await visitor.post(f"/billing/{SLUG}/checkouts", {"invoice_id": BILL, "pay": "balance"})
        page = asked.headers["location"]
        card = {"method": "card", "card": "4242424242424242", "expiry": "12/34", "cvc": "123"}
        paid = await http.post(page, data=PAYER | card, headers={"Sec-Fetch-Site": "same-origin"})
        assert paid.status_code == 303, paid.text
        sandbox, session = StripeSandbox(self.addresses.stripe_url, http), page.rpartition("/")[2]
        await sandbox.refund(session, 500)
        await sandbox.dispute(session)
        for kind in ("checkout.session.%", "%refund%", "%dispute%"):
            heard = f"SELECT outcome FROM webhooks WHERE kind LIKE '{kind}' AND handled_at IS NOT NULL"
            await eventually(
                partial(self.databases.query, "billing", heard), what=kind, within=PATIENCE_SECONDS
            )


@pytest.fixture
async def stack() -> AsyncGenerator[Stack]:
    with full_stack() as addresses:
        yield Stack(addresses)


async def live(stack: Stack) -> None:
    """Everything that leaves a trace."""
    await leaver.introduce(stack.bootstrap)
    await stack.settled()
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        await stack.visit(http, PHONE)
        await stack.pay(http, await stack.visit(http, EMAIL))
    await leaver.stumble(stack.bootstrap)
    await stack.settled()


async def test_an_erased_customer_can_be_read_nowhere_and_the_amounts_stay(stack: Stack) -> None:
    await live(stack)
    before = await stack.eye.tables()
    assert before.keys() >= KNOWN_TO, sorted(KNOWN_TO - before.keys())
    seen = {word for words in before.values() for word in words}
    assert seen == {word.lower() for word in (*TOLD, *PAYER.values())}
    assert (await stack.eye.log()).keys() == SAID_IN

    letters = {place for place in KNOWN_TO if place.endswith(".dead_letters")}  # they come last
    for tell in (leaver.erase, leaver.echo, leaver.erase_the_rest):
        await tell(stack.bootstrap)
        await stack.settled()
        left = await stack.eye.tables()
        assert left.keys() >= letters
        nowhere(f"in tables after {tell.__name__}", left, beside=letters)

    await compact(stack.bootstrap)
    nowhere("in the log", await stack.eye.log())

    await _pass_days(stack, 25)
    with suppress(NeverHappened):
        await eventually(
            stack.eye.tables, what="forgotten", within=UPKEEP_SECONDS, every=2, met=lambda found: not found
        )
    nowhere("after 25 days", await stack.eye.tables())
    await _amounts_stay(stack)


def nowhere(when: str, places: Places, *, beside: Set[str] = frozenset()) -> None:
    """Print and judge where the person can still be read."""
    found = {place: sorted(words) for place, words in places.items() if place not in beside}
    say(f"  still readable  {len(found)} {when} {found or ''}")
    assert not found


async def _pass_days(stack: Stack, days: int) -> None:
    """As if the dead letters had been lying there for so long."""
    for package in ("auth_otp", "billing", "notifier", "portal_read"):
        await stack.databases.query(
            package,
            f"UPDATE dead_letters SET set_aside_at = set_aside_at - interval '{days} days' RETURNING 1",
        )


async def _amounts_stay(stack: Stack) -> None:
    captured = (
        "SELECT data ->> 'amount' FROM events WHERE type LIKE '%PaymentCaptured%'"
        f" AND data ->> 'customer_id' = '{CUSTOMER}'"
    )
    assert await stack.databases.query("billing", captured) == [("5000",)]


def test_no_topic_keeps_an_older_record_or_a_message_for_longer_than_a_month() -> None:
    kept = {topic.name: topic.retention for topic in TOPICS if not topic.compact}
    assert kept == {PAYMENTS.name: None, MESSAGES.name: MONTH}
    for topic in TOPICS:
        if topic.compact:  # what was superseded, such as by an erasure, is gone by then
            assert int(topic.config["max.compaction.lag.ms"]) <= MONTH / timedelta(milliseconds=1)

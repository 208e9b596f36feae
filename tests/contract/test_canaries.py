"""Whoever has the disks and no keys reads nobody: databases, Valkey and logs of a stack that was used.

A customer is described by every field that an event has for a person. They sign in by mail and by text, look
at every page and go to pay. Then all that lies there is searched as it lies.
"""

import httpx
import pytest
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor

from tests.chaos.actors import erased_customer
from tests.chaos.actors.erased_customer import CARDHOLDER, EMAIL, INVOICE, PUBLISHED_WORDS, SLUG
from tests.chaos.actors.publisher import publishing
from tests.chaos.judges.ledger import Ledger
from tests.chaos.judges.personal_data import Traces, TraceSearch
from tests.contract.support.readable_places import in_logs, in_valkey

pytestmark = pytest.mark.stack
PATIENCE_SECONDS = 60.0
PAGES = ("", "/appointments", "/appointments/v-next", "/history", "/invoices", f"/invoices/{INVOICE}", "/pay")
WORDS = (*PUBLISHED_WORDS, *CARDHOLDER.values())
KNOWN_TO = {
    *("auth_otp.public.contacts", "billing.public.invoices"),
    *("notifier.public.contact_addresses", "notifier.public.notification_sources"),
    *("portal_read.projection_1.customers", "portal_read.projection_1.appointments"),
    "portal_read.projection_1.invoices",
}
"""Where whoever holds the keys must see the person first: a search that does not find them proves nothing."""
KNOWN_AFTER_USE = {"auth_otp.public.sessions"}
IN_PLAIN = {
    # What is owed, as ServiceHub tells it: lines, recipient, memo. Nothing of it lets anybody in.
    "billing.public.invoices",
    # What a message tells about: which service, when, at which site. No name, no address of mail, no way in.
    "notifier.public.notification_sources",
    # How an invoice was when somebody was told of it: of the same, its lines.
    "notifier.public.told_invoices",
}
"""The places that the manual names as not encrypted by us (docs/operating.md, "What is encrypted")."""
SECRETS = {"canary-instructions", "canary-contact", "canary-name", EMAIL.lower(), erased_customer.PHONE}
"""Who one is, how one is reached and how one gets in: nowhere at all."""


@pytest.mark.asyncio(loop_scope="session")
async def test_nobody_can_be_read_without_the_keys(portal: Addresses) -> None:
    with_keys = TraceSearch(portal, portal.kafka_bootstrap, WORDS)
    async with publishing(portal.kafka_bootstrap, Ledger(0)) as publisher:
        await publisher.publish(erased_customer.described())
    await eventually(
        with_keys.in_tables, what="known everywhere", within=PATIENCE_SECONDS, every=1, met=_known
    )
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        await _use(portal, http)
    assert set(await with_keys.in_tables()) >= KNOWN_TO | KNOWN_AFTER_USE
    without = TraceSearch(portal, portal.kafka_bootstrap, WORDS, with_keys=False)
    read = await without.in_tables()
    assert set(read) <= IN_PLAIN, read
    assert not {word for words in read.values() for word in words} & SECRETS
    assert await in_valkey(portal, WORDS) == {}
    assert in_logs(portal, WORDS) == {}


def _known(traces: Traces) -> bool:
    return traces.keys() >= KNOWN_TO


async def _use(portal: Addresses, http: httpx.AsyncClient) -> None:
    """Sign in, look around, and pay; then ask for a code from another browser, which stays unused."""
    visitor = Visitor(portal.public_origin, portal.mailbox_url, SLUG, http)
    await visitor.sign_in(EMAIL)
    for page in PAGES:
        assert (await visitor.get(f"/portal/{SLUG}{page}")).status_code == 200, page
    answer = await visitor.post(f"/billing/{SLUG}/checkouts", {"invoice_id": INVOICE, "pay": "balance"})
    card = {"method": "card", "card": "4242424242424242", "expiry": "12/34", "cvc": "123"}
    same_origin = {"Sec-Fetch-Site": "same-origin"}
    paid = await http.post(answer.headers["location"], data=CARDHOLDER | card, headers=same_origin)
    assert paid.status_code == 303, paid.text
    other = Visitor(portal.public_origin, portal.mailbox_url, SLUG, http)
    await other.post(f"/auth/{SLUG}/codes", {"address": erased_customer.PHONE})

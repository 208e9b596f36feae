"""Sign-in codes with nothing queued, and beside 20,000 notifications: who waits for a code waits for no mail.

A code is asked for as a browser asks, and has arrived when the mail server has taken it.
"""

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import httpx
import msgspec
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from servicehub_events import Contact, Event, InvoiceIssued, as_event, uuid7
from servicehub_events_tools.testing import samples

from bench.people import BUSINESS, BUSINESS_SLUG, count, customer, publish, reaches
from bench.report import Goal, Section, percentile

QUEUED: Final = int(os.environ.get("BENCH_QUEUED_MAILS", "20000"))
CODES: Final = 100
_CONTACTS: Final = 2_000
"""Of one customer: an invoice is a mail to each."""
_PER_SECOND: Final = 4.0
_MOST_SECONDS: Final = 1.0
_KNOWN = b"SELECT count(*) FROM contacts WHERE customer_id LIKE 'bench-%'"
_WAITING = b"SELECT count(*) FROM deliveries WHERE status = 'due' AND NOT urgent"


class _Recipient(msgspec.Struct):
    Address: str


class _Listed(msgspec.Struct):
    To: list[_Recipient]
    Created: datetime


class _Inbox(msgspec.Struct):
    messages: list[_Listed]


async def measure(addresses: Addresses) -> Section:
    """So many codes with nothing queued, and as many while the notifications leave."""
    people = [f"bench-{number}" for number in range(2 * CODES)]
    await publish(addresses, [*map(known_customer, people), _crowd()])
    await reaches(addresses, "auth_otp", _KNOWN, 2 * CODES + _CONTACTS)
    calm = await send_codes(addresses, people[:CODES])
    await publish(addresses, [_invoice(number) for number in range(-(-QUEUED // _CONTACTS) + 2)])
    await reaches(addresses, "notifier", _WAITING, QUEUED)
    busy = await send_codes(addresses, people[CODES:])
    return _section(calm, busy, await count(addresses, "notifier", _WAITING))


def known_customer(name: str) -> Event:
    return customer(name, [Contact(contact_id=name, name=name, email=address_of(name), locale="en")])


def _crowd() -> Event:
    """A customer who is sent very many mails, none of them to be answered."""
    names = [f"bench-crowd-{number}" for number in range(_CONTACTS)]
    return customer(
        "bench-crowd", [Contact(contact_id=name, name=name, email=address_of(name)) for name in names]
    )


def _invoice(number: int) -> Event:
    ids = {"business_id": BUSINESS, "customer_id": "bench-crowd", "invoice_id": f"bench-{uuid7()}"}
    return as_event(InvoiceIssued, samples.invoice(), **ids, number=f"B-{number}")


def address_of(name: str) -> str:
    return f"{name}@bench.example"


async def send_codes(addresses: Addresses, people: Sequence[str]) -> list[float]:
    """Ask for a code a person, at a steady pace; seconds until each has arrived."""
    asked: dict[str, datetime] = {}
    url = f"{addresses.portal_url_of('auth-otp')}/auth/{BUSINESS_SLUG}/codes"
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for number, name in enumerate(people):
            asked[address_of(name)] = datetime.now(UTC)
            source = {"X-Forwarded-For": f"198.18.{people[0][-1]}.{number + 1}"}
            answer = await http.post(url, json={"address": address_of(name)}, headers=source)
            answer.raise_for_status()
            await asyncio.sleep(1 / _PER_SECOND)

        async def arrived() -> Mapping[str, datetime]:
            return await _arrived(http, addresses.mailbox_url, asked.keys())

        times = await eventually(
            arrived, what="every code arrives", within=60, every=1, met=lambda found: len(found) == len(asked)
        )
    return [(times[address] - at).total_seconds() for address, at in asked.items()]


async def _arrived(
    http: httpx.AsyncClient, mailbox_url: str, wanted: Collection[str]
) -> Mapping[str, datetime]:
    answer = await http.get(f"{mailbox_url}/api/v1/messages", params={"limit": "100000"})
    inbox = msgspec.json.decode(answer.content, type=_Inbox)
    return {to.Address: one.Created for one in inbox.messages for to in one.To if to.Address in wanted}


def _section(calm: Sequence[float], busy: Sequence[float], left: int) -> Section:
    rows = [
        ("p50", *_row(calm, busy, 0.5)),
        ("p99", *_row(calm, busy, 0.99)),
        ("max", *_row(calm, busy, 1.0)),
    ]
    p99 = percentile(busy, 0.99)
    goal = Goal("Codes", "with the mail server within 1 s, p99", f"{p99 * 1000:.0f} ms", p99 <= _MOST_SECONDS)
    about = (
        f"{CODES} codes, {_PER_SECOND:.0f} a second, each for somebody else: from the request of the browser"
        f" until the mail server has the mail. First with nothing queued, then while {QUEUED:,} mails about"
        f" invoices wait in notifier and leave; {left:,} were still waiting afterwards."
    )
    head = ("ms", "nothing queued", f"{QUEUED:,} queued", "ratio")
    return Section("Sign-in codes", about, head, rows, [goal])


def _row(calm: Sequence[float], busy: Sequence[float], share: float) -> tuple[str, str, str]:
    before, beside = percentile(calm, share), percentile(busy, share)
    return f"{before * 1000:.0f}", f"{beside * 1000:.0f}", f"{beside / before:.1f} ×"

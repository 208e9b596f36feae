"""One business floods the notifier, and another's news and codes still leave: behind its import, which is
read first, and beside its mails, which have their turns.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from local_stack.environment import Addresses
from portal_testing.stack import eventually
from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentScheduled,
    Contact,
    Event,
    InvoiceIssued,
    Window,
    as_event,
    uuid7,
)
from servicehub_events_tools.testing import samples

from bench import visits
from bench.codes import address_of, known_customer, send_codes
from bench.people import ANOTHER, BUSINESS, count, customer, publish, reaches
from bench.report import Goal, Section

IMPORTED: Final = int(os.environ.get("BENCH_IMPORTED_VISITS", "200000"))
MAILS: Final = int(os.environ.get("BENCH_FLOOD_MAILS", "100000"))
CODES: Final = 10
_CONTACTS: Final = 2_000
"""Of one customer: an invoice is a mail to each."""
_READER: Final = "bench-reader"
_MOST_FOR_A_CODE: Final = 5.0
_MOST_BEHIND_AN_IMPORT: Final = 120.0
_MOST_BESIDE_MAILS: Final = 10.0
_KNOWN: Final = b"SELECT count(*) FROM contacts WHERE customer_id LIKE 'bench-%'"
_WAITING: Final = b"SELECT count(*) FROM deliveries WHERE status = 'due' AND NOT urgent"
_IMPORTED: Final = b"SELECT count(*) FROM notification_sources WHERE business_id = 'biz-hikari'"


async def measure(addresses: Addresses) -> Section:
    """Seconds to a mail: alone, behind an import, beside mails that wait; and of codes beside these."""
    names = [f"bench-{number}" for number in range(CODES)]
    crowd = [
        Contact(contact_id=f"bench-crowd-{number}", name="Crowd", email=address_of(f"bench-crowd-{number}"))
        for number in range(_CONTACTS)
    ]
    await publish(
        addresses, [*map(known_customer, [*names, _READER]), customer("bench-crowd", crowd, ANOTHER)]
    )
    await reaches(addresses, "auth_otp", _KNOWN, CODES + 1 + _CONTACTS)
    alone = await _told(addresses, "v-alone", 1)
    await visits.publish(addresses.kafka_bootstrap, IMPORTED, quiet=True, business_id=ANOTHER)
    behind, import_took = await asyncio.gather(_told(addresses, "v-alone", 2), _imported(addresses))
    await publish(addresses, [_invoice(number) for number in range(-(-MAILS // _CONTACTS))])
    await reaches(addresses, "notifier", _WAITING, int(0.9 * MAILS))
    beside = await _told(addresses, "v-beside", 1)
    codes = await send_codes(addresses, names)
    return _section((alone, behind, import_took, beside), codes, await count(addresses, "notifier", _WAITING))


async def _told(addresses: Addresses, appointment_id: str, sequence: int) -> float:
    """Publish news of a visit so soon that they wait for nothing, and see how long the mail takes."""
    before = await _mails(addresses)
    began = time.perf_counter()
    await publish(addresses, [_visit(appointment_id, sequence)], sequence)
    await eventually(
        lambda: _mails(addresses),
        what="the mail is there",
        within=900,
        every=0.2,
        met=lambda mails: mails > before,
    )
    return time.perf_counter() - began


def _visit(appointment_id: str, sequence: int) -> Event:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    window = Window(start=start, end=start + timedelta(hours=1), time_zone="America/New_York")
    ids = {"business_id": BUSINESS, "customer_id": _READER, "appointment_id": appointment_id}
    cls: type[Appointment] = AppointmentScheduled if sequence == 1 else AppointmentCancelled
    status = "scheduled" if sequence == 1 else "cancelled"
    return as_event(cls, samples.appointment(), **ids, window=window, status=status)


async def _imported(addresses: Addresses) -> float:
    began = time.perf_counter()
    await reaches(addresses, "notifier", _IMPORTED, IMPORTED)
    return time.perf_counter() - began


async def _mails(addresses: Addresses) -> int:
    """Mails to the reader so far: those of the notifier that it has sent."""
    sent = b"SELECT count(*) FROM deliveries WHERE customer_id = 'bench-reader' AND status = 'sent'"
    return await count(addresses, "notifier", sent)


def _invoice(number: int) -> Event:
    ids = {"business_id": ANOTHER, "customer_id": "bench-crowd", "invoice_id": f"bench-{uuid7()}"}
    return as_event(InvoiceIssued, samples.invoice(), **ids, number=f"B-{number}")


def _section(seconds: tuple[float, float, float, float], codes: Sequence[float], left: int) -> Section:
    alone, behind, import_took, beside = seconds
    rows = [
        ("news, nothing queued", f"{alone:.1f}"),
        (f"the same, behind an import of {IMPORTED:,} visits of another business", f"{behind:.1f}"),
        ("the import itself, until all of it is stored", f"{import_took:.1f}"),
        (f"news beside {MAILS:,} mails of another business", f"{beside:.1f}"),
        ("sign-in codes beside them, the slowest", f"{max(codes):.1f}"),
    ]
    goals = [
        Goal(
            "News behind an import",
            f"at most {_MOST_BEHIND_AN_IMPORT:.0f} s",
            f"{behind:.1f} s",
            behind <= _MOST_BEHIND_AN_IMPORT,
        ),
        Goal(
            "News beside mails",
            f"at most {_MOST_BESIDE_MAILS:.0f} s",
            f"{beside:.1f} s",
            beside <= _MOST_BESIDE_MAILS,
        ),
        Goal(
            "Codes beside mails",
            f"at most {_MOST_FOR_A_CODE:.0f} s",
            f"{max(codes):.1f} s",
            max(codes) <= _MOST_FOR_A_CODE,
        ),
    ]
    about = (
        "From a visit's event, of a visit so soon that its news wait for nothing, until the mail server has"
        f" the mail; {left:,} mails of the other business were still waiting in the end."
    )
    return Section("News of one business beside another's flood", about, ("seconds", ""), rows, goals)

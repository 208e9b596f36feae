"""However the log is cut into batches, they leave what its events leave one by one: rows, and messages."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import msgspec
import pytest
from chassis.encryption import FieldCipher
from code_samples import NOW, business_event
from facts_one_by_one import store_one_by_one
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from notification_samples import appointment_in, contact, customer, invoice, payment
from notification_world import NotificationWorld
from notifier.store.notifications import context_of
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers
from servicehub_events import (
    Appointment,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentErased,
    AppointmentRescheduled,
    AppointmentScheduled,
    Autopay,
    AutopayAnnounced,
    AutopaySwitchedOff,
    AutopaySwitchedOn,
    CustomerErased,
    CustomerRequest,
    Envelope,
    Event,
    Invoice,
    InvoiceErased,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceVoided,
    Method,
    Payment,
    PaymentCaptured,
    PaymentFailed,
    PaymentProcessing,
    PaymentRefunded,
    Reminders,
    RequestAnswer,
    RequestErased,
    RequestMade,
    RequestWithdrawn,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ANN, KEN = contact("ann", phone="+819012345678"), contact("ken", email=None, phone="+819012345679")
ERASED, LIVING = "cu-9", ("cu-1", "cu-2")
BUSINESSES = ("b-1", "b-2")
UNKNOWN = "b-3"
"""A business of which nobody has heard."""
DEADLINE = NOW + timedelta(days=3)
TABLES = {
    "pending_notifications": "*",
    "reminders": "*",
    "reminder_plans": "*",
    "told_invoices": "*",
    "deliveries": "business_id, message_id, kind, channel, locale, caused_by, customer_id, contact_id,"
    " aggregate, subject_id, subject_version, reversal_id, status, error, expires_at, requested_at,"
    " (SELECT array_agg(id ORDER BY id) FROM unnest(others) AS id)",
}
_SOURCES = (
    "SELECT business_id, aggregate, subject_id, version, customer_id, state, notified_version,"
    " (SELECT array_agg(n ORDER BY n) FROM unnest(notices) AS n) AS notices, texts, known, words"
    " FROM notification_sources ORDER BY 1, 2, 3"
)


class Place(NamedTuple):
    """Whose an event is."""

    business_id: str
    customer_id: str
    number: int

    @property
    def ids(self) -> dict[str, object]:
        return {"business_id": self.business_id, "customer_id": self.customer_id}


def visit(cls: type[Appointment], status: str = "scheduled") -> st.SearchStrategy[Event]:
    def made(place: Place, days: int, answered: bool) -> Event:  # drawn
        answer = RequestAnswer(
            request_id=f"rq-{place.number}", outcome="done", message="At the side door.", at=NOW
        )
        about = {"appointment_id": f"ap-{place.number}", "status": status}
        return appointment_in(days, cls, **place.ids, **about, answers=(answer,) if answered else ())

    return st.builds(made, places, st.integers(-2, 6), st.booleans())


def bill(cls: type[Invoice], **changes: object) -> st.SearchStrategy[Event]:
    def made(place: Place, number: str, noted: bool) -> Event:  # drawn
        notes = samples.revised_invoice().credit_notes if noted else ()
        about = {"invoice_id": f"in-{place.number}", "memo": number, "due_on": date(2026, 12, len(number))}
        return as_event(cls, invoice(), **{**place.ids, **about, "credit_notes": notes, **changes})

    return st.builds(made, places, st.sampled_from(["1", "22"]), st.booleans())


def paid(cls: type[Payment], **changes: object) -> st.SearchStrategy[Event]:
    def made(place: Place, other: int) -> Event:
        (part,) = samples.payment().allocations
        parts = (msgspec.structs.replace(part, invoice_id=f"in-{other}"),)
        about = {"payment_id": f"pa-{place.number}", "allocations": parts, "contact_id": "co-ann"}
        return payment(cls, **place.ids, **about, **changes)

    return st.builds(made, places, st.integers(1, 2))


def autopay(cls: type[Autopay], **changes: object) -> st.SearchStrategy[Event]:
    def made(place: Place) -> Event:
        return as_event(cls, samples.autopay(), **place.ids, **changes)

    return st.builds(made, places)


def asked(cls: type[CustomerRequest], status: str) -> st.SearchStrategy[Event]:
    def made(place: Place) -> Event:
        about = {"request_id": f"rq-{place.number}", "status": status, "contact_id": "co-ann"}
        return as_event(cls, samples.customer_request(), **place.ids, **about, sent_at=NOW)

    return st.builds(made, places)


def erased(cls: type[Event], name: str, prefix: str) -> st.SearchStrategy[Event]:
    def made(place: Place) -> Event:
        return cls(**place.ids, **{name: f"{prefix}-{place.number}"})

    return st.builds(made, places)


_MAIN = st.just(Place(BUSINESSES[0], LIVING[0], 1))
_ANY = st.builds(
    Place, st.sampled_from([*BUSINESSES, UNKNOWN]), st.sampled_from([*LIVING, ERASED]), st.integers(1, 2)
)
places = st.one_of(_MAIN, _MAIN, _MAIN, _ANY)
"""Mostly the same, so that what happens to one aggregate meets in a batch."""
KONBINI = {"method": Method(type="konbini"), "expires_at": DEADLINE}
events = st.one_of(
    visit(AppointmentScheduled),
    visit(AppointmentRescheduled),
    visit(AppointmentCancelled, "cancelled"),
    visit(AppointmentCompleted, "completed"),
    bill(InvoiceIssued),
    bill(InvoiceRevised),
    bill(InvoiceVoided, status="void"),
    paid(PaymentProcessing, status="processing", **KONBINI),
    paid(PaymentFailed, status="failed", **KONBINI, occurred_at=NOW),
    paid(PaymentCaptured),
    paid(PaymentRefunded, refunds=samples.payment().refunds),
    autopay(AutopaySwitchedOn),
    autopay(AutopaySwitchedOff, status="off"),
    autopay(AutopayAnnounced),
    asked(RequestMade, "open"),
    asked(RequestWithdrawn, "withdrawn"),
    erased(AppointmentErased, "appointment_id", "ap"),
    erased(InvoiceErased, "invoice_id", "in"),
    erased(RequestErased, "request_id", "rq"),
)


def envelope(event: Event, version: int, minutes: int, quiet: bool) -> Envelope:
    """An event that happened so long ago."""
    told = envelope_of(event, version, time=NOW - timedelta(minutes=minutes))
    return msgspec.structs.replace(told, quiet=quiet)


envelopes = st.builds(
    envelope, events, st.integers(1, 5), st.sampled_from([0, 0, 30, 60 * 24 * 8]), st.booleans()
)


@st.composite
def logs(draw: st.DrawFn) -> list[list[Envelope]]:
    """A log, some of it twice, cut into batches."""
    log = draw(st.lists(envelopes, min_size=1, max_size=14))
    log += draw(st.lists(st.sampled_from(log), max_size=3))
    cuts = sorted(draw(st.sets(st.integers(1, len(log)), max_size=3)))
    return [log[start:end] for start, end in zip([0, *cuts], [*cuts, len(log)], strict=True) if start < end]


async def emptied(world: NotificationWorld) -> None:
    """Only businesses and customers are known, and what was told of an invoice."""
    world.clock.now = NOW
    told = "INSERT INTO told_invoices SELECT 'b-1', 'in-1', 'co-ann', 'cu-1', '{}'"
    async with world.as_owner() as tx:
        await tx.run(f"TRUNCATE notification_sources, visit_tellings, {', '.join(TABLES)}")
        await tx.run(told)


async def rows_of(world: NotificationWorld) -> dict[str, Sequence[object]]:
    """All rows, what is sealed opened."""
    found: dict[str, Sequence[object]] = {
        table: sorted(map(str, await world.rows(f"SELECT {columns} FROM {table}")))
        for table, columns in TABLES.items()
    }
    cipher = world.worker.cipher
    found["sources"] = [_opened(row, cipher) for row in await world.rows(_SOURCES)]
    return found


def _opened(row: tuple[object, ...], cipher: FieldCipher) -> object:
    business_id, aggregate, subject_id = map(str, row[:3])

    def plain(column: str, sealed: object) -> bytes | None:
        context = context_of(business_id, aggregate, subject_id, column)  # pyright: ignore[reportArgumentType]  # rows hold text
        return cipher.decrypt(sealed, context=context) if isinstance(sealed, bytes) else None

    return *row[:-3], *map(plain, ("texts", "known", "words"), row[-3:])


async def known(world: NotificationWorld) -> None:
    """Two businesses that remind differently, and customers of them; one was erased."""
    for business_id, hours in zip(BUSINESSES, ((24, 2), (48,)), strict=True):
        ids = {"business_id": business_id}
        await world.apply(business_event(**ids, slug=business_id, reminders=Reminders(hours_before=hours)))
        for customer_id in (*LIVING, ERASED):
            await world.apply(customer(ANN, KEN, **ids, customer_id=customer_id))
        await world.apply(CustomerErased(**ids, customer_id=ERASED))


async def compare(
    batched: NotificationWorld, singly: NotificationWorld, log: Sequence[Sequence[Envelope]]
) -> None:
    await emptied(batched)
    await emptied(singly)
    for batch in log:
        await batched.read_batch(*batch)
        async with singly.worker.all_tenants() as tx:
            await store_one_by_one(singly.worker, tx, batch)
    assert await rows_of(batched) == await rows_of(singly)
    for world in (batched, singly):
        await world.fan_out(later=700)
    assert await rows_of(batched) == await rows_of(singly)


async def test_what_changes_of_an_invoice_in_one_batch_is_one_message(servers: Servers) -> None:
    async with NotificationWorld.fresh(servers) as world:
        await known(world)
        issued, changed = invoice(), as_event(InvoiceRevised, invoice(), due_on=date(2026, 12, 24))
        await world.read_batch(envelope(issued, 1, 0, quiet=False), envelope(changed, 2, 0, quiet=False))
        kinds = await world.rows("SELECT kind, subject_version FROM pending_notifications")
        assert kinds == [("invoice_changed", 2)]


def test_batches_leave_the_rows_and_messages_of_events_one_by_one(servers: Servers) -> None:
    with asyncio.Runner() as runner:

        async def begin() -> NotificationWorld:
            world = NotificationWorld(servers, await servers.fresh_database("notifier"))
            await world.begin()
            await world.history_ends(str(datetime(2026, 1, 1, tzinfo=UTC)))
            world.clock.now = NOW
            await known(world)
            return world

        batched, singly = runner.run(begin()), runner.run(begin())

        @settings(
            max_examples=100,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(log=logs())
        def check(log: list[list[Envelope]]) -> None:
            runner.run(compare(batched, singly, log))

        try:
            check()
        finally:
            runner.run(batched.aclose())
            runner.run(singly.aclose())

"""No event that the contract allows takes a page down: any state, to the ends of its limits.

`HYPOTHESIS_PROFILE=deep` draws tens of thousands. The rows are those that the projector writes, and the pages
are made from them as they are for a browser.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opened_pages import opened
from portal_read import pages
from portal_read.http import appointment_list, appointments, dashboard, invoice_list, invoices, pay
from portal_read.http.etag import etag
from portal_read.http.page_request import PageRequest
from portal_read.pages import PageContext
from portal_read.reactions import rows_of
from portal_read.read_model import StoredRow
from servicehub_events import Appointment, Business, Customer, Envelope, Event, Invoice, Payment, encode
from servicehub_events.registry import REGISTRY
from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing.strategies_schema import any_events

Show = Callable[[PageRequest], str | None]
EVENTS = st.sampled_from(REGISTRY.kinds()).flatmap(any_events)
NOW = st.sampled_from(
    [
        datetime(2026, 11, 24, 3, tzinfo=UTC),
        datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
    ]
)


def row_of(event: Event) -> StoredRow | None:
    """The row of an event with a state, as the projector writes it."""
    source = REGISTRY.of_class(type(event)).topic.source
    at = datetime(2026, 11, 22, tzinfo=UTC)
    envelope = Envelope(
        event=event, id="019ab0f0-0000-7000-8000-000000000001", source=source, time=at, sequence=1
    )
    encode(envelope)
    for table, row in rows_of(event, 1):
        if "state" in row and table != "business_slugs":
            return StoredRow(envelope.subject, 1, cast(bytes, row["state"]))
    return None


def pages_of(context: PageContext, drawn: Sequence[Event]) -> Iterator[tuple[Show, PageRequest]]:
    """Every page on which these events are seen."""
    states = [(event, row) for event in drawn if (row := row_of(event))]
    visits = [row for event, row in states if isinstance(event, Appointment)]
    bills = [row for event, row in states if isinstance(event, Invoice)]
    paid = [row for event, row in states if isinstance(event, Payment)]
    rows = {"upcoming": visits, "past": visits, "unpaid": bills, "settled": bills, "payment": paid}
    lists = (dashboard.show_dashboard, appointment_list.show_appointments, invoice_list.show_invoices)
    yield from ((show, opened(rows, context=context)) for show in (*lists, pay.show_pay))
    searched, words = {**rows, "searched": visits}, [("q", "a 1")]
    for show in (appointment_list.show_found, invoice_list.show_found):
        yield show, opened(searched, context=context, query=words)
    for row in visits:
        one = {"appointment": [row], "upcoming": visits, "invoice": bills}
        yield appointments.show_appointment, opened(one, row.id, context=context)
    for row in bills:
        one = {"invoice": [row], "named": [row], "payment": paid, "appointment": visits}
        yield invoices.show_invoice, opened(one, row.id, context=context)
        yield pay.show_pay, opened(one, context=context, query=[("invoice", row.id)])
    for row in paid:
        one = {"this_payment": [row], "invoice": bills, "payment": paid}
        yield pay.show_result, opened(one, row.id, context=context)


def context_of(drawn: Sequence[Event], locale: str, now: datetime) -> PageContext:
    """The last business and customer that were drawn, else the samples."""
    business = next((event for event in reversed(drawn) if isinstance(event, Business)), samples.business())
    customer = next((event for event in reversed(drawn) if isinstance(event, Customer)), samples.customer())
    contact = next(iter(customer.contacts), samples.customer().contacts[0])
    everything = msgspec.structs.replace(contact, roles=None)
    root = f"/portal/{business.slug}"
    as_of = now - timedelta(seconds=30)
    return PageContext(
        business,
        locale,
        now,
        root,
        as_of,
        True,
        customer,
        everything,
        pays_online=True,
        image_origin="https://a",
    )


def on_one_invoice(drawn: Sequence[Event]) -> list[Event]:
    """The same, each invoice being one that a drawn payment is on, so that their money meets."""
    paid = [part.invoice_id for event in drawn if isinstance(event, Payment) for part in event.allocations]
    ids = iter(dict.fromkeys(paid))
    return [
        msgspec.structs.replace(event, invoice_id=next(ids, event.invoice_id))
        if isinstance(event, Invoice)
        else event
        for event in drawn
    ]


@pytest.mark.parametrize("locale", ["en", "ja"])
@given(drawn=st.lists(EVENTS, min_size=1, max_size=8).map(on_one_invoice), now=NOW)
@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
)
def test_whatever_the_contract_allows_every_page_answers(
    drawn: list[Event], now: datetime, locale: str
) -> None:
    context = context_of(drawn, locale, now)
    for show, page in pages_of(context, drawn):
        assert etag(page, "build", "schema")
        assert (show(page) or "").startswith("<!doctype html>")
    outside = replace(context, contact=None, customer=None)
    assert pages.sign_in(outside)
    if context.customer and context.contact:
        assert pages.choose(outside, [(context.customer, context.contact)])
    assert pages.failed(outside)

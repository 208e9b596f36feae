"""Publishes a customer, a visit and an invoice: `python publish.py [row version]`. See docs/publishing.md."""

import sys
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from connection import BOOTSTRAP, security
from servicehub_events import (
    AppointmentScheduled,
    Contact,
    CustomerRegistered,
    InvalidEvent,
    InvoiceIssued,
    Issuer,
    Line,
    Service,
    StaffMember,
    TaxGroup,
    Window,
    event_type,
    new_traceparent,
)
from servicehub_events.publisher import Publication, PublishFailed, SyncPublisher

ZONE = ZoneInfo("America/New_York")
TODAY = datetime.now(ZONE).date()
NEXT_WEEK = TODAY + timedelta(days=7)

CUSTOMER = CustomerRegistered(
    business_id="biz-sparkle",
    customer_id="c-python",
    display_name="Python Example",
    kind="person",
    locale="en",
    portal_access=True,
    contacts=(Contact(contact_id="p-python", name="Python Example", email="python@mail.example"),),
)
VISIT = AppointmentScheduled(
    business_id="biz-sparkle",
    appointment_id="visit-python-1",
    customer_id="c-python",
    status="scheduled",
    service=Service(name="Deep cleaning", items=("Kitchen", "Bathroom")),
    window=Window(
        start=datetime.combine(NEXT_WEEK, time(10), ZONE),
        end=datetime.combine(NEXT_WEEK, time(12), ZONE),
        time_zone="America/New_York",
    ),
    staff=(StaffMember(staff_id="s-1", name="Maria Reyes"),),
)
INVOICE = InvoiceIssued(
    business_id="biz-sparkle",
    invoice_id="inv-python-1",
    number="P-1",
    customer_id="c-python",
    status="open",
    issued_on=TODAY,
    due_on=TODAY + timedelta(days=30),
    currency="USD",
    prices_include_tax=False,
    lines=(
        Line(description="Deep cleaning", quantity="1", unit_price=18000, amount=18000, tax_rate="8"),
        Line(description="Oven, half hours", quantity="1.5", unit_price=3000, amount=4500, tax_rate="8"),
    ),
    tax_groups=(TaxGroup(rate="8", net=22500, tax=1800),),  # tax is rounded once for each rate
    total=24300,  # $243.00
    recorded_payments=(),
    issuer=Issuer(legal_name="Sparkle Home LLC"),
)


def main() -> None:
    version = int(sys.argv[1]) if len(sys.argv) > 1 else 1  # in ServiceHub: the version column of the row
    events = (CUSTOMER, VISIT, INVOICE)
    trace = new_traceparent()  # in ServiceHub: of the span that is current
    try:
        with SyncPublisher(BOOTSTRAP, source="/servicehub/core", security=security()) as publisher:
            places = publisher.publish_all(Publication(event, version, traceparent=trace) for event in events)
    except (InvalidEvent, PublishFailed) as error:
        sys.exit(str(error))
    for event, place in zip(events, places, strict=True):
        where = f"{place.topic}, partition {place.partition}, offset {place.offset}"
        sys.stdout.write(f"{event_type(type(event))} -> {where}\n")
    sys.stdout.write("Sign in as python@mail.example to see them.\n")


if __name__ == "__main__":
    main()

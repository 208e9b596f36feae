"""Two businesses with a season of visits and invoices; the clock stands at Friday 20 November 2026, 10:42."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
import servicehub_events as e
from portal_read.pages import InvoiceView, PageContext

NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True)
class Season:
    """All that one signed-in contact sees."""

    ctx: PageContext
    upcoming: tuple[e.Appointment, ...]
    past: tuple[e.Appointment, ...]
    invoices: tuple[InvoiceView, ...]


def view(invoice: e.Invoice, *payments: e.Payment) -> InvoiceView:
    return InvoiceView(invoice, payments, e.invoice_money(invoice, payments))


def line(description: str, quantity: str, unit: int, amount: int, rate: str, reduced: bool = False) -> e.Line:
    return e.Line(
        description=description,
        quantity=quantity,
        unit_price=unit,
        amount=amount,
        tax_rate=rate,
        reduced_rate=reduced,
    )


def group(rate: str, net: int, tax: int) -> e.TaxGroup:
    return e.TaxGroup(rate=rate, net=net, tax=tax)


def recorded(id: str, method: e.RecordedMethod, amount: int, day: date) -> e.RecordedPayment:  # noqa: A002
    return e.RecordedPayment(id=id, method=method, amount=amount, received_on=day)


def payment(invoice: e.Invoice, amount: int, status: e.PaymentStatus, at: datetime) -> e.Payment:
    part = e.Allocation(invoice_id=invoice.invoice_id, invoice_version=1, amount=amount)
    return e.Payment(
        business_id=invoice.business_id,
        payment_id=f"pay-{invoice.invoice_id}-{amount}",
        customer_id=invoice.customer_id,
        status=status,
        amount=amount,
        currency=invoice.currency,
        allocations=(part,),
        method=e.Method(type="card", brand="visa", last4="4242"),
        refunds=(),
        processor=e.Processor(name="stripe", account="acct_1", reference="pi_1"),
        occurred_at=at,
    )


def refunded(paid: e.Payment, amount: int, at: datetime) -> e.Payment:
    share = e.Share(invoice_id=paid.allocations[0].invoice_id, amount=amount)
    refund = e.Refund(refund_id=f"re-{amount}", amount=amount, allocations=(share,), at=at)
    return msgspec.structs.replace(paid, refunds=(refund,))


def disputed(paid: e.Payment, status: e.DisputeStatus = "open") -> e.Payment:
    share = e.Share(invoice_id=paid.allocations[0].invoice_id, amount=paid.amount)
    return msgspec.structs.replace(
        paid, dispute=e.Dispute(status=status, amount=paid.amount, allocations=(share,))
    )


def disputed_twice(paid: e.Payment, second: e.DisputeStatus) -> e.Payment:
    """A tenth was lost, and the bank asked for another tenth after that."""
    share = e.Share(invoice_id=paid.allocations[0].invoice_id, amount=paid.amount // 10)
    dispute = e.Dispute(status="lost", amount=share.amount, allocations=(share,), dispute_id="du-1")
    return msgspec.structs.replace(
        paid,
        dispute=msgspec.structs.replace(dispute, status=second, dispute_id="du-2"),
        other_disputes=(dispute,),
    )


def message(
    kind: str, at: datetime, sent_to: str | None = "h…@mail.example", error: str | None = None
) -> e.Message:
    return e.Message(
        business_id="b-1",
        message_id=f"me-{at.isoformat()}",
        kind=kind,
        customer_id="cu-1",
        contact_id="co-1",
        channel="email",
        locale="en",
        caused_by="ev-1",
        error=error,
        sent_to=sent_to,
        at=at,
    )


def in_locale(season: Season, locale: str) -> Season:
    return replace(season, ctx=replace(season.ctx, locale=locale))


# Sparkle Home, New York

SPARKLE = e.Business(
    business_id="b-sparkle",
    slug="sparkle-home",
    former_slugs=(),
    enabled=True,
    generation=1,
    name="Sparkle Home",
    theme_url="/branding/sparkle-home/theme-1.css",
    colours=e.Colours(primary="#1E7B57"),
    locales=("en", "ja"),
    default_locale="en",
    time_zone="America/New_York",
    currency="USD",
    country="US",
    website="https://www.sparklehome.example/",
    support=e.Support(
        phone="+12125550142",
        email="hello@sparklehome.example",
        hours="Mon – Fri 8 AM – 6 PM, Sat 9 AM – 1 PM",
    ),
    reminders=e.Reminders(hours_before=(24,)),
)
HANNAH = e.Contact(contact_id="k-1", name="Hannah Whitfield", email="hannah@mail.example")
WHITFIELD = e.Customer(
    business_id="b-sparkle",
    customer_id="c-1",
    display_name="Hannah Whitfield",
    kind="person",
    portal_access=True,
    contacts=(HANNAH,),
    sites=(e.CustomerSite(site_id="s-1", label="Apt 3B", address="120 Maple Street, Brooklyn"),),
)
US_CONTEXT = PageContext(
    business=SPARKLE,
    locale="en",
    now=datetime(2026, 11, 20, 10, 42, tzinfo=NEW_YORK),
    path="/portal/sparkle-home",
    as_of=datetime(2026, 11, 20, 10, 42, tzinfo=NEW_YORK),
    customer=WHITFIELD,
    contact=HANNAH,
    live_url="/portal/sparkle-home/live",
)


def ny(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK)


def us_visit(id: str, start: datetime, hours: int, status: e.AppointmentStatus, *staff: str) -> e.Appointment:  # noqa: A002
    return e.Appointment(
        business_id="b-sparkle",
        appointment_id=id,
        customer_id="c-1",
        status=status,
        service=e.Service(name="Regular cleaning", items=("Kitchen", "Bathroom", "Floors", "Bed linen")),
        window=e.Window(
            start=start, end=start.replace(hour=start.hour + hours), time_zone="America/New_York"
        ),
        staff=tuple(e.StaffMember(staff_id=name, name=name) for name in staff),
        site=e.Site(label="Apt 3B", address="120 Maple Street, Brooklyn"),
        series=e.Series(id="series-1", rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    )


NEXT = msgspec.structs.replace(
    us_visit("a-1", ny(11, 24, 10), 2, "scheduled", "Maria Reyes"),
    rescheduled_from=e.FormerWindow(start=ny(11, 24, 13), end=ny(11, 24, 15), at=ny(11, 18, 16, 12)),
    instructions="Please tell the front desk that Maria is coming.",
)
DEEP_CLEAN = msgspec.structs.replace(
    us_visit("a-3", ny(12, 12, 9), 6, "scheduled", "Maria Reyes", "Devon Park"),
    service=e.Service(name="Deep clean"),
)
DONE = msgspec.structs.replace(
    us_visit("a-4", ny(11, 3, 10), 2, "completed", "Devon Park"),
    completed=e.Completion(
        at=ny(11, 3, 12, 1), summary="Kitchen, bathroom, floors.\nThe window lock in the hall is loose."
    ),
)
CANCELLED = msgspec.structs.replace(
    us_visit("a-5", ny(10, 20, 10), 2, "cancelled"),
    cancellation=e.Cancellation(at=ny(10, 19, 8), reason="Burst pipe in the building"),
)
MISSED = us_visit("a-6", ny(10, 6, 10), 2, "missed", "Maria Reyes")


def us_invoice(number: int, due: date, at_8_875: tuple[int, int], **more: object) -> e.Invoice:
    """`at_8_875` is net and tax at New York's 8.875 %."""
    fields: dict[str, object] = {
        "business_id": "b-sparkle",
        "invoice_id": f"i-{number}",
        "number": str(number),
        "customer_id": "c-1",
        "status": "open",
        "issued_on": date(2026, 10, 30),
        "due_on": due,
        "currency": "USD",
        "prices_include_tax": False,
        "lines": (line("Regular cleaning, November 3", "1", at_8_875[0], at_8_875[0], "8.875"),),
        "tax_groups": (group("8.875", *at_8_875),),
        "total": sum(at_8_875),
        "recorded_payments": (),
        "issuer": e.Issuer(legal_name="Sparkle Home LLC", address="9 Water Street, Brooklyn"),
    }
    return msgspec.convert({**fields, **more}, e.Invoice, from_attributes=True)


OVERDUE = us_invoice(
    1042,
    date(2026, 11, 14),
    (15704, 1394),
    recorded_payments=(recorded("r-1", "cheque", 7500, date(2026, 11, 10)),),
)
DEPOSIT = us_invoice(
    1047,
    date(2026, 12, 12),
    (45000, 3994),
    issued_on=date(2026, 11, 12),
    lines=(
        line("Deep clean, December 12", "6", 6500, 39000, "8.875"),
        line("Inside oven and fridge", "1", 6000, 6000, "8.875"),
        line("Laundry, wash and fold", "2", 1500, 3000, "0"),
    ),
    tax_groups=(group("8.875", 45000, 3994), group("0", 3000, 0)),
    total=51994,
    deposit=e.Deposit(amount=15000, due_on=date(2026, 11, 28)),
    recorded_payments=(recorded("r-2", "cash", 3000, date(2026, 11, 13)),),
    appointment_ids=("a-3",),
    memo="Bring the spare key, please.",
)
ON_ITS_WAY = us_invoice(1039, date(2026, 11, 30), (15704, 1394))
SETTLED = us_invoice(1031, date(2026, 10, 20), (15704, 1394))
PART_REFUNDED = us_invoice(1024, date(2026, 10, 6), (15704, 1394))
DISPUTED = us_invoice(1019, date(2026, 9, 22), (12000, 1065))
VOID = us_invoice(1012, date(2026, 9, 8), (15704, 1394), status="void")

SPARKLE_SEASON = Season(
    US_CONTEXT,
    upcoming=(NEXT, us_visit("a-2", ny(12, 8, 10), 2, "scheduled", "Maria Reyes"), DEEP_CLEAN),
    past=(DONE, CANCELLED, MISSED),
    invoices=(
        replace(
            view(OVERDUE),
            messages=(
                message("invoice_issued", ny(10, 31, 18)),
                message("invoice_overdue", ny(11, 17, 10), "…0142", "twilio_30006"),
                message("invoice_overdue", ny(11, 17, 10, 1)),
            ),
        ),
        view(DEPOSIT, payment(DEPOSIT, 2000, "captured", ny(11, 15, 21, 20))),
        view(ON_ITS_WAY, payment(ON_ITS_WAY, 17098, "processing", ny(11, 19, 9))),
        view(SETTLED, payment(SETTLED, 17098, "captured", ny(10, 9, 9))),
        view(
            PART_REFUNDED,
            refunded(payment(PART_REFUNDED, 17098, "captured", ny(9, 25, 9)), 2400, ny(9, 28, 9)),
        ),
        view(DISPUTED, disputed(payment(DISPUTED, 13065, "captured", ny(9, 12, 9)))),
        view(VOID),
    ),
)

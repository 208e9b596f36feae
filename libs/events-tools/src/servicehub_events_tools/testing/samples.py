"""One valid state per aggregate, fixed to the last digit; `as_event(cls, samples.…())` makes it an event."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal, TypedDict

from msgspec.structs import replace
from servicehub_events import (
    Allocation,
    Appointment,
    AppointmentJob,
    AttachedFile,
    Autopay,
    AutopayCharge,
    AutopayConsent,
    BankAccount,
    Business,
    Colours,
    Completion,
    Contact,
    ContactStatus,
    CreditNote,
    Customer,
    CustomerRequest,
    CustomerSite,
    DayWish,
    Deposit,
    Discount,
    DomainCheck,
    Failure,
    FormerWindow,
    Icon,
    Invoice,
    InvoiceSite,
    Issuer,
    Line,
    Logo,
    LoweredPrice,
    LoweredTax,
    Message,
    Method,
    Movement,
    PartialPayment,
    Payment,
    PaymentInstruction,
    PaymentReceipt,
    Preferences,
    Processor,
    Recipient,
    RecordedPayment,
    RecordedRefund,
    Refund,
    RefundNote,
    Rejection,
    Reminders,
    RequestAnswer,
    RequestRules,
    Revision,
    Service,
    Session,
    Share,
    Site,
    StaffMember,
    Support,
    TaxGroup,
    Unreachable,
    Window,
)

BUSINESS = "b-1"
CUSTOMER = "cu-1"
CONTACT = "co-1"
JST = timezone(timedelta(hours=9))


def customer() -> Customer:
    """A person with one contact who may do everything, and one site."""
    return Customer(
        business_id=BUSINESS,
        customer_id=CUSTOMER,
        display_name="Sample Customer",
        kind="person",
        reading="サンプル",
        honorific="様",
        locale="ja",
        portal_access=True,
        contacts=(
            Contact(
                contact_id=CONTACT,
                name="Sample Contact",
                email="customer@example.com",
                phone="+819012345678",
                locale="ja-JP",
                roles=("visits", "invoices", "pay"),
            ),
        ),
        sites=(CustomerSite(site_id="s-1", label="Unit 4B", address="1-2-3 Example, Tokyo"),),
        answers=(
            RequestAnswer(
                request_id="rq-2",
                outcome="replied",
                message="Yes, we bring our own ladder.",
                at=datetime(2026, 11, 20, 6, 0, tzinfo=UTC),
            ),
        ),
    )


def appointment() -> Appointment:
    """A visit of two hours that was moved by a day."""
    start = datetime(2026, 11, 25, 9, 0, tzinfo=JST)
    day, hours = timedelta(days=1), timedelta(hours=2)
    return Appointment(
        business_id=BUSINESS,
        appointment_id="ap-1",
        customer_id=CUSTOMER,
        status="scheduled",
        service=Service(name="House cleaning", description="Two rooms", items=("Kitchen", "Bath")),
        window=Window(start=start, end=start + hours, time_zone="Asia/Tokyo"),
        rescheduled_from=FormerWindow(
            start=start - day, end=start - day + hours, at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
        ),
        duration_minutes=90,
        staff=(StaffMember(staff_id="st-1", name="Sample Staff", role="Cleaner"),),
        site=Site(label="Unit 4B", address="1-2-3 Example, Tokyo", site_id="s-1"),
        job=AppointmentJob(id="job-1", name="Autumn cleaning", visit_number=1, visit_count=2),
        purchase_order="PO-1204",
        instructions="Please leave the gate open.",
        invoice_ids=("in-1",),
        attachments=(
            AttachedFile(
                id="file-1",
                url="https://files.example/kitchen.jpg",
                title="Kitchen, before",
                kind="photo",
                roles=("visits",),
                added_at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
            ),
        ),
        answers=(
            RequestAnswer(request_id="rq-1", outcome="done", at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC)),
        ),
    )


def completed_appointment() -> Appointment:
    """The same visit, done."""
    done = Completion(at=datetime(2026, 11, 25, 11, 0, tzinfo=JST), summary="All done")
    return Appointment(
        business_id=BUSINESS,
        appointment_id="ap-1",
        customer_id=CUSTOMER,
        status="completed",
        service=Service(name="House cleaning"),
        window=appointment().window,
        staff=appointment().staff,
        completed=done,
    )


def invoice() -> Invoice:
    """¥17,560 in all: ¥14,000 after discount at 10 %, ¥2,000 at 8 %, tax on top; ¥2,380 paid in cash."""
    return Invoice(
        business_id=BUSINESS,
        invoice_id="in-1",
        number="2026-0001",
        customer_id=CUSTOMER,
        status="open",
        issued_on=date(2026, 11, 20),
        due_on=date(2026, 12, 20),
        service_on=date(2026, 11, 18),
        currency="JPY",
        prices_include_tax=False,
        lines=(
            Line(
                description="Cleaning",
                quantity="2",
                unit="hours",
                unit_price=5000,
                amount=10000,
                tax_rate="10",
                service_on=date(2026, 11, 18),
            ),
            Line(description="Windows", quantity="1", unit_price=5000, amount=5000, tax_rate="10"),
            Line(
                description="Tea", quantity="2", unit_price=1000, amount=2000, tax_rate="8", reduced_rate=True
            ),
        ),
        discounts=(Discount(description="Regular customer", amount=1000, tax_rate="10"),),
        tax_groups=(TaxGroup(rate="10", net=14000, tax=1400), TaxGroup(rate="8", net=2000, tax=160)),
        total=17560,
        deposit=Deposit(amount=5000, due_on=date(2026, 11, 30)),
        partial_payment=PartialPayment(allowed=True, minimum=1000),
        recorded_payments=(
            RecordedPayment(id="rp-1", method="cash", amount=2380, received_on=date(2026, 11, 21)),
        ),
        payment_instructions=(
            PaymentInstruction(
                text="Please bear the fee.",
                bank_account=BankAccount(bank="Sample Bank", account_number="0000000"),
                reference="RF18 5390 0754",
            ),
        ),
        purchase_order="88-1204",
        recipient=Recipient(name="Sample Company", address="1-2-3 Example, Tokyo", department="Accounts"),
        site=InvoiceSite(label="Unit 4B", site_id="s-1"),
        issuer=Issuer(
            legal_name="Sample Business",
            registration_number="T1234567890123",
            company_number="0123-45-678901",
            phone="03-0000-0142",
        ),
        appointment_ids=("ap-1",),
        memo="Thank you.",
    )


def revised_invoice() -> Invoice:
    """The same invoice, corrected: two days of supply, a credit note for the windows, cash given back."""
    bill = invoice()
    cleaning, windows, tea = bill.lines
    (cash,) = bill.recorded_payments
    second_day = date(2026, 11, 19)
    return replace(
        bill,
        service_until=second_day,
        tax_point=date(2026, 11, 20),
        lines=(replace(cleaning, service_until=second_day), windows, tea),
        recorded_payments=(
            replace(cash, refunds=(RecordedRefund(id="rr-1", amount=380, refunded_on=date(2026, 11, 22)),)),
        ),
        credit_notes=(
            CreditNote(
                id="cn-1",
                number="CN-0001",
                issued_on=date(2026, 11, 23),
                reason="Windows not done",
                lines=(replace(windows, service_on=second_day, service_until=second_day),),
                tax_groups=(TaxGroup(rate="10", net=5000, tax=500),),
                total=5500,
            ),
        ),
        revision=Revision(number=2, on=date(2026, 11, 23), reason="Hours corrected"),
    )


class _DomainFields(TypedDict):
    domain: str
    domain_check: DomainCheck


def business() -> Business:
    """A portal in Japanese and English."""
    return Business(
        business_id=BUSINESS,
        slug="sample-business",
        former_slugs=("sample",),
        enabled=True,
        generation=1,
        name="Sample Business",
        legal_name="Sample Business Inc.",
        theme_url="/branding/sample-business/theme-0a1b2c3d.css",
        logo=Logo(url="/branding/sample-business/logo-0a1b2c3d.webp", width=320, height=80),
        icons=(Icon(url="/branding/sample-business/icon-0a1b2c3d.png", size=192, purpose="any"),),
        colours=Colours(primary="#0b7285", accent="#e8590c"),
        locales=("ja", "en"),
        default_locale="ja",
        time_zone="Asia/Tokyo",
        currency="JPY",
        country="JP",
        postal_address="4-5-6 Example\nTokyo",
        website="https://business.example",
        support=Support(email="help@example.com", phone="+81312345678", hours="9:00-17:00"),
        stripe_account="acct_sample",
        saved_cards=True,
        reminders=Reminders(hours_before=(48, 2)),
        **own_domain("portal.business.example", "pending"),
        requests=RequestRules(kinds=("move", "cancel", "book", "message", "details"), notice_hours=48),
    )


def own_domain(domain: str, status: Literal["pending", "verified", "failed"] = "verified") -> _DomainFields:
    """The fields of a business with a domain of its own."""
    value = "servicehub-portal=5b8c0f3e7d2a49169e4c1f6b0a7d8e35"
    check = DomainCheck(status=status, record=f"_servicehub-portal.{domain}", value=value)
    return {"domain": domain, "domain_check": check}


def payment() -> Payment:
    """¥10,000 by card for one invoice, captured, ¥500 of it given back."""
    return Payment(
        business_id=BUSINESS,
        payment_id="pa-1",
        customer_id=CUSTOMER,
        contact_id=CONTACT,
        status="captured",
        amount=10000,
        currency="JPY",
        allocations=(
            Allocation(invoice_id="in-1", invoice_version=3, amount=10000, issued_on=date(2026, 11, 20)),
        ),
        method=Method(type="card", brand="visa", last4="4242"),
        refunds=(
            Refund(
                refund_id="re-1",
                amount=500,
                allocations=(Share(invoice_id="in-1", amount=500),),
                at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
                status="succeeded",
                ended_at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
                note=RefundNote(
                    number="CN-000001",
                    copies=0,
                    lowered=(
                        LoweredPrice(
                            invoice_id="in-1",
                            amount=500,
                            taxes=(LoweredTax(rate="10", net=455, tax=45),),
                        ),
                    ),
                ),
            ),
        ),
        movements=(
            Movement(
                movement_id="txn_1",
                kind="charge",
                source_id="ch_sample",
                amount=10000,
                fee=360,
                net=9640,
                currency="JPY",
                at=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
                available_at=datetime(2026, 11, 24, 0, 0, tzinfo=UTC),
                payout_id="po_sample",
                arrived_at=datetime(2026, 11, 25, 0, 0, tzinfo=UTC),
            ),
        ),
        receipt=PaymentReceipt(number="R-000001", copies=0),
        processor=Processor(
            name="stripe",
            account="acct_sample",
            reference="cs_sample",
            intent_id="pi_sample",
            charge_id="ch_sample",
            live=True,
        ),
        occurred_at=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
    )


def session() -> Session:
    """A session of a day."""
    issued = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    return Session(
        business_id=BUSINESS,
        session_id="se-1",
        contact_id=CONTACT,
        customer_id=CUSTOMER,
        device="Safari on iPhone",
        remembered=False,
        issued_at=issued,
        expires_at=issued + timedelta(hours=24),
        method="code",
        confirmed_until=issued + timedelta(hours=1),
    )


def contact_status() -> ContactStatus:
    """Somebody with a landline alone, tried with wrong codes and guarded."""
    return ContactStatus(
        business_id=BUSINESS,
        contact_id=CONTACT,
        customer_id=CUSTOMER,
        wrong_codes_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
        guarded_until=datetime(2026, 11, 23, 8, 5, tzinfo=UTC),
        unreachable=Unreachable(since=datetime(2026, 11, 20, 0, 0, tzinfo=UTC), phone="landline"),
    )


def preferences() -> Preferences:
    """English, no word of a visit that is booked, and a voucher's reminder by text alone."""
    return Preferences(
        business_id=BUSINESS,
        contact_id=CONTACT,
        locale="en",
        kinds={"visit_confirmed": False},
        channels={"voucher_reminder": ("sms",)},
    )


def message() -> Message:
    """A reminder by email."""
    return Message(
        business_id=BUSINESS,
        message_id="0d5c1d50-3a62-5c5b-9c8c-0c4f5be3a1b2",
        kind="reminder",
        customer_id=CUSTOMER,
        contact_id=CONTACT,
        channel="email",
        locale="ja",
        caused_by="019ab0f0-0000-7000-8000-000000000001",
        invoice_id="in-1",
        sent_to="h…@example.com",
        at=datetime(2026, 11, 20, 0, 0, 5, tzinfo=UTC),
    )


def rejection() -> Rejection:
    """An invoice that does not add up."""
    return Rejection(
        business_id=BUSINESS,
        rejection_id="7c7f5c0e-0b0a-5d4f-8f0e-5a4f3e1b2c3d",
        topic="servicehub.invoices.v1",
        partition=7,
        offset=4211,
        record_key=f"{BUSINESS}/in-1",
        event_type="servicehub.InvoiceIssued.v1",
        event_source="/servicehub/core",
        sequence=3,
        code="invariant_violated",
        faults=("tax_groups sum to 17560, but total is 1",),
        rejected_at=datetime(2026, 11, 22, 1, 2, 4, tzinfo=UTC),
    )


def customer_request() -> CustomerRequest:
    """The visit shall be moved, on one of two days."""
    window = appointment().window
    return CustomerRequest(
        business_id=BUSINESS,
        request_id="rq-1",
        customer_id=CUSTOMER,
        contact_id=CONTACT,
        kind="move",
        status="open",
        sent_at=datetime(2026, 11, 19, 3, 0, tzinfo=UTC),
        locale="ja",
        appointment_id="ap-1",
        window_start=window.start,
        window_end=window.end,
        wishes=(DayWish(day=date(2026, 11, 26), part="morning"), DayWish(day=date(2026, 11, 27))),
        text="The neighbour has the keys.",
    )


def autopay() -> Autopay:
    """It is on; one charge is announced, and one was declined once."""
    declined = Failure(code="insufficient_funds", retryable=True)
    told = datetime(2026, 11, 20, 1, 0, 7, tzinfo=UTC)
    return Autopay(
        business_id=BUSINESS,
        customer_id=CUSTOMER,
        contact_id=CONTACT,
        status="on",
        card=Method(type="card", brand="visa", last4="4242"),
        consent=AutopayConsent(terms="autopay-1", locale="ja", at=datetime(2026, 11, 1, 3, 0, tzinfo=UTC)),
        charges=(
            AutopayCharge(
                invoice_id="in-1",
                amount=9500,
                currency="JPY",
                charge_on=date(2026, 11, 30),
                status="announced",
                notices=1,
            ),
            AutopayCharge(
                invoice_id="in-2",
                amount=4400,
                currency="JPY",
                charge_on=date(2026, 11, 25),
                status="confirmed",
                notices=1,
                confirmed_at=told,
                tries=1,
                failure=declined,
                payment_id="pa-2",
            ),
        ),
        invoice_id="in-1",
        occurred_at=datetime(2026, 11, 28, 1, 0, tzinfo=UTC),
    )

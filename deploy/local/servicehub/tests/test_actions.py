"""Each action publishes the right event with the next version; senseless ones are refused with a reason."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from servicehub_events import Appointment, Customer, Invoice, PartialPayment
from stand_in_servicehub.actions import ACTIONS
from stand_in_servicehub.core import Core, Outcome
from stand_in_servicehub.demo import Demo
from stand_in_servicehub.errors import BadInput, Unavailable, Unknown
from stand_in_servicehub.server import prepare

from .fakes import FakePortals, FakePublisher

SPARKLE = "biz-sparkle"
VISIT: Mapping[str, object] = {"appointment_id": "v-2012"}
INVOICE: Mapping[str, object] = {"invoice_id": "inv-1042"}
LINE: Mapping[str, object] = {"description": "Ironing", "quantity": "1.5", "unit_price": 3_000}
START: Mapping[str, object] = {"start": "2026-12-01T09:00"}
NEW_VISIT: Mapping[str, object] = {"customer_id": "c-1001", "service": "Ironing", **START}


async def do(core: Core, name: str, values: Mapping[str, object], business: str = SPARKLE) -> Outcome:
    return await core.act(business, ACTIONS[name], values)


@pytest.mark.parametrize(
    ("name", "values", "expected", "version"),
    [
        ("schedule", NEW_VISIT, "AppointmentScheduled", 1),
        ("reschedule", {**VISIT, **START}, "AppointmentRescheduled", 2),
        ("staff", {**VISIT, "staff_ids": ["s-2"]}, "StaffAssigned", 2),
        ("confirm", {"appointment_id": "v-2017"}, "AppointmentScheduled", 2),
        ("en-route", {**VISIT, "minutes": 20}, "AppointmentEnRoute", 2),
        ("start", VISIT, "AppointmentStarted", 2),
        ("complete", {**VISIT, "summary": "All done"}, "AppointmentCompleted", 2),
        ("miss", VISIT, "AppointmentMissed", 2),
        ("cancel", {**VISIT, "reason": "Snow", "by": "weather"}, "AppointmentCancelled", 2),
        ("invoice", {"customer_id": "c-1001", "lines": [LINE]}, "InvoiceIssued", 1),
        ("revise", {**INVOICE, "lines": [LINE]}, "InvoiceRevised", 2),
        ("revise", {**INVOICE, "total": 5_000}, "InvoiceRevised", 2),
        ("part-payment", {**INVOICE, "minimum": 1_000}, "InvoiceRevised", 2),
        ("cash", {**INVOICE, "amount": 500}, "InvoiceRevised", 2),
        ("void", INVOICE, "InvoiceVoided", 2),
        ("write-off", INVOICE, "InvoiceWrittenOff", 2),
        ("register", {"display_name": "Ann", "email": "ann@mail.example"}, "CustomerRegistered", 1),
        ("access", {"customer_id": "c-1001", "allowed": False}, "CustomerRevised", 2),
        (
            "contact",
            {"customer_id": "c-1001", "contact_id": "p-1", "phone": "+12125550199"},
            "CustomerRevised",
            2,
        ),
    ],
)
async def test_an_action_publishes_its_event(
    core: Core, publisher: FakePublisher, name: str, values: Mapping[str, object], expected: str, version: int
) -> None:
    outcome = await do(core, name, values)
    sent = [(type(envelope.event).__name__, envelope.sequence) for envelope in publisher.sent]
    assert sent == [(expected, version)]
    assert outcome.message.startswith(f"Published {expected} ")
    assert f" v{version} → servicehub." in outcome.message


async def test_what_is_done_now_is_news_and_what_the_demo_takes_over_is_not(
    fresh: Core, publisher: FakePublisher, demos: dict[str, Demo]
) -> None:
    async def nothing() -> None:
        pass

    await prepare(fresh, demos.values(), nothing)
    assert {envelope.quiet for envelope in publisher.sent} == {True}
    await do(fresh, "cancel", VISIT)
    assert publisher.sent[-1].quiet is False


async def test_who_is_on_the_way_says_when_they_will_be_there(core: Core) -> None:
    await do(core, "en-route", {**VISIT, "minutes": 20})
    expected = core.desk(SPARKLE).find(Appointment, "v-2012").estimated_arrival
    assert expected == core.clock() + timedelta(minutes=20)


async def test_a_visit_stands_once_it_is_confirmed_and_is_confirmed_once(core: Core) -> None:
    pending = {"appointment_id": "v-2017"}
    assert core.desk(SPARKLE).find(Appointment, "v-2017").confirmation == "pending"
    await do(core, "confirm", pending)
    assert core.desk(SPARKLE).find(Appointment, "v-2017").confirmation is None
    with pytest.raises(BadInput, match="v-2017 is confirmed already"):
        await do(core, "confirm", pending)


async def test_what_begins_or_ends_without_a_yes_is_no_longer_waiting_for_it(core: Core) -> None:
    for name, visit in (("cancel", "v-2017"), ("start", "v-2015")):
        await do(core, name, {"appointment_id": visit})
        assert core.desk(SPARKLE).find(Appointment, visit).confirmation is None


async def test_versions_rise_with_each_action_on_the_same_thing(core: Core, publisher: FakePublisher) -> None:
    for name in ("en-route", "start", "complete"):
        await do(core, name, VISIT)
    assert [envelope.sequence for envelope in publisher.sent] == [2, 3, 4]


async def test_the_same_id_of_the_other_business_stays_untouched(core: Core) -> None:
    before = core.store.get("biz-hikari", "appointment", "v-2012")
    await do(core, "cancel", VISIT)
    assert core.store.get("biz-hikari", "appointment", "v-2012") == before


async def test_rescheduling_keeps_the_length_and_says_what_was_before(core: Core) -> None:
    before = core.desk(SPARKLE).find(Appointment, "v-2012").window
    await do(core, "reschedule", {**VISIT, **START})
    after = core.desk(SPARKLE).find(Appointment, "v-2012")
    assert after.window.end - after.window.start == before.end - before.start
    assert after.window.start.isoformat() == "2026-12-01T09:00:00-05:00"
    assert after.rescheduled_from is not None
    assert after.rescheduled_from.start == before.start


async def test_cash_without_an_amount_settles_the_invoice(core: Core) -> None:
    await do(core, "cash", INVOICE)
    invoice = core.desk(SPARKLE).find(Invoice, "inv-1042")
    assert sum(payment.amount for payment in invoice.recorded_payments) == invoice.total
    with pytest.raises(BadInput, match="recorded already"):
        await do(core, "cash", INVOICE)


@pytest.mark.parametrize("business", [SPARKLE, "biz-hikari"])
async def test_a_credit_is_taken_off_another_invoice_to_the_unit_and_no_more_than_once(
    core: Core, business: str
) -> None:
    desk = core.desk(business)
    target = desk.find(Invoice, "inv-1042")
    bills = desk.living(Invoice, target.customer_id)
    source = next(one for one in bills if one != target and one.status == "open")
    await do(
        core,
        "cash",
        {"invoice_id": source.invoice_id, "amount": desk.money(source).amount_due + 777},
        business,
    )
    due = desk.money(target).amount_due
    await do(core, "use-credit", {"invoice_id": "inv-1042"}, business)
    desk = core.desk(business)
    assert desk.money(desk.find(Invoice, "inv-1042")).amount_due == due - 777
    assert desk.money(desk.find(Invoice, source.invoice_id)).credit == 0
    with pytest.raises(BadInput, match="has no credit"):
        await do(core, "use-credit", {"invoice_id": "inv-1042"}, business)


@pytest.mark.parametrize("business", [SPARKLE, "biz-hikari"])
@pytest.mark.parametrize("total", [0, 1_234, 90_000])
async def test_a_total_can_be_raised_and_lowered_to_the_yen(core: Core, business: str, total: int) -> None:
    await do(core, "revise", {"invoice_id": "inv-1044", "total": total}, business)
    assert core.desk(business).find(Invoice, "inv-1044").total == total


async def test_part_payment_is_switched_on_and_off(core: Core) -> None:
    await do(core, "part-payment", {"invoice_id": "inv-1036", "minimum": 1_000})
    assert core.desk(SPARKLE).find(Invoice, "inv-1036").partial_payment == PartialPayment(
        allowed=True, minimum=1_000
    )
    await do(core, "part-payment", {"invoice_id": "inv-1036", "allowed": False})
    assert core.desk(SPARKLE).find(Invoice, "inv-1036").partial_payment == PartialPayment(allowed=False)


async def test_a_new_invoice_counts_on_and_is_taxed(core: Core, publisher: FakePublisher) -> None:
    await do(core, "invoice", {"customer_id": "c-1004", "lines": [LINE], "deposit": 1_000})
    event = publisher.sent[0].event
    assert isinstance(event, Invoice)
    assert (event.invoice_id, event.number) == ("inv-1049", "1049")
    assert event.total == 4_500 + 399  # 8.875 % of 4,500 is 399.375
    assert event.issued_on.isoformat() == "2026-11-20"


async def test_erasing_publishes_the_customer_first_then_all_that_was_theirs(
    core: Core, publisher: FakePublisher
) -> None:
    await do(core, "erase", {"customer_id": "c-1001"})
    names = [type(envelope.event).__name__ for envelope in publisher.sent]
    assert names[0] == "CustomerErased"
    assert set(names[1:]) == {"AppointmentErased", "InvoiceErased"}
    desk = core.desk(SPARKLE)
    assert all(state.customer_id != "c-1001" for state in [*desk.living(Appointment), *desk.living(Invoice)])
    with pytest.raises(BadInput, match="erased"):
        await do(core, "access", {"customer_id": "c-1001", "allowed": True})


async def test_an_erased_customers_id_is_not_given_away_again(core: Core) -> None:
    await do(core, "erase", {"customer_id": "c-1010"})
    outcome = await do(core, "register", {"display_name": "Ann"})
    assert outcome.published[0].subject == "c-1011"
    assert core.desk(SPARKLE).find(Customer, "c-1011").contacts == ()


async def test_a_registered_contact_has_an_id_of_its_own(core: Core) -> None:
    await do(core, "register", {"display_name": "Ann", "email": "ann@mail.example"})
    contacts = [contact.contact_id for c in core.desk(SPARKLE).living(Customer) for contact in c.contacts]
    assert len(set(contacts)) == len(contacts)


async def test_the_switch_goes_to_branding(
    core: Core, portals: FakePortals, publisher: FakePublisher
) -> None:
    await do(core, "portal", {"enabled": False})
    assert portals.enabled == {"biz-sparkle": False, "biz-hikari": True}
    assert core.store.portal(SPARKLE) is False
    assert publisher.sent == []


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("reschedule", {**VISIT, "start": "tomorrow"}, "write it like"),
        ("reschedule", {**VISIT, **START, "end": "2026-12-01T08:00"}, "window.end"),
        ("reschedule", {"appointment_id": "v-2001", **START}, "v-2001 is completed"),
        ("staff", {**VISIT, "staff_ids": ["s-9"]}, "choose from s-1, s-2, s-3"),
        ("staff", {**VISIT, "staff_ids": ["s-1", "s-1"]}, "repeats an id"),
        ("void", {"invoice_id": "inv-1012"}, "inv-1012 is void; this can be done while it is open or uncoll"),
        ("cash", {**INVOICE, "amount": 0}, "amount"),
        ("cash", {**INVOICE, "amonut": 5}, "The fields are: invoice_id"),
        ("invoice", {"customer_id": "c-1001", "lines": []}, "lines"),
        ("invoice", {"customer_id": "c-1001", "lines": [LINE], "deposit": 999_999}, "deposit.amount"),
        ("revise", INVOICE, "Nothing to revise"),
        ("revise", {"invoice_id": "inv-1047", "total": 9_999}, "deposit.amount"),
        ("revise", {**INVOICE, "total": -1}, "total"),
        ("part-payment", {**INVOICE, "minimum": 999_999}, "more than the total"),
        ("part-payment", {**INVOICE, "allowed": False, "minimum": 100}, "leave it out"),
        ("part-payment", {"invoice_id": "inv-1012"}, "inv-1012 is void"),
        ("register", {"display_name": "Ann", "phone": "555-0101"}, "phone"),
    ],
)
async def test_bad_input_is_refused_with_a_reason_and_publishes_nothing(
    core: Core, publisher: FakePublisher, name: str, values: Mapping[str, object], reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        await do(core, name, values)
    assert publisher.sent == []


async def test_what_does_not_exist_is_named(core: Core) -> None:
    with pytest.raises(Unknown, match="v-1"):
        await do(core, "cancel", {"appointment_id": "v-1"})
    with pytest.raises(Unknown, match="biz-sparkle, biz-hikari"):
        core.desk("nobody")


async def test_an_event_that_kafka_refused_goes_out_before_the_next(
    core: Core, publisher: FakePublisher
) -> None:
    publisher.failures = 1
    with pytest.raises(Unavailable):
        await do(core, "en-route", VISIT)
    assert core.store.log()[0].sentence.startswith("Waiting for Kafka: AppointmentEnRoute")
    await do(core, "start", VISIT)
    assert [envelope.sequence for envelope in publisher.sent] == [2, 3]
    assert core.store.pending() == []

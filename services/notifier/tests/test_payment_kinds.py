"""Which events of a payment are told, to whom, by what, when, and only while they are true."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from code_samples import NOW
from msgspec.structs import replace
from notification_samples import envelopes, payment
from notifier.domain.facts import PaymentFacts, source_of
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import RULES, MessageKind, PaymentKind
from notifier.domain.notifications import kinds_of, leaves_at, withheld
from notifier.domain.payment_facts import payment_facts, with_failed_refunds
from notifier.domain.payment_kinds import kind_to_address, reminder_at, still_true
from notifier.domain.quiet_hours import held_until
from notifier.domain.recipients import ContactPreferences, NotifiedContact, decliners, recipients
from payment_news import BY_CARD, DEADLINE, OPEN, PAID, REFUND, SAMPLES, VOUCHER, disputed
from servicehub_events import (
    Channel,
    Dispute,
    DisputeClosed,
    Method,
    Payment,
    PaymentCaptured,
    PaymentCleared,
    PaymentDisputed,
    PaymentExpired,
    PaymentFailed,
    PaymentFlagged,
    PaymentProcessing,
    PaymentRefunded,
    PaymentStarted,
    RefundFailed,
    RefundStarted,
    Review,
    Share,
    Tip,
    TipRefund,
    TipRefunded,
    as_event,
)
from servicehub_events_tools.testing import samples

KONBINI, CARD, BANK = Method(type="konbini"), Method(type="card"), Method(type="us_bank_account")
LATE, EARLY = DEADLINE + timedelta(minutes=1), DEADLINE - timedelta(days=1)
HOUR = timedelta(hours=1)


def tip_back(**changes: object) -> Payment:
    """¥700 of tip went back by itself."""
    back = TipRefund(refund_id="re-tip", amount=700, at=NOW, status="succeeded")
    return replace(payment(refunds=()), tip=Tip(amount=1000, refunds=(replace(back, **changes),)))


def test_tip_alone_that_went_back_is_told_once_and_its_failure_too() -> None:
    before, gone = replace(payment(refunds=()), tip=Tip(amount=1000)), as_event(TipRefunded, tip_back())
    assert notices(gone, before) == [("refund_made", "re-tip")]
    assert notices(gone, tip_back()) == []
    assert notices(as_event(TipRefunded, tip_back(status="pending")), before) == []
    failed = as_event(TipRefunded, tip_back(status="failed"))
    assert notices(failed, tip_back()) == [("refund_failed", "re-tip")]


def test_what_is_told_of_a_payment_with_a_tip_is_the_whole() -> None:
    source = source_of(tip_back())
    assert source
    assert isinstance(source.facts, PaymentFacts)
    facts = source.facts
    assert (facts.amount, facts.tip, facts.charged, facts.refunded) == (10000, 1000, 11000, 700)
    assert [(one.tip, one.invoice_ids) for one in facts.refunds] == [(700, ("in-1",))]


def dispute(status: str) -> Dispute:
    shares = (Share(invoice_id="in-1", amount=10000),)
    return Dispute(status=status, amount=10000, allocations=shares, dispute_id="du-1")  # pyright: ignore[reportArgumentType]  # of the table


def test_of_two_disputes_each_is_told_and_stays_true_as_it_stands_itself() -> None:
    lost = dispute("lost")
    second = replace(dispute("open"), dispute_id="du-2", amount=4000, allocations=())
    event = payment(PaymentDisputed, dispute=second, other_disputes=(lost,))
    assert notices(event) == [("dispute_opened", "du-2")]
    facts = payment_facts(event)
    assert still_true("dispute_lost", "du-1", facts, [OPEN])
    assert still_true("dispute_opened", "du-2", facts, [OPEN])
    assert not still_true("dispute_lost", "du-2", facts, [OPEN])


def notices(event: Payment, former: Payment | None = None) -> list[tuple[MessageKind, str]]:
    before = source_of(former) if former else None
    known = before.facts if before and isinstance(before.facts, PaymentFacts) else None
    source = source_of(event)
    assert source is not None
    assert isinstance(source.facts, PaymentFacts)
    return list(kinds_of(event, with_failed_refunds(source.facts, known), known))


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        (payment(PaymentStarted, status="started", method=None), []),
        (payment(PaymentCaptured), ["receipt"]),
        (
            payment(PaymentProcessing, status="processing", method=KONBINI, expires_at=DEADLINE),
            ["voucher_issued", "voucher_reminder"],
        ),
        (payment(PaymentProcessing, status="processing", method=BANK), []),
        (
            payment(PaymentFailed, status="failed", method=KONBINI, expires_at=DEADLINE, occurred_at=LATE),
            ["voucher_lapsed"],
        ),
        (
            payment(PaymentExpired, status="expired", method=KONBINI, expires_at=DEADLINE, occurred_at=LATE),
            ["voucher_lapsed"],
        ),
        (
            payment(PaymentFailed, status="failed", method=KONBINI, expires_at=DEADLINE, occurred_at=EARLY),
            ["voucher_called_off"],
        ),
        (payment(PaymentFailed, status="failed", method=BANK), ["payment_failed"]),
        (payment(PaymentFailed, status="failed", method=None), []),
        (payment(PaymentExpired, status="expired", method=None), []),
        (payment(PaymentFlagged, review=Review(reason="amount")), ["payment_being_checked"]),
        (payment(PaymentCleared), ["payment_cleared"]),
        (payment(PaymentDisputed, dispute=dispute("open")), ["dispute_opened"]),
        (payment(DisputeClosed, dispute=dispute("won")), ["dispute_won"]),
        (payment(DisputeClosed, dispute=dispute("lost")), ["dispute_lost"]),
    ],
)
def test_these_events_of_a_payment_are_told_and_what_its_page_said_is_not(
    event: Payment, kinds: list[str]
) -> None:
    assert [kind for kind, _ in notices(event)] == kinds


def test_each_refund_is_told_once_and_one_that_is_gone_has_failed() -> None:
    first = samples.payment().refunds[0]
    second = replace(first, refund_id="re-2")
    captured = payment(PaymentCaptured)
    one, both = payment(PaymentRefunded, refunds=(first,)), payment(PaymentRefunded, refunds=(first, second))
    assert notices(one, captured) == [("refund_made", "re-1")]
    assert notices(both, one) == [("refund_made", "re-2")]
    assert notices(both, captured) == [("refund_made", "re-1"), ("refund_made", "re-2")]
    assert notices(payment(PaymentRefunded), one) == [("refund_failed", "re-1")]
    assert notices(both) == [("refund_made", "re-2")]


def test_a_refund_that_never_went_through_is_told_once_as_failed() -> None:
    under_way = replace(samples.payment().refunds[0], status="pending", ended_at=None)
    captured = payment(PaymentCaptured)
    started = payment(RefundStarted, refund_attempts=(under_way,))
    failed = payment(RefundFailed, refund_attempts=(replace(under_way, status="failed"),))
    assert notices(started, captured) == []
    assert notices(failed, started) == [("refund_failed", "re-1")]
    assert notices(failed, failed) == []


def test_of_facts_from_before_refunds_were_kept_the_newest_refund_is_told() -> None:
    (first,) = SAMPLES["refund_made"].refunds
    both = replace(BY_CARD, refunds=(first, replace(first, refund_id="re-2")))
    event = payment(PaymentRefunded)
    assert list(kinds_of(event, both, replace(BY_CARD, shares={}))) == [("refund_made", "re-2")]


@pytest.mark.parametrize(
    ("kind", "facts", "invoices", "is_true"),
    [
        ("voucher_issued", VOUCHER, [OPEN], True),
        ("voucher_issued", VOUCHER, [replace(OPEN, left=14849)], False),
        ("voucher_reminder", VOUCHER, [PAID], False),
        ("voucher_reminder", BY_CARD, [OPEN], False),
        ("voucher_called_off", VOUCHER, [OPEN], False),
        ("voucher_called_off", VOUCHER, [PAID], True),
        ("voucher_called_off", SAMPLES["voucher_called_off"], [OPEN], True),
        ("voucher_called_off", SAMPLES["voucher_lapsed"], [OPEN], False),
        ("voucher_lapsed", SAMPLES["voucher_lapsed"], [OPEN], True),
        ("voucher_lapsed", SAMPLES["voucher_lapsed"], [PAID], False),
        ("voucher_lapsed", BY_CARD, [OPEN], False),
        ("payment_failed", SAMPLES["payment_failed"], [OPEN], True),
        ("payment_failed", SAMPLES["payment_failed"], [PAID], False),
        ("payment_being_checked", SAMPLES["payment_being_checked"], [OPEN], True),
        ("payment_being_checked", BY_CARD, [OPEN], False),
        ("payment_cleared", SAMPLES["payment_cleared"], [OPEN], True),
        ("refund_made", SAMPLES["refund_made"], [OPEN], True),
        ("refund_made", BY_CARD, [OPEN], False),
        ("refund_failed", SAMPLES["refund_failed"], [OPEN], True),
        (
            "refund_failed",
            replace(SAMPLES["refund_failed"], refunds=(replace(REFUND, refund_id="re-2", at=LATE),)),
            [OPEN],
            False,
        ),
        ("dispute_opened", disputed("open"), [OPEN], True),
        ("dispute_opened", disputed("won"), [OPEN], False),
        ("dispute_won", disputed("won"), [OPEN], True),
        ("dispute_lost", disputed("lost"), [OPEN], True),
    ],
)
def test_only_what_is_still_true_of_a_payment_is_told(
    kind: PaymentKind, facts: PaymentFacts, invoices: list[InvoiceStanding], is_true: bool
) -> None:
    reversal = "re-1" if kind.startswith(("refund_", "dispute_")) else ""
    assert still_true(kind, reversal, facts, invoices) is is_true


@pytest.mark.parametrize(
    ("kind", "facts", "before", "expected"),
    [
        ("receipt", BY_CARD, [], "receipt"),
        ("receipt", BY_CARD, ["receipt"], None),
        ("refund_made", BY_CARD, ["refund_made/re-0"], "refund_made"),
        ("refund_made", BY_CARD, ["refund_made/re-1"], None),
        ("payment_cleared", SAMPLES["payment_cleared"], [], "receipt"),
        ("payment_cleared", SAMPLES["payment_cleared"], ["payment_being_checked"], "payment_cleared"),
        ("dispute_won", disputed("won"), [], None),
        ("dispute_won", disputed("won"), ["dispute_opened/re-1"], "dispute_won"),
        ("dispute_lost", disputed("lost"), [], "dispute_lost"),
        ("voucher_called_off", VOUCHER, [], None),
        ("voucher_called_off", VOUCHER, ["voucher_issued"], "voucher_called_off"),
    ],
)
def test_each_is_told_once_and_no_end_of_what_was_never_told(
    kind: PaymentKind, facts: PaymentFacts, before: list[str], expected: str | None
) -> None:
    reversal = "re-1" if kind.startswith(("refund_", "dispute_")) else ""
    assert kind_to_address(kind, reversal, facts, before) == expected


@pytest.mark.parametrize(
    ("issued", "at"),
    [
        (datetime(2026, 11, 19, 3, 0, tzinfo=UTC), datetime(2026, 11, 21, 1, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 14, 0, tzinfo=UTC), datetime(2026, 11, 22, 8, 59, 59, tzinfo=UTC)),
        (datetime(2026, 11, 22, 3, 0, tzinfo=UTC), None),
    ],
)
def test_a_reminder_comes_the_day_before_or_six_hours_before_or_so_soon_after_not_at_all(
    issued: datetime, at: datetime | None
) -> None:
    assert reminder_at(DEADLINE, issued) == at


@pytest.mark.parametrize(
    ("kind", "waits"),
    [("receipt", 0), ("voucher_issued", 7), ("payment_being_checked", 600), ("dispute_opened", 600)],
)
def test_what_may_be_undone_at_once_waits(kind: MessageKind, waits: int) -> None:
    (envelope,) = envelopes(payment())
    fold = timedelta(seconds=7)
    assert leaves_at(kind, envelope, BY_CARD, NOW, fold) == NOW + timedelta(seconds=waits)


@pytest.mark.parametrize(
    ("kind", "age", "reason"),
    [
        ("refund_made", 7 * 24 * HOUR, None),
        ("refund_made", 7 * 24 * HOUR + timedelta(seconds=1), "old"),
        ("payment_failed", 49 * HOUR, "old"),
        ("voucher_lapsed", 72 * HOUR, None),
    ],
)
def test_money_is_told_late_until_the_last_moment_of_its_kind(
    kind: MessageKind, age: timedelta, reason: str | None
) -> None:
    (envelope,) = envelopes(payment(), age=age)
    assert withheld(envelope, kind, BY_CARD, NOW) == reason


@pytest.mark.parametrize(
    ("kind", "hours"), [("voucher_issued", 1), ("voucher_reminder", 2), ("voucher_called_off", 0)]
)
def test_a_voucher_is_told_until_so_many_hours_before_it_lapses(kind: MessageKind, hours: int) -> None:
    (envelope,) = envelopes(payment())
    last = DEADLINE - hours * HOUR
    assert withheld(envelope, kind, VOUCHER, last) is None
    assert withheld(envelope, kind, VOUCHER, last + timedelta(seconds=1)) == "old"


MAIL_AND_PHONE = NotifiedContact(contact_id="co-1", email="a@example.com", phone="+819012345678")
PHONE = NotifiedContact(contact_id="co-2", email="", phone="+819012345679")
MAIL = NotifiedContact(contact_id="co-3", email="c@example.com")


@pytest.mark.parametrize(
    ("kind", "contact", "channels"),
    [
        ("refund_made", MAIL_AND_PHONE, ["email"]),
        ("refund_made", PHONE, ["sms"]),
        ("receipt", PHONE, ["sms"]),
        ("voucher_issued", MAIL_AND_PHONE, ["email", "sms"]),
        ("voucher_reminder", MAIL_AND_PHONE, ["email", "sms"]),
        ("voucher_called_off", MAIL_AND_PHONE, ["email", "sms"]),
        ("refund_failed", MAIL_AND_PHONE, ["email", "sms"]),
        ("voucher_issued", MAIL, ["email"]),
        ("visit_confirmed", MAIL_AND_PHONE, ["email"]),
        ("visit_confirmed", PHONE, ["sms"]),
        ("visit_on_its_way", MAIL_AND_PHONE, ["sms"]),
        ("visit_on_its_way", MAIL, ["email"]),
        ("visit_completed", PHONE, []),
        ("invoice_issued", PHONE, ["sms"]),
    ],
)
def test_it_goes_by_mail_else_by_text_and_by_both_what_is_needed_at_the_counter(
    kind: MessageKind, contact: NotifiedContact, channels: list[Channel]
) -> None:
    assert [way.channel for way in recipients(kind, [contact], {}, None)] == channels


def test_one_number_gets_one_text_and_the_payer_alone_gets_it() -> None:
    twin = replace(PHONE, contact_id="co-4")
    assert recipients("refund_made", [PHONE, twin], {}, None) == [(PHONE, "sms")]
    assert recipients("refund_made", [MAIL, twin], {}, "co-4") == [(twin, "sms")]


@pytest.mark.parametrize("kind", RULES)
def test_what_one_must_know_cannot_be_declined_and_a_reminder_of_it_can(kind: MessageKind) -> None:
    chosen = {"co-1": ContactPreferences(kinds={kind: False})}
    of_visits = ("visit_confirmed", "visit_on_its_way", "visit_completed", "staff_changed")
    reminders = ("voucher_reminder", "visit_reminder", "invoice_due_soon")
    declined = kind in (*of_visits, *reminders, "request_received", "request_withdrawn")
    assert bool(recipients(kind, [MAIL_AND_PHONE], chosen, None)) is not declined


@pytest.mark.parametrize(("channel", "left"), [("email", "sms"), ("sms", "email")])
def test_a_reminder_can_be_declined_by_one_channel(channel: Channel, left: Channel) -> None:
    chosen = {"co-1": ContactPreferences(channels={"voucher_reminder": (left,)})}
    ways = recipients("voucher_reminder", [MAIL_AND_PHONE], chosen, None)
    assert [way.channel for way in ways] == [left]
    off = decliners("voucher_reminder", [MAIL_AND_PHONE], chosen, None)
    assert [way.channel for way in off] == [channel]


TOKYO = ZoneInfo("Asia/Tokyo")
NIGHT = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)  # 22:00
MORNING = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "channel", "now", "last", "until"),
    [
        ("refund_made", "sms", NIGHT, DEADLINE, MORNING),
        ("refund_made", "sms", NIGHT + 9 * HOUR, DEADLINE, MORNING),
        ("refund_made", "email", NIGHT, DEADLINE, None),
        ("voucher_reminder", "email", NIGHT, DEADLINE, MORNING),
        ("voucher_called_off", "sms", NIGHT, DEADLINE, None),
        ("voucher_issued", "sms", NIGHT, NIGHT + HOUR, None),
        ("refund_made", "sms", MORNING, DEADLINE, None),
        ("refund_made", "sms", NIGHT - HOUR, DEADLINE, MORNING),
        ("refund_made", "sms", NIGHT - HOUR - timedelta(seconds=1), DEADLINE, None),
    ],
)
def test_texts_and_reminders_wait_for_the_morning_unless_that_is_too_late(
    kind: MessageKind, channel: Channel, now: datetime, last: datetime, until: datetime | None
) -> None:
    assert held_until(kind, channel, now, TOKYO, last) == until

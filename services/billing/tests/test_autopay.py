"""Autopay's schedule: who is told when, what is charged on which day, and what a decline leads to."""

from collections.abc import Sequence
from dataclasses import replace as change
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from billing.domain.account_standing import AccountStanding
from billing.domain.amounts import OwedInvoice
from billing.domain.autopay import (
    BEING_CHECKED,
    NOT_TOLD,
    CoveredInvoice,
    PayerAccess,
    Situation,
    SwitchOn,
    begin,
    conclude,
    confirm,
    is_account_gone,
    next_look,
    ready,
    reason_to_stop,
    review,
    switch_off,
    switch_on,
    wants_card,
)
from billing.domain.clearing import UNCONFIRMED
from billing.domain.payments import StartPayment, decide
from msgspec.structs import replace
from servicehub_events import (
    Allocation,
    Autopay,
    AutopayAnnounced,
    AutopayCharge,
    AutopayDeclined,
    AutopayEnd,
    AutopayPlanned,
    Business,
    Failure,
    Invoice,
    InvoiceIssued,
    Method,
    Payment,
    Processor,
    Review,
    as_event,
    invoice_money,
)
from servicehub_events_tools.testing import samples

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
CARD = Method(type="card", brand="visa", last4="4242")
ON = datetime(2026, 11, 1, 12, 0, tzinfo=TOKYO)
DUE = date(2026, 11, 30)
TOTAL = samples.invoice().total
SOFT = Failure(code="insufficient_funds", retryable=True)
HARD = Failure(code="stolen_card", retryable=False)


class Customer:
    """A customer with autopay on since `ON`, whose clock and invoices are moved by hand."""

    def __init__(self, zone: ZoneInfo = TOKYO, since: datetime = ON) -> None:
        self.zone, self.now = zone, since
        self.covered: dict[str, CoveredInvoice] = {}
        self.payments: dict[str, Payment] = {}
        self.told: list[Autopay] = []
        self.takes_charges = True
        (self.state,) = switch_on(self.consent, None)

    @property
    def consent(self) -> SwitchOn:
        """They agree now."""
        return SwitchOn(
            business_id="b-1",
            customer_id="cu-1",
            contact_id="co-1",
            card=CARD,
            terms="autopay-1",
            locale="en",
            at=self.now,
        )

    def bill(
        self, invoice_id: str = "in-1", known: timedelta = timedelta(hours=1), **changes: object
    ) -> None:
        """An invoice comes, or changes."""
        fields = {"issued_on": self.now.astimezone(self.zone).date(), "due_on": DUE, **changes}
        invoice: Invoice = as_event(
            InvoiceIssued, samples.invoice(), invoice_id=invoice_id, recorded_payments=(), **fields
        )
        before = self.covered.get(invoice_id)
        since = before.known_since if before else self.now + known
        owed = OwedInvoice(invoice, 1, invoice_money(invoice, [*self.payments.values()]))
        self.covered[invoice_id] = CoveredInvoice(owed, since)

    def at(self, day: date, hour: int = 10, minute: int = 0) -> "Customer":
        """The clock of the business shows this, and autopay is looked at."""
        self.now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
        return self.look()

    def look(self) -> "Customer":
        self._take(review(self.state, self.situation))
        return self

    def hand_over(self, at: datetime | None = None) -> "Customer":
        """The last notice that was asked for is handed over now."""
        asked = next(event for event in reversed(self.told) if isinstance(event, AutopayAnnounced))
        charge = asked.charge(asked.invoice_id or "")
        assert charge
        self._take(confirm(self.state, charge, at or self.now))
        return self

    def charge(self, *, failure: Failure | None = None, status: str = "failed") -> None:
        """The one charge that is ready is made; `failure`: and is declined."""
        (charge,) = self.ready
        payment_id = f"pa-{len(self.payments) + 1}"
        part = Allocation(invoice_id=charge.invoice_id, invoice_version=1, amount=charge.amount)
        (started,) = decide(
            StartPayment(
                business_id="b-1",
                payment_id=payment_id,
                customer_id="cu-1",
                contact_id="co-1",
                allocations=(part,),
                currency="JPY",
                processor=Processor(name="stripe", account="acct_1", reference=""),
                at=self.now,
                autopay=True,
            ),
            None,
        )
        self._take([begin(self.state, charge, payment_id, self.now)])
        self.payments[payment_id] = replace(started, status=status, failure=failure)

    @property
    def situation(self) -> Situation:
        return Situation(self.now, self.zone, self.covered, self.payments, self.takes_charges)

    @property
    def ready(self) -> Sequence[AutopayCharge]:
        return ready(self.state, self.situation)

    @property
    def plan(self) -> AutopayCharge:
        (charge,) = self.state.charges
        return charge

    def _take(self, events: Sequence[Autopay]) -> None:
        self.told += events
        self.state = events[-1] if events else self.state


@pytest.fixture
def customer() -> Customer:
    """One invoice, issued after autopay was switched on, due on `DUE`."""
    customer = Customer()
    customer.bill()
    return customer.look()


def kinds(customer: Customer) -> list[str]:
    return [type(event).__name__ for event in customer.told]


def test_a_new_invoice_is_planned_for_its_due_day_and_nobody_is_told_yet(customer: Customer) -> None:
    assert (customer.plan.status, customer.plan.charge_on, customer.plan.amount) == ("planned", DUE, TOTAL)
    assert kinds(customer) == ["AutopayPlanned"]
    assert customer.look().told == customer.told[:1], "looked at again, nothing new is said"


@pytest.mark.parametrize(
    ("known", "issued_on"),
    [
        (timedelta(hours=-1), date(2026, 11, 1)),  # known before
        (timedelta(hours=1), date(2026, 10, 31)),  # an import of an old one
        (timedelta(), date(2026, 11, 1)),
    ],
)
def test_an_invoice_from_before_is_never_charged(known: timedelta, issued_on: date) -> None:
    customer = Customer()
    customer.bill(known=known, issued_on=issued_on)
    assert customer.at(DUE).state.charges == ()


def test_the_notice_leaves_at_ten_two_days_before_and_the_card_is_charged_two_days_after_it(
    customer: Customer,
) -> None:
    assert customer.at(date(2026, 11, 28), 9, 59).plan.status == "planned"
    assert customer.at(date(2026, 11, 28)).plan.status == "announced"
    customer.hand_over()
    assert customer.at(date(2026, 11, 29), 23).ready == []
    assert customer.at(DUE, 9, 59).ready == []
    assert [charge.amount for charge in customer.at(DUE).ready] == [TOTAL]
    assert kinds(customer) == ["AutopayPlanned", "AutopayAnnounced", "AutopayPlanned"]


def test_without_a_notice_nothing_is_charged_and_each_day_another_one_is_asked_for_five_times(
    customer: Customer,
) -> None:
    for day in range(28, 31):
        assert customer.at(date(2026, 11, day)).plan.status == "announced"
        assert customer.plan.charge_on == date(2026, 11, day) + timedelta(days=2)
        assert customer.ready == []
    for day in (1, 2, 3, 4):
        customer.at(date(2026, 12, day))
        assert customer.ready == []
    assert customer.plan.status == "ended"
    assert customer.plan.failure == Failure(code=NOT_TOLD, retryable=False)
    assert kinds(customer).count("AutopayAnnounced") == 5


def test_a_notice_of_yesterday_that_is_heard_of_late_confirms_nothing(customer: Customer) -> None:
    customer.at(date(2026, 11, 28))
    asked = customer.told[-1].charge("in-1")
    customer.at(date(2026, 11, 29))
    assert asked
    assert confirm(customer.state, asked, customer.now) == []


def test_an_invoice_that_comes_too_late_is_charged_two_days_after_its_notice() -> None:
    customer = Customer()
    customer.now = datetime(2026, 11, 30, 15, 0, tzinfo=TOKYO)
    customer.bill(due_on=date(2026, 11, 30), known=timedelta())
    assert customer.look().plan.charge_on == date(2026, 12, 2)
    assert customer.plan.status == "announced"
    customer.hand_over()
    assert customer.at(date(2026, 12, 2), 14, 59).ready == [], "two whole days"
    assert len(customer.at(date(2026, 12, 2), 15).ready) == 1


@pytest.mark.parametrize(("hour", "charge_on"), [(9, 2), (20, 3), (23, 3)])
def test_no_notice_leaves_before_ten_or_after_eight_in_the_evening(hour: int, charge_on: int) -> None:
    customer = Customer()
    customer.now = datetime(2026, 11, 30, hour, 0, tzinfo=TOKYO)
    customer.bill(due_on=date(2026, 11, 30), known=timedelta())
    assert customer.look().plan.status == "planned"
    assert customer.plan.charge_on == date(2026, 12, charge_on)
    customer.at(date(2026, 12, charge_on) - timedelta(days=2))
    assert customer.plan.status == "announced"


@pytest.mark.parametrize("due", [date(2026, 3, 9), date(2026, 11, 2)])  # the clocks change the day before
def test_over_a_change_of_the_clocks_48_hours_pass_and_the_day_is_kept(due: date) -> None:
    customer = Customer(NEW_YORK, datetime(2026, 1, 5, tzinfo=UTC))
    customer.bill(due_on=due)
    customer.look()
    customer.at(due - timedelta(days=2)).hand_over()
    told_at = customer.now
    while not customer.ready:
        customer.now = customer.now.astimezone(UTC) + timedelta(minutes=30)
        assert customer.situation.today <= due
    assert customer.now - told_at.astimezone(UTC) >= timedelta(hours=48)
    assert customer.situation.clock_time.hour in (10, 11)


def test_the_day_is_that_of_the_business() -> None:
    tokyo, new_york = Customer(TOKYO, ON), Customer(NEW_YORK, ON)
    for customer in (tokyo, new_york):
        customer.bill(due_on=DUE)
        customer.look()
        customer.now = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
        customer.look()
    assert (tokyo.plan.status, new_york.plan.status) == ("announced", "planned")


def test_a_higher_amount_is_charged_only_after_a_new_notice(customer: Customer) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.covered.clear()
    customer.bill(issued_on=date(2026, 11, 2))
    raised = customer.covered["in-1"].owed
    dearer = change(raised.money, amount_due=TOTAL + 100, payable=TOTAL + 100)
    customer.covered["in-1"] = CoveredInvoice(OwedInvoice(raised.invoice, 2, dearer), customer.now)
    assert customer.at(DUE).ready == []
    assert (customer.plan.status, customer.plan.charge_on) == ("announced", date(2026, 12, 2))
    customer.hand_over()
    assert [charge.amount for charge in customer.at(date(2026, 12, 2)).ready] == [TOTAL + 100]


def test_a_notice_of_a_lower_amount_confirms_no_higher_one(customer: Customer) -> None:
    customer.at(date(2026, 11, 28))
    asked = customer.told[-1].charge("in-1")
    assert asked
    assert confirm(customer.state, replace(asked, amount=TOTAL - 1), customer.now) == []


def test_a_lower_amount_is_charged_without_another_notice(customer: Customer) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    owed = customer.covered["in-1"].owed
    money = change(owed.money, amount_due=TOTAL - 500, payable=TOTAL - 500)
    customer.covered["in-1"] = CoveredInvoice(OwedInvoice(owed.invoice, 2, money), ON + timedelta(hours=1))
    assert [charge.amount for charge in customer.at(DUE).ready] == [TOTAL - 500]


def test_a_later_due_day_is_told_anew_and_an_earlier_one_changes_no_day_that_was_told(
    customer: Customer,
) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.bill(due_on=date(2026, 11, 29), issued_on=date(2026, 11, 1))
    assert (customer.look().plan.status, customer.plan.charge_on) == ("confirmed", DUE)
    customer.bill(due_on=date(2026, 12, 9), issued_on=date(2026, 11, 1))
    assert customer.at(DUE).ready == []
    assert (customer.plan.status, customer.plan.charge_on) == ("planned", date(2026, 12, 9))


@pytest.mark.parametrize("gone", ["void", "paid", "erased"])
def test_what_is_not_owed_any_more_is_not_charged(customer: Customer, gone: str) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    owed = customer.covered.pop("in-1").owed
    if gone == "paid":
        money = change(owed.money, amount_due=0, payable=0)
        customer.covered["in-1"] = CoveredInvoice(OwedInvoice(owed.invoice, 2, money), ON)
    assert customer.at(DUE).ready == []
    assert customer.state.charges == ()


def test_while_a_voucher_waits_to_be_paid_nobody_is_told_and_nothing_is_charged(customer: Customer) -> None:
    owed = customer.covered["in-1"].owed
    held = CoveredInvoice(
        OwedInvoice(owed.invoice, 1, change(owed.money, payable=0)), ON + timedelta(hours=1)
    )
    free, customer.covered["in-1"] = customer.covered["in-1"], held
    assert customer.at(date(2026, 11, 28)).plan.status == "planned"
    customer.covered["in-1"] = free
    customer.look().hand_over()
    customer.covered["in-1"] = held
    assert customer.at(DUE).ready == []


def test_a_day_that_was_missed_begins_again_with_a_notice(customer: Customer) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    assert customer.at(date(2026, 12, 1)).ready == []
    assert (customer.plan.status, customer.plan.charge_on) == ("announced", date(2026, 12, 3))


def test_a_decline_that_may_pass_is_tried_three_days_later_and_two_days_after_that(
    customer: Customer,
) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    for day, tries, status, again in (
        (DUE, 1, "confirmed", date(2026, 12, 3)),
        (date(2026, 12, 3), 2, "confirmed", date(2026, 12, 5)),
        (date(2026, 12, 5), 3, "ended", date(2026, 12, 5)),
    ):
        customer.at(day).charge(failure=SOFT)
        customer.look()
        assert isinstance(customer.told[-1], AutopayDeclined)
        assert customer.told[-1].invoice_id == "in-1"
        plan = customer.plan
        assert (plan.tries, plan.status, plan.charge_on, plan.failure) == (tries, status, again, SOFT)
    assert customer.at(date(2026, 12, 20)).ready == []
    assert kinds(customer).count("AutopayAnnounced") == 1


@pytest.mark.parametrize("failure", [HARD, Failure(code=UNCONFIRMED, retryable=True), None])
def test_a_decline_that_stays_is_tried_no_more(customer: Customer, failure: Failure | None) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.at(DUE).charge(failure=failure)
    assert customer.look().plan.status == "ended"
    assert isinstance(customer.told[-1], AutopayDeclined)
    for day in range(1, 20):
        assert customer.at(date(2026, 12, day)).ready == []


def test_between_two_tries_a_higher_amount_is_told_first(customer: Customer) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.at(DUE).charge(failure=SOFT)
    customer.look()
    owed = customer.covered["in-1"].owed
    money = change(owed.money, amount_due=TOTAL + 1, payable=TOTAL + 1)
    customer.covered["in-1"] = CoveredInvoice(OwedInvoice(owed.invoice, 2, money), ON + timedelta(hours=1))
    assert customer.at(date(2026, 12, 3)).ready == []
    assert (customer.plan.status, customer.plan.tries) == ("announced", 1)


def test_while_a_charge_is_being_made_no_other_is(customer: Customer) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.at(DUE).charge(status="started")
    assert customer.at(DUE, 11).ready == []
    assert customer.plan.status == "charging"


def test_a_charge_that_was_given_up_unmade_is_made_on_the_same_day(customer: Customer) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.at(DUE).charge(status="expired")
    assert len(customer.at(DUE, 11).ready) == 1
    assert customer.plan.tries == 0


def test_money_that_came_ends_it_and_money_that_is_being_checked_stops_it(customer: Customer) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.at(DUE).charge(status="captured")
    paid, customer.payments["pa-1"] = (
        customer.payments["pa-1"],
        replace(customer.payments["pa-1"], review=Review(reason="amount")),
    )
    ended = review(customer.state, customer.situation)[-1].charges[0]
    assert (ended.status, ended.failure) == ("ended", Failure(code=BEING_CHECKED, retryable=False))
    customer.payments["pa-1"] = paid
    customer.covered.clear()
    assert customer.look().state.charges == ()


def test_off_ends_all_of_it_at_once_and_on_again_covers_only_what_comes_then(customer: Customer) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    (off,) = switch_off(customer.state, AutopayEnd(reason="customer", at=customer.now))
    assert (off.status, off.charges, off.end and off.end.reason) == ("off", (), "customer")
    assert ready(off, customer.situation) == []
    assert review(off, customer.situation) == []
    assert switch_off(off, AutopayEnd(reason="customer", at=customer.now)) == []
    (on,) = switch_on(customer.consent, off)
    assert switch_on(customer.consent, on) == []
    assert review(on, customer.situation) == []


def test_a_notice_in_another_currency_confirms_nothing(customer: Customer) -> None:
    customer.at(date(2026, 11, 28))
    customer.bill(currency="USD")
    customer.at(date(2026, 11, 28), 11)
    asked = [event.charge("in-1") for event in customer.told if isinstance(event, AutopayAnnounced)]
    in_yen, in_dollars = [charge for charge in asked if charge]
    assert (in_yen.currency, in_dollars.currency, in_yen.charge_on) == ("JPY", "USD", in_dollars.charge_on)
    assert confirm(customer.state, in_yen, customer.now) == []
    assert confirm(customer.state, in_dollars, customer.now)[0].charges[0].status == "confirmed"


@pytest.mark.parametrize(
    ("status", "failure", "left"),
    [("failed", SOFT, "ended"), ("failed", HARD, "ended"), ("captured", None, None), ("expired", None, None)],
)
def test_a_charge_that_had_begun_when_it_was_switched_off_says_what_became_of_it(
    customer: Customer, status: str, failure: Failure | None, left: str | None
) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.at(DUE).charge(status="started")
    (off,) = switch_off(customer.state, AutopayEnd(reason="customer", at=customer.now))
    payment = customer.payments["pa-1"]
    assert conclude(off, payment) == []
    assert [charge.status for charge in off.charges] == ["charging"]
    ended = replace(payment, status=status, failure=failure)
    (after,) = conclude(off, ended)
    assert isinstance(after, AutopayDeclined) is bool(left)
    assert [(charge.status, charge.tries) for charge in after.charges] == ([(left, 1)] if left else [])
    assert after.status == "off"
    assert conclude(after, ended) == []


def test_a_decline_that_is_not_told_yet_when_it_is_switched_off_is_told_as_the_last(
    customer: Customer,
) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.at(DUE).charge(failure=SOFT)
    customer.look()
    (off,) = switch_off(customer.state, AutopayEnd(reason="customer", at=customer.now))
    assert [(charge.status, charge.tries) for charge in off.charges] == [("ended", 1)]


@pytest.mark.parametrize(("status", "left"), [("failed", "ended"), ("expired", None), ("captured", None)])
def test_on_again_while_a_former_charge_is_being_made_tries_that_one_no_more(
    customer: Customer, status: str, left: str | None
) -> None:
    customer.at(date(2026, 11, 28)).hand_over()
    customer.at(DUE).charge(status="started")
    (off,) = switch_off(customer.state, AutopayEnd(reason="customer", at=customer.now))
    (customer.state,) = switch_on(customer.consent, off)
    ended = replace(customer.payments["pa-1"], status=status, failure=SOFT if left else None)
    customer.payments["pa-1"] = ended
    assert conclude(customer.state, ended) == []
    customer.at(DUE, 11)
    assert [charge.status for charge in customer.state.charges] == ([left] if left else [])
    assert isinstance(customer.told[-1], AutopayDeclined) is bool(left)
    for day in range(1, 8):
        assert customer.at(date(2026, 12, day)).ready == []


def test_while_its_account_takes_no_charges_nobody_is_told_of_a_day(customer: Customer) -> None:
    customer.takes_charges = False
    assert customer.at(date(2026, 11, 28)).plan.status == "planned"
    customer.takes_charges = True
    assert customer.at(date(2026, 11, 29)).plan.status == "announced"


@pytest.mark.parametrize(
    ("standing", "days", "gone"),
    [("missing", 3, True), ("missing", 2, False), ("restricted", 30, False), ("ready", 30, False)],
)
def test_an_account_is_gone_when_it_was_missing_for_days(
    standing: AccountStanding, days: int, gone: bool
) -> None:
    assert is_account_gone(standing, ON, ON + timedelta(days=days)) is gone
    assert not is_account_gone(standing, None, ON)


def test_the_card_is_asked_about_when_its_owner_is_told_and_when_it_pays(customer: Customer) -> None:
    assert not wants_card(customer.state, customer.situation)
    customer.now = datetime(2026, 11, 28, 10, 0, tzinfo=TOKYO)
    assert wants_card(customer.state, customer.situation)
    customer.look().hand_over()
    customer.at(date(2026, 11, 29))
    assert not wants_card(customer.state, customer.situation)
    assert wants_card(customer.at(DUE).state, customer.situation)


BUSINESS = as_event(Business, samples.business(), stripe_account="acct_1", saved_cards=True, enabled=True)
PAYS = PayerAccess(portal_access=True, contacts={"co-1": ("pay",)})


@pytest.mark.parametrize(
    ("business", "access", "reason"),
    [
        (BUSINESS, PAYS, None),
        (BUSINESS, PayerAccess(True, {"co-1": None}), None),
        (None, PAYS, "portal_off"),
        (replace(BUSINESS, enabled=False), PAYS, "portal_off"),
        (BUSINESS, None, "contact_left"),
        (BUSINESS, PayerAccess(True, {"co-2": None}), "contact_left"),
        (BUSINESS, PayerAccess(True, {"co-1": ("visits",)}), "contact_left"),
        (BUSINESS, PayerAccess(False, {"co-1": None}), "access_off"),
        (replace(BUSINESS, stripe_account="acct_2"), PAYS, "account_changed"),
        (replace(BUSINESS, stripe_account=None), PAYS, "account_changed"),
        (replace(BUSINESS, saved_cards=False), PAYS, "cards_off"),
    ],
)
def test_it_stops_where_its_ground_is_gone(
    customer: Customer, business: Business | None, access: PayerAccess | None, reason: str | None
) -> None:
    assert reason_to_stop(customer.state, business, access, "acct_1") == reason


def test_it_is_looked_at_when_something_is_to_be_done(customer: Customer) -> None:
    tenth = datetime(2026, 11, 28, 10, 0, tzinfo=TOKYO)
    customer.at(date(2026, 11, 27), 20)
    assert next_look(customer.state, TOKYO, customer.now) == tenth
    customer.at(date(2026, 11, 28))
    assert next_look(customer.state, TOKYO, customer.now) == tenth + timedelta(days=1)
    customer.hand_over(tenth + timedelta(seconds=7))
    soon = customer.at(date(2026, 11, 29), 20).now
    assert next_look(customer.state, TOKYO, soon) == tenth + timedelta(days=2, seconds=7)
    assert next_look(customer.state, TOKYO, tenth + timedelta(days=2, hours=1)) - tenth < timedelta(
        days=2, hours=2
    )


def test_an_amount_that_cannot_be_paid_online_is_left_alone() -> None:
    customer = Customer()
    customer.bill()
    owed = customer.covered["in-1"].owed
    money = change(owed.money, amount_due=49, payable=49)
    customer.covered["in-1"] = CoveredInvoice(OwedInvoice(owed.invoice, 1, money), ON + timedelta(hours=1))
    assert customer.at(DUE).state.charges == ()


def test_a_hundred_invoices_are_covered_those_due_first(customer: Customer) -> None:
    for number in range(101):
        customer.bill(f"in-{number:03}", due_on=DUE + timedelta(days=number), issued_on=date(2026, 11, 1))
    customer.look()
    assert len(customer.state.charges) == 100
    assert max(charge.charge_on for charge in customer.state.charges) == DUE + timedelta(days=98)
    assert {type(event) for event in customer.told} == {AutopayPlanned}

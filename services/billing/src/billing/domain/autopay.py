"""Autopay: which new invoices a kept card pays, when its owner is told, and what follows a decline.

Days are the business's. A notice leaves two days before the charge, between 10:00 and 20:00; the card is
charged on the day that was told, from 10:00 on, at the earliest 48 hours after the notice was handed over,
and never more than was told. What could not be done on its day begins again with a notice. A decline that
may pass is tried again three days later, and two days after that: three tries in all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis.online_amounts import online_limits
from msgspec.structs import replace
from servicehub_events import (
    Autopay,
    AutopayAnnounced,
    AutopayCharge,
    AutopayConsent,
    AutopayDeclined,
    AutopayEnd,
    AutopayPlanned,
    AutopaySwitchedOff,
    AutopaySwitchedOn,
    Business,
    Failure,
    Method,
    Payment,
    Role,
    as_event,
    has_role,
)

from billing.domain.account_standing import AccountStanding
from billing.domain.amounts import OwedInvoice
from billing.domain.clearing import UNCONFIRMED

NOTICE_DAYS: Final = timedelta(days=2)
_AHEAD: Final = timedelta(hours=48)
_OPENS, _CLOSES = time(10), time(20)
_RETRY_AFTER: Final = (timedelta(days=3), timedelta(days=2))
_NOTICES: Final = 5  # without one that was handed over
_CHARGES: Final = 100  # as the event allows
_HELD: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(days=1)
_CHARGING: Final = timedelta(hours=1)
_GONE_AFTER: Final = timedelta(days=3)

NOT_TOLD: Final = "notice_failed"
"""The code of a charge that is given up because no notice of it could be handed over."""
BEING_CHECKED: Final = "being_checked"
"""The code of one whose payment an operator must look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchOn:
    """A contact agreed to `terms` of autopay with this card."""

    business_id: str
    customer_id: str
    contact_id: str
    card: Method
    terms: str
    locale: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PayerAccess:
    """Who may act for a customer: the roles of each contact by id; roles that are None are all of them."""

    portal_access: bool
    contacts: Mapping[str, tuple[Role, ...] | None]


@dataclass(frozen=True, slots=True)
class CoveredInvoice:
    """An invoice of the customer, and since when billing has known it."""

    owed: OwedInvoice
    known_since: datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """What is so now: the customer's unpaid invoices, and the payments of charges, each by id.

    `takes_charges`: whether the account does, as far as is known; until then nobody is told of a day.
    """

    now: datetime
    zone: ZoneInfo
    invoices: Mapping[str, CoveredInvoice]
    payments: Mapping[str, Payment]
    takes_charges: bool = True

    @property
    def today(self) -> date:
        """The day it is where the business is."""
        return self.now.astimezone(self.zone).date()

    @property
    def clock_time(self) -> time:
        """The time it is there."""
        return self.now.astimezone(self.zone).time()


def stream_of(customer_id: str) -> str:
    """The name of a customer's stream."""
    return f"autopay/{customer_id}"


def switch_on(command: SwitchOn, state: Autopay | None) -> list[Autopay]:
    """The event; nothing while it is on. What becomes of a charge that began before is still said."""
    if state and state.status == "on":
        return []
    return [
        AutopaySwitchedOn(
            business_id=command.business_id,
            customer_id=command.customer_id,
            contact_id=command.contact_id,
            status="on",
            card=command.card,
            consent=AutopayConsent(terms=command.terms, locale=command.locale, at=command.at),
            charges=state.charges if state else (),
            occurred_at=command.at,
        )
    ]


def switch_off(state: Autopay | None, end: AutopayEnd) -> list[Autopay]:
    """The event; nothing while it is off.

    What had begun goes on, and a decline that was not told yet is told as the last one.
    """
    if state is None or state.status == "off":
        return []
    left = [charge for charge in state.charges if charge.status == "charging" or charge.tries]
    charges = [charge if charge.status == "charging" else replace(charge, status="ended") for charge in left]
    return [
        as_event(
            AutopaySwitchedOff,
            state,
            status="off",
            end=end,
            charges=tuple(charges),
            invoice_id=None,
            occurred_at=end.at,
        )
    ]


def conclude(state: Autopay, payment: Payment) -> list[Autopay]:
    """What became of a charge that had begun when it was switched off; while it is on, `review` says so."""
    charge = next((charge for charge in state.charges if charge.payment_id == payment.payment_id), None)
    if state.status == "on" or charge is None or charge.status != "charging":
        return []
    if payment.status in ("started", "processing"):
        return []
    after = None
    if payment.status == "failed":
        after = replace(charge, status="ended", tries=charge.tries + 1, failure=payment.failure)
    return [_with(state, charge.invoice_id, charge, after, payment.occurred_at)]


def reason_to_stop(
    state: Autopay, business: Business | None, access: PayerAccess | None, account: str
) -> str | None:
    """Why it may charge nobody any more, by what is known now; None while it may."""
    if business is None or not business.enabled:
        return "portal_off"
    if access is None or state.contact_id not in access.contacts:
        return "contact_left"
    if not access.portal_access:
        return "access_off"
    if not has_role(access.contacts[state.contact_id], "pay"):
        return "contact_left"
    if business.stripe_account != account:
        return "account_changed"
    return None if business.saved_cards else "cards_off"


def is_account_gone(standing: AccountStanding | None, since: datetime | None, now: datetime) -> bool:
    """Whether the processor has known an account no more for so long that it will not be back.

    Not at once: a key of the platform that was put in wrongly makes every account unknown for a while.
    """
    return standing == "missing" and since is not None and now - since >= _GONE_AFTER


def review(state: Autopay, situation: Situation) -> list[Autopay]:
    """What follows from what is so now: invoices are planned, notices asked for, tries judged."""
    if state.status == "off":
        return []
    events: list[Autopay] = []
    for invoice_id in [*(charge.invoice_id for charge in state.charges), *_new(state, situation)]:
        before = state.charge(invoice_id)
        for after in _steps(before, invoice_id, situation, state.consent.at):
            state = _with(state, invoice_id, before, after, situation.now)
            events.append(state)
            before = after
    return events


def wants_card(state: Autopay, situation: Situation) -> bool:
    """Whether somebody is to be told now of a day on which the card pays, or it is that day."""
    events = review(state, situation)
    tells = any(isinstance(event, AutopayAnnounced) for event in events)
    return tells or bool(ready(events[-1] if events else state, situation))


def confirm(state: Autopay, told: AutopayCharge, at: datetime) -> list[Autopay]:
    """The event when the notice of `told` was handed over; nothing when another one is needed by now."""
    charge = state.charge(told.invoice_id)
    if state.status == "off" or charge is None or charge.status != "announced":
        return []
    if told.charge_on != charge.charge_on or told.currency != charge.currency:
        return []
    if told.amount < charge.amount:
        return []
    confirmed = replace(charge, status="confirmed", confirmed_at=at, notices=0)
    return [_with(state, charge.invoice_id, charge, confirmed, at)]


def ready(state: Autopay, situation: Situation) -> list[AutopayCharge]:
    """The charges that may be made at this moment, and no later day."""
    return [
        charge
        for charge in state.charges
        if state.status == "on"
        and charge.status == "confirmed"
        and charge.charge_on == situation.today
        and charge_at(charge, situation.zone) <= situation.now
        and _takes(situation.invoices.get(charge.invoice_id), charge)
    ]


def begin(state: Autopay, charge: AutopayCharge, payment_id: str, at: datetime) -> Autopay:
    """The event when the card begins to be charged, by this payment."""
    charging = replace(charge, status="charging", payment_id=payment_id)
    return _with(state, charge.invoice_id, charge, charging, at)


def charge_at(charge: AutopayCharge, zone: ZoneInfo) -> datetime:
    """From when on its day a charge may be made."""
    opens = _opening(charge.charge_on, zone)
    return max(opens, charge.confirmed_at.astimezone(UTC) + _AHEAD) if charge.confirmed_at else opens


def next_look(state: Autopay, zone: ZoneInfo, now: datetime) -> datetime:
    """When something is to be done next, if nothing happens before."""
    moments = [_next_moment(charge, zone, now) for charge in state.charges if charge.status != "ended"]
    return min([now + _LONGEST, *(moment if moment > now else now + _HELD for moment in moments)])


def _next_moment(charge: AutopayCharge, zone: ZoneInfo, now: datetime) -> datetime:
    match charge.status:
        case "planned":
            return _opening(charge.charge_on - NOTICE_DAYS, zone)
        case "announced":  # had nobody handed it over by the next morning
            return _opening(charge.charge_on - NOTICE_DAYS + timedelta(days=1), zone)
        case "confirmed":
            return charge_at(charge, zone)
        case _:
            return now + _CHARGING


def _opening(day: date, zone: ZoneInfo) -> datetime:
    """In UTC, where hours can be counted: those of a zone skip what its clocks do."""
    return datetime.combine(day, _OPENS, zone).astimezone(UTC)


def _new(state: Autopay, situation: Situation) -> Sequence[str]:
    """The invoices that came after the consent and are not covered yet, those due first."""
    consent = state.consent.at
    since = consent.astimezone(situation.zone).date()
    known = {charge.invoice_id for charge in state.charges}
    new = [
        covered.owed.invoice
        for invoice_id, covered in situation.invoices.items()
        if invoice_id not in known
        and covered.known_since > consent
        and covered.owed.invoice.issued_on >= since
        and _chargeable(covered)
    ]
    new.sort(key=lambda invoice: (invoice.due_on, invoice.invoice_id))
    return [invoice.invoice_id for invoice in new[: _CHARGES - len(known)]]


def _steps(
    charge: AutopayCharge | None, invoice_id: str, situation: Situation, consent: datetime
) -> Iterator[AutopayCharge | None]:
    """What becomes of a charge, one event each: a notice is asked for by an event of its own."""
    before = charge
    covered = situation.invoices.get(invoice_id)
    if charge and charge.status == "charging":
        charge = _tried(charge, covered, situation, consent)
        if charge != before:
            yield charge
        return
    if covered is None or not _chargeable(covered):
        if charge:
            yield None
        return
    if charge and charge.status == "ended":
        return
    charge = _fitted(charge, covered, situation)
    if charge != before:
        yield charge
    if _is_to_be_told(charge, covered, situation):
        yield replace(charge, status="announced", notices=charge.notices + 1)


def _tried(
    charge: AutopayCharge, covered: CoveredInvoice | None, situation: Situation, consent: datetime
) -> AutopayCharge | None:
    """A charge by what became of its payment; None when nothing is left to pay.

    One that began under an earlier consent is not tried again under this one.
    """
    payment = situation.payments[charge.payment_id or ""]
    again = covered is not None and covered.known_since > consent
    match payment.status:
        case "captured" if payment.review is None:
            return None
        case "captured":
            return replace(charge, status="ended", failure=Failure(code=BEING_CHECKED, retryable=False))
        case "failed":
            return _declined(charge, payment.failure, covered, again=again)
        case "expired":  # nothing was charged, and nobody declined
            return replace(charge, status="confirmed", payment_id=None) if again else None
        case _:
            return charge


def _declined(
    charge: AutopayCharge, failure: Failure | None, covered: CoveredInvoice | None, *, again: bool
) -> AutopayCharge | None:
    if covered is None or not _chargeable(covered):
        return None
    tries = charge.tries + 1
    failed = replace(charge, tries=tries, failure=failure)
    passes = failure is not None and failure.retryable and failure.code != UNCONFIRMED
    if not (again and passes) or tries > len(_RETRY_AFTER):
        return replace(failed, status="ended")
    return replace(failed, status="confirmed", charge_on=charge.charge_on + _RETRY_AFTER[tries - 1])


def _fitted(charge: AutopayCharge | None, covered: CoveredInvoice, situation: Situation) -> AutopayCharge:
    """The charge by what is owed now; what its owner was not told of is planned anew."""
    invoice, amount = covered.owed.invoice, covered.owed.money.amount_due
    if charge and not _is_overtaken(charge, covered, situation):
        return replace(charge, amount=amount)
    if charge and charge.notices >= _NOTICES:
        return replace(charge, status="ended", failure=Failure(code=NOT_TOLD, retryable=False))
    late = timedelta(days=1) if situation.clock_time >= _CLOSES else timedelta()
    charge_on = max(invoice.due_on, situation.today + late + NOTICE_DAYS)
    if charge is None:
        return AutopayCharge(
            invoice_id=invoice.invoice_id,
            amount=amount,
            currency=invoice.currency,
            charge_on=charge_on,
            status="planned",
        )
    return replace(
        charge,
        amount=amount,
        currency=invoice.currency,
        charge_on=charge_on,
        status="planned",
        confirmed_at=None,
    )


def _is_overtaken(charge: AutopayCharge, covered: CoveredInvoice, situation: Situation) -> bool:
    invoice, today = covered.owed.invoice, situation.today
    if charge.status == "planned" or charge.currency != invoice.currency:
        return True
    if covered.owed.money.amount_due > charge.amount:
        return True
    if charge.tries == 0 and invoice.due_on > charge.charge_on:
        return True
    return today > (charge.charge_on if charge.status == "confirmed" else charge.charge_on - NOTICE_DAYS)


def _is_to_be_told(charge: AutopayCharge, covered: CoveredInvoice, situation: Situation) -> bool:
    return (
        charge.status == "planned"
        and situation.takes_charges
        and situation.today >= charge.charge_on - NOTICE_DAYS
        and _OPENS <= situation.clock_time < _CLOSES
        and covered.owed.money.payable == charge.amount
    )


def _chargeable(covered: CoveredInvoice) -> bool:
    """Whether something is owed on it that can be paid online at once."""
    due, currency = covered.owed.money.amount_due, covered.owed.invoice.currency
    return due > 0 and online_limits(currency).fault_of(due) is None


def _takes(covered: CoveredInvoice | None, charge: AutopayCharge) -> bool:
    """Whether the invoice takes this money now: no less is owed, and nothing is on its way to it."""
    return covered is not None and covered.owed.money.payable == charge.amount


def _with(
    state: Autopay, invoice_id: str, before: AutopayCharge | None, after: AutopayCharge | None, at: datetime
) -> Autopay:
    """The event by which one charge becomes another, or none."""
    others = tuple(charge for charge in state.charges if charge.invoice_id != invoice_id)
    charges = (*others, after) if after else others
    event, about = _kind_of(before, after)
    return as_event(event, state, charges=charges, invoice_id=invoice_id if about else None, occurred_at=at)


def _kind_of(before: AutopayCharge | None, after: AutopayCharge | None) -> tuple[type[Autopay], bool]:
    if after and after.status == "announced" and (before is None or before.status != "announced"):
        return AutopayAnnounced, True
    if before and after and after.tries > before.tries:
        return AutopayDeclined, True
    return AutopayPlanned, False

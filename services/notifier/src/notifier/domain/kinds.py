"""The kinds of notifications, as one table: who gets each, by what, until when, and who may decline it.

Pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeGuard, get_args

from servicehub_events import Role, has_role

VisitKind = Literal[
    "visit_confirmed",
    "visit_changed",
    "visit_cancelled",
    "visits_changed",
    "visit_missed",
    "visit_on_its_way",
    "visit_completed",
    "staff_changed",
]
InvoiceKind = Literal["invoice_issued", "deposit_asked", "invoice_changed", "invoice_voided", "credit_note"]
PaymentKind = Literal[
    "receipt",
    "voucher_issued",
    "voucher_reminder",
    "voucher_lapsed",
    "voucher_called_off",
    "payment_failed",
    "payment_being_checked",
    "payment_cleared",
    "refund_made",
    "refund_failed",
    "dispute_opened",
    "dispute_won",
    "dispute_lost",
]
AutopayKind = Literal["autopay_changed", "autopay_notice", "autopay_declined"]
RequestKind = Literal["request_received", "request_answered", "request_withdrawn"]
AccessKind = Literal["access_opened", "address_changed"]
ReminderKind = Literal["visit_reminder", "invoice_due_soon", "invoice_overdue"]
MessageKind = Literal[VisitKind, InvoiceKind, PaymentKind, AutopayKind, RequestKind, AccessKind, ReminderKind]
"""As preferences name them too."""
KINDS: Final[tuple[MessageKind, ...]] = get_args(MessageKind)
_OF_VISITS: Final[tuple[VisitKind, ...]] = get_args(VisitKind)
_OF_INVOICES: Final[tuple[InvoiceKind, ...]] = get_args(InvoiceKind)
_OF_PAYMENTS: Final[tuple[PaymentKind, ...]] = get_args(PaymentKind)
_OF_AUTOPAY: Final[tuple[AutopayKind, ...]] = get_args(AutopayKind)
_OF_REQUESTS: Final[tuple[RequestKind, ...]] = get_args(RequestKind)
REMINDERS: Final[tuple[ReminderKind, ...]] = get_args(ReminderKind)
"""What is said because time passes. When, and until when, `domain.reminders` says."""

MessageGroup = Literal[
    "visit_bookings",
    "visit_changes",
    "visit_reminders",
    "visit_progress",
    "staff_changes",
    "request_receipts",
    "request_answers",
    "invoices",
    "invoice_reminders",
    "voucher_reminders",
    "payments",
    "access",
]
"""What a contact reads of kinds in the settings: those of a group are chosen together."""
GROUPS: Final[tuple[MessageGroup, ...]] = get_args(MessageGroup)

Texts = Literal["never", "without_mail", "instead", "either", "always"]
"""When a contact is sent a text: always, if there is a number; instead of a mail; either that or a mail, as
each message goes; without mail, if there is no address.
"""
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """`until` is how long after its event it is worth sending; without, an hour, and an hour of tries, but
    of visits until what it tells is over.

    `waits` is how long it stays before it leaves: what undoes it may follow. One that `folds` stays as long
    as news of visits do, which a setting says. `before_deadline` is how long before the voucher a voucher's
    kind ends. One that is `declinable` can be switched off. Without a `role` it is for a contact of any.
    """

    group: MessageGroup = "payments"
    role: Role | None = "pay"
    texts: Texts = "without_mail"
    until: timedelta | None = None
    before_deadline: timedelta | None = None
    waits: timedelta = timedelta()
    folds: bool = False
    declinable: bool = False
    held_at_night: bool = False
    passes_at_night: bool = False


_VISIT = KindRules(group="visit_changes", role="visits")
_INVOICE = KindRules(group="invoices", role="invoices", until=7 * _DAY, folds=True)
_PAID = KindRules(until=7 * _DAY)
RULES: Final[Mapping[MessageKind, KindRules]] = {
    "visit_confirmed": KindRules(group="visit_bookings", role="visits", declinable=True),
    "visit_changed": _VISIT,
    "visit_cancelled": _VISIT,
    "visits_changed": _VISIT,
    "visit_missed": KindRules(group="visit_changes", role="visits", until=_DAY),
    "visit_on_its_way": KindRules(
        group="visit_progress",
        role="visits",
        texts="instead",
        until=20 * _MINUTE,
        declinable=True,
        passes_at_night=True,
    ),
    "visit_completed": KindRules(
        group="visit_progress",
        role="visits",
        texts="never",
        until=_DAY,
        waits=10 * _MINUTE,
        declinable=True,
    ),
    "staff_changed": KindRules(group="staff_changes", role="visits", declinable=True),
    "invoice_issued": _INVOICE,
    "deposit_asked": _INVOICE,
    "invoice_changed": _INVOICE,
    "invoice_voided": _INVOICE,
    "credit_note": _INVOICE,
    "receipt": _PAID,
    "voucher_issued": KindRules(texts="always", before_deadline=_HOUR, folds=True),
    "voucher_reminder": KindRules(
        group="voucher_reminders",
        texts="always",
        before_deadline=2 * _HOUR,
        declinable=True,
        held_at_night=True,
    ),
    "voucher_lapsed": KindRules(until=3 * _DAY),
    "voucher_called_off": KindRules(texts="always", before_deadline=timedelta(), passes_at_night=True),
    "payment_failed": KindRules(until=2 * _DAY),
    "payment_being_checked": KindRules(until=2 * _DAY, waits=timedelta(minutes=10)),
    "payment_cleared": _PAID,
    "refund_made": _PAID,
    "refund_failed": KindRules(until=7 * _DAY, texts="always"),
    "dispute_opened": KindRules(until=7 * _DAY, waits=timedelta(minutes=10)),
    "dispute_won": _PAID,
    "dispute_lost": _PAID,
    "autopay_changed": KindRules(until=7 * _DAY, folds=True),
    # It is asked for from 10:00 to 20:00, and names a day two days later: it is of that day, or untrue.
    "autopay_notice": KindRules(until=4 * _HOUR),
    "autopay_declined": KindRules(until=_DAY, texts="always"),
    "request_received": KindRules(
        group="request_receipts", role=None, until=_HOUR, folds=True, declinable=True
    ),
    "request_answered": KindRules(group="request_answers", role=None, until=7 * _DAY),
    "request_withdrawn": KindRules(group="request_receipts", role=None, until=_HOUR, declinable=True),
    "access_opened": KindRules(group="access", role=None, until=7 * _DAY),
    "address_changed": KindRules(group="access", role=None, until=7 * _DAY),
    "visit_reminder": KindRules(group="visit_reminders", role="visits", texts="either", declinable=True),
    "invoice_due_soon": KindRules(group="invoice_reminders", role="invoices", declinable=True),
    "invoice_overdue": KindRules(group="invoices", role="invoices"),
}


def last_moment(kind: MessageKind, at: datetime, deadline: datetime | None) -> datetime | None:
    """Until when a message about what happened `at` is worth sending; None where that follows from sending.

    `deadline` is that of the voucher that it is about.
    """
    rules = RULES[kind]
    if rules.before_deadline is not None and deadline:
        return deadline - rules.before_deadline
    return None if rules.until is None else at + rules.until


def is_of_visit(kind: MessageKind) -> TypeGuard[VisitKind]:
    """Whether a kind tells about visits."""
    return kind in _OF_VISITS


def is_of_invoice(kind: MessageKind) -> TypeGuard[InvoiceKind]:
    """Whether a kind tells about an invoice."""
    return kind in _OF_INVOICES


def stands_alone(kind: MessageKind) -> bool:
    """Whether no newer message about the same thing takes its place: each is true or not by itself."""
    return kind == "credit_note" or is_of_payment(kind) or is_of_request(kind)


def is_of_payment(kind: MessageKind) -> TypeGuard[PaymentKind]:
    """Whether a kind tells about a payment."""
    return kind in _OF_PAYMENTS


def is_of_autopay(kind: MessageKind) -> TypeGuard[AutopayKind]:
    """Whether a kind tells about a customer's autopay."""
    return kind in _OF_AUTOPAY


def is_reminder(kind: MessageKind) -> TypeGuard[ReminderKind]:
    """Whether a kind is said because time passes."""
    return kind in REMINDERS


def is_of_request(kind: MessageKind) -> TypeGuard[RequestKind]:
    """Whether a kind tells about a customer's request."""
    return kind in _OF_REQUESTS


def concerns(kind: MessageKind, roles: Collection[Role] | None) -> bool:
    """Whether a contact with these roles may be told of it."""
    role = RULES[kind].role
    return role is None or has_role(roles, role)

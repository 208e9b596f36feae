"""What operators look at: an invoice, what happened to its payments, what is open, and what was told.

For the worker's role alone: no business is named.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from chassis.database import Transaction

_ATTEMPT = (
    "SELECT a.business_id, a.payment_id, a.customer_id, a.account, a.reference, a.started_at, a.checks,"
    " a.next_check_at, coalesce((SELECT array_agg(c.invoice_id ORDER BY c.invoice_id) FROM claims AS c"
    " WHERE c.business_id = a.business_id AND c.payment_id = a.payment_id), '{}') AS invoices"
    " FROM checkout_sessions AS a"
)
_LIST_ATTEMPTS = (
    f"{_ATTEMPT} WHERE (:business = '' OR a.business_id = :business)"
    " AND (:ended OR a.next_check_at IS NOT NULL) ORDER BY a.started_at DESC, a.payment_id LIMIT :limit"
)
_LIST_INVOICES = (
    "SELECT business_id, customer_id, state::text AS state FROM invoices WHERE invoice_id = :invoice_id"
    " AND (:business = '' OR business_id = :business) ORDER BY business_id"
)
_LIST_HISTORY = (
    "SELECT c.payment_id, e.version, e.type, e.data::text AS data, e.occurred_at, e.actor, e.causation_id,"
    " c.held FROM claims AS c JOIN events AS e ON e.business_id = c.business_id"
    " AND e.stream = 'payment/' || c.payment_id"
    " WHERE c.business_id = :business AND c.invoice_id = :invoice_id"
    " ORDER BY e.occurred_at, c.payment_id, e.version"
)
_WEBHOOK = (
    "SELECT event_id, kind, account, payment_id, found_by, happened_at, received_at, tries, next_try_at,"
    " handled_at, outcome FROM webhooks"
)
_FIND_WEBHOOK = f"{_WEBHOOK} WHERE event_id = :event_id"
_LIST_WEBHOOKS = (
    f"{_WEBHOOK} WHERE (:payment = '' OR payment_id = :payment)"
    " AND (:account = '' OR account = :account) AND (NOT :waiting OR handled_at IS NULL)"
    " ORDER BY received_at DESC, event_id LIMIT :limit"
)
_LIST_AUTOPAYS = (
    "SELECT business_id, customer_id, contact_id, account, next_look_at FROM autopays"
    " WHERE (:business = '' OR business_id = :business)"
    " ORDER BY next_look_at, business_id, customer_id LIMIT :limit"
)
# A contact is found while it is one of the customer, or its autopay is on.
_LIST_AUTOPAY_HISTORY = (
    "SELECT e.version, e.type, e.data::text AS data, e.occurred_at, e.actor, e.causation_id FROM events AS e"
    " WHERE (:business = '' OR e.business_id = :business) AND (e.business_id, e.stream) IN ("
    " SELECT business_id, 'autopay/' || customer_id FROM customers WHERE customer_id = :id"
    " UNION SELECT business_id, 'autopay/' || customer_id FROM invoices WHERE invoice_id = :id"
    " UNION SELECT business_id, 'autopay/' || customer_id FROM autopays WHERE contact_id = :id"
    " UNION SELECT business_id, 'autopay/' || customer_id FROM customers WHERE contacts ? :id)"
    " ORDER BY e.business_id, e.stream, e.version"
)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A payment's side towards the processor; `next_check_at` is None once it has ended."""

    business_id: str
    payment_id: str
    customer_id: str
    account: str
    reference: str | None
    started_at: datetime
    checks: int
    next_check_at: datetime | None
    invoices: Sequence[str]


class KnownInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as it is stored; `state` is None once it or its customer was erased."""

    business_id: str
    customer_id: str
    state: str | None


class PastEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a payment on an invoice; `held` while that payment still holds the invoice."""

    payment_id: str
    version: int
    type: str
    data: str
    occurred_at: datetime
    actor: str
    causation_id: str | None
    held: bool


class KnownAutopay(msgspec.Struct, frozen=True, kw_only=True):
    """An autopay that is on, and when it is looked at next."""

    business_id: str
    customer_id: str
    contact_id: str
    account: str
    next_look_at: datetime


class AutopayEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of an autopay."""

    version: int
    type: str
    data: str
    occurred_at: datetime
    actor: str
    causation_id: str | None


class KnownWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook without its body; `outcome` is None while it waits."""

    event_id: str
    kind: str
    account: str
    payment_id: str
    found_by: str
    happened_at: datetime
    received_at: datetime
    tries: int
    next_try_at: datetime
    handled_at: datetime | None
    outcome: str | None


async def list_attempts(tx: Transaction, business: str, *, ended: bool, limit: int) -> Sequence[Attempt]:
    """Payments that the processor is asked about, the newest first; with those that have `ended` too."""
    return await tx.all(_LIST_ATTEMPTS, Attempt, business=business, ended=ended, limit=limit)


async def list_invoices(tx: Transaction, invoice_id: str, business: str) -> Sequence[KnownInvoice]:
    """The invoices of this id: several businesses may have one."""
    return await tx.all(_LIST_INVOICES, KnownInvoice, invoice_id=invoice_id, business=business)


async def list_history(tx: Transaction, invoice_id: str, business: str) -> Sequence[PastEvent]:
    """What happened to all payments on an invoice, the oldest first."""
    return await tx.all(_LIST_HISTORY, PastEvent, invoice_id=invoice_id, business=business)


async def list_webhooks(
    tx: Transaction, *, payment: str, account: str, waiting: bool, limit: int
) -> Sequence[KnownWebhook]:
    """What was told, the newest first."""
    return await tx.all(
        _LIST_WEBHOOKS, KnownWebhook, payment=payment, account=account, waiting=waiting, limit=limit
    )


async def find_webhook(tx: Transaction, event_id: str) -> KnownWebhook | None:
    """A webhook by the processor's id of its event."""
    return await tx.one(_FIND_WEBHOOK, KnownWebhook, event_id=event_id)


async def list_autopays(tx: Transaction, business: str, *, limit: int) -> Sequence[KnownAutopay]:
    """Those that are on, those first that are looked at next."""
    return await tx.all(_LIST_AUTOPAYS, KnownAutopay, business=business, limit=limit)


async def list_autopay_history(tx: Transaction, id_: str, business: str) -> Sequence[AutopayEvent]:
    """All that happened to autopays of customers whom an id names: theirs, a contact's, an invoice's."""
    return await tx.all(_LIST_AUTOPAY_HISTORY, AutopayEvent, id=id_, business=business)

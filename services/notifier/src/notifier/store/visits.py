"""What each contact was last told of a visit, encrypted, and the visits of a customer.

A telling is written before its message leaves, so that no second one says the same meanwhile. One that surely
failed counts as what was told before it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
import structlog
from chassis.database import Transaction
from chassis.encryption import FieldCipher, Undecipherable
from chassis.rotation import KeyedColumn

from notifier.domain.delivery import NotificationDelivery
from notifier.domain.facts import AppointmentFacts
from notifier.domain.kinds import KINDS
from notifier.domain.notifications import PendingNotification
from notifier.domain.visit_news import VisitTold
from notifier.store.notifications import COLUMNS, KnownSource, StoredSource, opened

log = structlog.get_logger(__name__)

TellingStatus = Literal["telling", "failed", "told"]

KEYED: Final = tuple(
    KeyedColumn(
        "FIELD_ENCRYPTION_KEYS",
        "visit_tellings",
        column,
        "'visit_tellings/' || business_id || '/' || contact_id || '/' || appointment_id",
    )
    for column in ("told", "former")
)

_OF_CONTACT = "business_id = :business_id AND customer_id = :customer_id AND contact_id = :contact_id"
# Every name in these statements is ours.
_LOCK_PENDING = (
    "SELECT * FROM pending_notifications WHERE business_id = :business_id AND customer_id = :customer_id"
    " AND aggregate = 'appointment' AND kind = ANY(:kinds) ORDER BY received_at, event_id"
    " FOR UPDATE SKIP LOCKED"
)
_LIST = (
    "SELECT appointment_id, series_id, former, told, round, status FROM visit_tellings"  # noqa: S608  # ours
    f" WHERE {_OF_CONTACT} AND appointment_id = ANY(:ids) ORDER BY appointment_id"
)
_LOCK = f"{_LIST} FOR UPDATE"
_ADD = (
    "INSERT INTO visit_tellings (business_id, customer_id, contact_id, appointment_id, series_id, former,"
    " told, round, status, ends_at) VALUES"
    " (:business_id, :customer_id, :contact_id, :appointment_id, :series_id, :former,"
    " :told, :round, :status, :ends_at)"
    " ON CONFLICT (business_id, customer_id, contact_id, appointment_id) DO UPDATE SET"
    " series_id = EXCLUDED.series_id, former = EXCLUDED.former, told = EXCLUDED.told, round = EXCLUDED.round,"
    " status = EXCLUDED.status, ends_at = EXCLUDED.ends_at"
)
_MARK = (
    "UPDATE visit_tellings SET status = :status"  # noqa: S608  # ours
    f" WHERE {_OF_CONTACT} AND appointment_id = ANY(:ids) AND round = :round AND status <> 'told'"
)
_IS_SERIES_TOLD = (
    "SELECT EXISTS (SELECT FROM visit_tellings"  # noqa: S608  # ours
    f" WHERE {_OF_CONTACT} AND series_id = :series_id AND status <> 'failed') OR EXISTS"
    " (SELECT FROM notification_sources WHERE business_id = :business_id AND customer_id = :customer_id"
    " AND aggregate = 'appointment' AND state ->> 'series_id' = :series_id AND known IS NOT NULL) OR EXISTS"
    " (SELECT FROM deliveries d"
    " JOIN notification_sources s USING (business_id, customer_id, aggregate, subject_id)"
    " WHERE d.business_id = :business_id AND d.customer_id = :customer_id AND d.contact_id = :contact_id"
    " AND d.status = 'due' AND d.kind = 'visit_confirmed' AND d.subject_id <> :subject_id"
    " AND s.state ->> 'series_id' = :series_id)"
)
_VISITS = (
    f"SELECT {COLUMNS}"  # noqa: S608  # ours
    " FROM notification_sources WHERE business_id = :business_id AND customer_id = :customer_id"
    " AND aggregate = 'appointment' AND state IS NOT NULL"
)
_LIST_SOURCES = f"{_VISITS} AND subject_id = ANY(:ids)"
_AHEAD = (
    " AND state ->> 'status' = 'scheduled' AND state ->> 'confirmation' IS NULL"
    " AND (state ->> 'start')::timestamptz > :now"
)
_LIST_AHEAD = (
    f"{_VISITS}{_AHEAD} AND (CAST(:series_id AS text) IS NULL OR state ->> 'series_id' = :series_id)"
    " ORDER BY (state ->> 'start')::timestamptz, subject_id LIMIT :limit"
)
_IS_INVOICED = (
    "SELECT EXISTS (SELECT FROM notification_sources s WHERE s.business_id = :business_id"
    " AND s.customer_id = :customer_id AND s.aggregate = 'invoice'"
    " AND (s.subject_id = ANY(:ids)"
    " OR s.state -> 'appointment_ids' @> to_jsonb(CAST(:appointment_id AS text)))"
    " AND (EXISTS (SELECT FROM deliveries d WHERE d.business_id = s.business_id"
    " AND d.customer_id = s.customer_id AND d.subject_id = s.subject_id"
    " AND d.kind IN ('invoice_issued', 'deposit_asked')"
    " AND d.requested_at >= :since) OR EXISTS (SELECT FROM pending_notifications p"
    " WHERE p.business_id = s.business_id AND p.aggregate = 'invoice' AND p.subject_id = s.subject_id)))"
)
_FORGET = "DELETE FROM visit_tellings WHERE ends_at < :before"


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact knows of a visit, and from which message: its `round`. `former` is from before that."""

    appointment_id: str
    series_id: str | None
    former: VisitTold | None
    told: VisitTold
    round: str
    status: TellingStatus

    @property
    def stands(self) -> VisitTold | None:
        """What counts as told: nothing of what surely failed."""
        return self.former if self.status == "failed" else self.told


class _Telling(msgspec.Struct, frozen=True):
    appointment_id: str
    series_id: str | None
    former: bytes | None
    told: bytes
    round: str
    status: TellingStatus


class Reader(msgspec.Struct, frozen=True):
    """A contact of a customer."""

    customer_id: str
    contact_id: str


async def lock_pending(tx: Transaction, customer_id: str) -> Sequence[PendingNotification]:
    """What waits about the visits of a customer; who settles some of it already has it for itself."""
    return await tx.all(_LOCK_PENDING, PendingNotification, customer_id=customer_id, kinds=list(KINDS))


async def list_visits(
    tx: Transaction, customer_id: str, ids: Sequence[str], cipher: FieldCipher
) -> Mapping[str, KnownSource]:
    """Those of the visits that are known and not erased, by id."""
    rows = await tx.all(_LIST_SOURCES, StoredSource, customer_id=customer_id, ids=list(ids))
    return {row.subject_id: opened(row, "appointment", tx.business_id, cipher) for row in rows}


async def list_ahead(
    tx: Transaction, customer_id: str, now: datetime, *, limit: int, series_id: str | None = None
) -> Mapping[str, AppointmentFacts]:
    """The next visits of a customer, or of a series of theirs, in their order; without sealed texts."""
    rows = await tx.all(
        _LIST_AHEAD, StoredSource, customer_id=customer_id, now=now, series_id=series_id, limit=limit
    )
    found = {row.subject_id: opened(row, "appointment", tx.business_id, None).facts for row in rows}
    return {id_: facts for id_, facts in found.items() if isinstance(facts, AppointmentFacts)}


async def is_invoiced(
    tx: Transaction, customer_id: str, appointment_id: str, invoice_ids: Sequence[str], since: datetime
) -> bool:
    """Whether an invoice for the visit is told of, or was since then."""
    names = {"customer_id": customer_id, "appointment_id": appointment_id, "ids": list(invoice_ids)}
    return bool(await tx.value(_IS_INVOICED, bool, **names, since=since))


async def is_series_told(tx: Transaction, reader: Reader, series_id: str, subject_id: str) -> bool:
    """Whether a contact knows of a visit of the series, or is being told of another than this."""
    names = msgspec.structs.asdict(reader) | {"series_id": series_id, "subject_id": subject_id}
    return bool(await tx.value(_IS_SERIES_TOLD, bool, **names))


async def list_tellings(
    tx: Transaction, reader: Reader, ids: Sequence[str], cipher: FieldCipher, *, lock: bool = False
) -> Mapping[str, Telling]:
    """What the contact was told of these visits; locked, nobody else tells them meanwhile."""
    rows = await tx.all(_LOCK if lock else _LIST, _Telling, **msgspec.structs.asdict(reader), ids=sorted(ids))
    tellings = (_opened(tx, reader, row, cipher) for row in rows)
    return {telling.appointment_id: telling for telling in tellings if telling}


async def put_telling(
    tx: Transaction, reader: Reader, telling: Telling, ends_at: datetime, cipher: FieldCipher
) -> None:
    """Keep what a contact is being told, instead of what was."""
    context = _context(tx.business_id, reader, telling.appointment_id)

    def sealed(told: VisitTold | None) -> bytes | None:
        return None if told is None else cipher.encrypt(msgspec.json.encode(told), context=context)

    await tx.run(
        _ADD,
        **msgspec.structs.asdict(reader),
        appointment_id=telling.appointment_id,
        series_id=telling.series_id,
        former=sealed(telling.former),
        told=sealed(telling.told),
        round=telling.round,
        status=telling.status,
        ends_at=ends_at,
    )


async def mark_tellings(tx: Transaction, delivery: NotificationDelivery, status: TellingStatus) -> None:
    """A message was taken, or surely not: then what was told before counts, unless another channel did."""
    await tx.run(
        _MARK,
        customer_id=delivery.customer_id,
        contact_id=delivery.contact_id,
        ids=[delivery.subject_id, *delivery.others],
        round=delivery.caused_by,
        status=status,
    )


async def forget_tellings(tx: Transaction, before: datetime) -> None:
    """Delete what was told of visits that were over before then."""
    await tx.run(_FORGET, before=before)


def _opened(tx: Transaction, reader: Reader, row: _Telling, cipher: FieldCipher) -> Telling | None:
    context = _context(tx.business_id, reader, row.appointment_id)

    def plain(stored: bytes) -> VisitTold:
        return msgspec.json.decode(cipher.decrypt(stored, context=context), type=VisitTold)

    try:
        told, former = plain(row.told), None if row.former is None else plain(row.former)
    except Undecipherable:  # its key was retired too early: it counts as never told
        log.error("tellings.undecipherable", business_id=tx.business_id, appointment_id=row.appointment_id)
        return None
    return Telling(
        appointment_id=row.appointment_id,
        series_id=row.series_id,
        former=former,
        told=told,
        round=row.round,
        status=row.status,
    )


def _context(business_id: str, reader: Reader, appointment_id: str) -> str:
    return f"visit_tellings/{business_id}/{reader.contact_id}/{appointment_id}"

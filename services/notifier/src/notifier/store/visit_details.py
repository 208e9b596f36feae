"""What messages tell of a visit beside its facts: who comes, where, and what to do. Encrypted."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import structlog
from chassis.database import Transaction
from chassis.encryption import FieldCipher, Undecipherable
from chassis.rotation import KeyedColumn

from notifier.domain.visit_details import VisitDetails

log = structlog.get_logger(__name__)

_PUT = (
    "UPDATE notification_sources SET details = :details"
    " WHERE business_id = :business_id AND aggregate = 'appointment' AND subject_id = :subject_id"
)
_LIST = (
    "SELECT subject_id, details FROM notification_sources WHERE business_id = :business_id"
    " AND aggregate = 'appointment' AND subject_id = ANY(:ids) AND details IS NOT NULL"
)

KEYED: Final = KeyedColumn(
    "FIELD_ENCRYPTION_KEYS",
    "notification_sources",
    "details",
    "'visits/' || business_id || '/' || subject_id",
)


class _Row(msgspec.Struct, frozen=True):
    subject_id: str
    details: bytes


async def put_details(
    tx: Transaction, appointment_id: str, details: VisitDetails | None, cipher: FieldCipher
) -> None:
    """Store those of a visit whose facts were stored just now; None once it was erased."""
    context = _context(tx.business_id, appointment_id)
    sealed = details and cipher.encrypt(msgspec.json.encode(details), context=context)
    await tx.run(_PUT, subject_id=appointment_id, details=sealed)


async def list_details(
    tx: Transaction, ids: Sequence[str], cipher: FieldCipher
) -> Mapping[str, VisitDetails]:
    """Those of the visits that any are known of, by id."""
    rows = await tx.all(_LIST, _Row, ids=list(ids))
    opened = {row.subject_id: _opened(row, tx.business_id, cipher) for row in rows}
    return {id_: details for id_, details in opened.items() if details}


def _opened(row: _Row, business_id: str, cipher: FieldCipher) -> VisitDetails | None:
    try:
        plain = cipher.decrypt(row.details, context=_context(business_id, row.subject_id))
    except Undecipherable:  # its key was retired too early
        log.error("visits.undecipherable", business_id=business_id, appointment_id=row.subject_id)
        return None
    return msgspec.json.decode(plain, type=VisitDetails)


def _context(business_id: str, appointment_id: str) -> str:
    return f"visits/{business_id}/{appointment_id}"

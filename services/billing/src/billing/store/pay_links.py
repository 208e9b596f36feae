"""Since when pay links of a business, a customer or an invoice open nothing. No link is stored."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from chassis.database import Transaction

from billing.domain.pay_links import Scope

_END = (
    "INSERT INTO ended_pay_links AS e (business_id, scope, id, ended_at)"
    " VALUES (:business_id, :scope, :id, :ended_at) ON CONFLICT (business_id, scope, id)"
    " DO UPDATE SET ended_at = greatest(e.ended_at, excluded.ended_at)"
)
_FIND_END = (
    "SELECT max(ended_at) FROM ended_pay_links WHERE business_id = :business_id AND (scope, id) IN"
    " (('business', :business_id), ('customer', :customer_id), ('invoice', :invoice_id))"
)
_LIST = (
    "SELECT business_id, scope, id, ended_at FROM ended_pay_links"
    " WHERE :business = '' OR business_id = :business"
    " ORDER BY ended_at DESC, business_id, scope, id LIMIT :limit"
)
_FORGET_OLD = "DELETE FROM ended_pay_links WHERE ended_at < :before"


class EndedLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Links of a business, a customer or an invoice that were made until `ended_at` are dead."""

    business_id: str
    scope: Scope
    id: str
    ended_at: datetime


async def end_links(tx: Transaction, scope: Scope, id_: str, at: datetime) -> None:
    """End all links that were made until then."""
    await tx.run(_END, scope=scope, id=id_, ended_at=at)


async def find_end(tx: Transaction, customer_id: str, invoice_id: str) -> datetime | None:
    """Until when links of this customer for this invoice are dead; None while none was ended."""
    return await tx.value(_FIND_END, datetime, customer_id=customer_id, invoice_id=invoice_id)


async def list_ended(tx: Transaction, business: str, limit: int) -> Sequence[EndedLinks]:
    """What was ended, the newest first; of one business or, without one, of all."""
    return await tx.all(_LIST, EndedLinks, business=business, limit=limit)


async def forget_old_ends(tx: Transaction, before: datetime) -> None:
    """Delete ends of links whose own time is up since."""
    await tx.run(_FORGET_OLD, before=before)

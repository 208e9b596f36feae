"""What each contact is reached by: a row for each address, found by a blind index, and what is wrong."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from chassis.database import Transaction
from chassis.rotation import KeyedColumn
from servicehub_events import Channel

from notifier.domain.channels import AddressIndex
from notifier.domain.recipients import ContactAddress, address_of, reachable_by

KEYED: Final = (
    KeyedColumn("BLIND_INDEX_KEYS", "contact_channels", "address_index", index=True),
    KeyedColumn("BLIND_INDEX_KEYS", "deliveries", "address_index", index=True),
)

_KEY: Final = "business_id, customer_id, contact_id, channel"
# Whoever has another address is reached by it, whatever was wrong with the one before. One key is as good as
# another while they rotate.
_PUT: Final = (
    f"INSERT INTO contact_channels AS c ({_KEY}, address_index)"  # noqa: S608  # ours
    " VALUES (:business_id, :customer_id, :contact_id, :channel, :address_index)"
    f" ON CONFLICT ({_KEY}) DO UPDATE SET address_index = EXCLUDED.address_index,"
    " fault = CASE WHEN c.address_index = ANY(:accepted) THEN c.fault END,"
    " fault_at = CASE WHEN c.address_index = ANY(:accepted) THEN c.fault_at END,"
    " stop_told_at = CASE WHEN c.address_index = ANY(:accepted) THEN c.stop_told_at END"
    " WHERE c.address_index <> EXCLUDED.address_index"
)
_FORGET_OTHERS: Final = (
    "DELETE FROM contact_channels c WHERE (business_id, customer_id) IN (SELECT business_id, customer_id"
    " FROM jsonb_to_recordset(CAST(:customers AS jsonb)) AS k(business_id text, customer_id text))"
    " AND NOT EXISTS (SELECT FROM jsonb_to_recordset(CAST(:kept AS jsonb))"
    "  AS k(business_id text, customer_id text, contact_id text, channel text)"
    "  WHERE k.business_id = c.business_id AND k.customer_id = c.customer_id"
    "  AND k.contact_id = c.contact_id AND k.channel = c.channel)"
)
_LIST_ENDED: Final = (
    "SELECT contact_id, channel FROM contact_channels"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND fault IS NOT NULL"
)
_OF_ADDRESS: Final = "business_id = :business_id AND channel = :channel AND address_index = ANY(:indexes)"
_MARK_FAULT: Final = (
    f"UPDATE contact_channels SET fault = :fault, fault_at = :now WHERE {_OF_ADDRESS}"  # noqa: S608  # ours
    " AND fault IS DISTINCT FROM :fault"
)
_FORGET_FAULT: Final = (
    f"UPDATE contact_channels SET fault = NULL, fault_at = NULL WHERE {_OF_ADDRESS}"  # noqa: S608  # ours
    " AND fault IS NOT NULL"
)
_CONTACTS: Final = " RETURNING business_id, customer_id, contact_id"
_STOP_TEXTS: Final = (
    "UPDATE contact_channels SET fault = 'opted_out', fault_at = :now WHERE channel = 'sms'"  # noqa: S608  # ours
    f" AND address_index = ANY(:indexes) AND fault IS DISTINCT FROM 'opted_out'{_CONTACTS}"
)
_RESUME_TEXTS: Final = (
    "UPDATE contact_channels SET fault = NULL, fault_at = NULL WHERE channel = 'sms'"  # noqa: S608  # ours
    f" AND address_index = ANY(:indexes) AND fault = 'opted_out'{_CONTACTS}"
)
_FIND_STOP_TOLD: Final = f"SELECT max(stop_told_at) FROM contact_channels WHERE {_OF_ADDRESS}"  # noqa: S608  # ours
_MARK_STOP_TOLD: Final = f"UPDATE contact_channels SET stop_told_at = :now WHERE {_OF_ADDRESS}"  # noqa: S608  # ours
# Of codes, which name no customer: whose address it was is forgotten with whoever had it.
_FORGET_SENT: Final = (
    "UPDATE deliveries SET address_index = NULL, sent_to = NULL WHERE business_id = :business_id"
    " AND address_index IN (SELECT address_index FROM contact_channels"
    "  WHERE business_id = :business_id AND customer_id = :customer_id)"
)
_FORGET_CUSTOMER: Final = (
    "DELETE FROM contact_channels WHERE business_id = :business_id AND customer_id = :customer_id"
)
_LIST_OUTDATED: Final = (
    "SELECT DISTINCT business_id, customer_id FROM contact_channels"
    " WHERE NOT starts_with(address_index, :prefix) LIMIT :limit"
)


class NumberOwner(msgspec.Struct, frozen=True):
    """A contact whose number it is."""

    business_id: str
    customer_id: str
    contact_id: str


class CustomerKey(msgspec.Struct, frozen=True):
    """A customer of a business."""

    business_id: str
    customer_id: str


class _EndedChannel(msgspec.Struct, frozen=True):
    contact_id: str
    channel: Channel


async def replace_channels(
    tx: Transaction, customers: Sequence[tuple[CustomerKey, Sequence[ContactAddress]]], index: AddressIndex
) -> None:
    """Store what the contacts of customers, who are locked, are reached by. A fault goes with its address."""
    rows = [
        _row(customer, contact, channel, index)
        for customer, contacts in customers
        for contact in contacts
        for channel in reachable_by(contact)
    ]
    keys = [msgspec.structs.asdict(customer) for customer, _ in customers]
    if keys:
        kept = [{name: row[name] for name in _KEY.split(", ")} for row in rows]
        await tx.run(_FORGET_OTHERS, customers=json.dumps(keys), kept=json.dumps(kept))
    await tx.run_each(_PUT, rows)


async def list_ended(tx: Transaction, customer_id: str) -> set[tuple[str, Channel]]:
    """By what contacts of a customer are not reached: contact and channel."""
    rows = await tx.all(_LIST_ENDED, _EndedChannel, customer_id=customer_id)
    return {(row.contact_id, row.channel) for row in rows}


async def mark_fault(
    tx: Transaction, channel: Channel, indexes: Sequence[str], fault: str, now: datetime
) -> None:
    """Nothing reaches this address of the business any more."""
    await tx.run(_MARK_FAULT, channel=channel, indexes=list(indexes), fault=fault, now=now)


async def forget_fault(tx: Transaction, channel: Channel, indexes: Sequence[str]) -> None:
    """Something reached this address of the business."""
    await tx.run(_FORGET_FAULT, channel=channel, indexes=list(indexes))


async def stop_texts(tx: Transaction, indexes: Sequence[str], now: datetime) -> Sequence[NumberOwner]:
    """No text goes to this number; whose it is, of all businesses, who were not known to have ended texts."""
    return await tx.all(_STOP_TEXTS, NumberOwner, indexes=list(indexes), now=now)


async def resume_texts(tx: Transaction, indexes: Sequence[str]) -> Sequence[NumberOwner]:
    """Texts go to this number again; whose it is, of all businesses, who had ended them."""
    return await tx.all(_RESUME_TEXTS, NumberOwner, indexes=list(indexes))


async def find_stop_told(tx: Transaction, indexes: Sequence[str]) -> datetime | None:
    """When a text of this business last told a number how texts end."""
    return await tx.value(_FIND_STOP_TOLD, datetime, channel="sms", indexes=list(indexes))


async def mark_stop_told(tx: Transaction, indexes: Sequence[str], now: datetime) -> None:
    """A text of this business told a number how texts end."""
    await tx.run(_MARK_STOP_TOLD, channel="sms", indexes=list(indexes), now=now)


async def forget_channels(tx: Transaction, customer_id: str) -> None:
    """Delete what an erased customer was reached by, and where codes went to."""
    await tx.run(_FORGET_SENT, customer_id=customer_id)
    await tx.run(_FORGET_CUSTOMER, customer_id=customer_id)


async def list_outdated(tx: Transaction, prefix: str, limit: int) -> Sequence[CustomerKey]:
    """Customers of all businesses with an index that a former key wrote."""
    return await tx.all(_LIST_OUTDATED, CustomerKey, prefix=prefix, limit=limit)


def _row(
    customer: CustomerKey, contact: ContactAddress, channel: Channel, index: AddressIndex
) -> dict[str, object]:
    address, business_id = address_of(contact, channel), customer.business_id
    return {
        "business_id": business_id,
        "customer_id": customer.customer_id,
        "contact_id": contact.contact_id,
        "channel": channel,
        "address_index": index.current(business_id, channel, address),
        "accepted": index.accepted(business_id, channel, address),
    }

"""Whose status is to be decided anew, and what is wrong with addresses.

`status_rules` of a contact are the countries under which its status was last decided, "" before that.
Whoever decides it holds the contact's row, so that nobody else appends to its stream.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec
from chassis.database import Transaction
from servicehub_events import Channel

from auth_otp.domain.contact_status import StatusRow

OUTDATED: Final = "outdated_statuses"
"""The NOTIFY channel that wakes who watches contacts."""

_RULES: Final = (
    "WITH r AS MATERIALIZED"
    " (SELECT business_id, concat_ws(' ', state ->> 'country', CAST(:countries AS text)) AS rules"
    " FROM businesses)"
)
_LOCK_OF_ADDRESS: Final = (
    f"{_RULES} SELECT c.*, r.rules FROM contacts c JOIN r USING (business_id)"  # noqa: S608  # ours
    " WHERE c.business_id = :business_id AND (c.email_index = ANY(:indexes) OR c.phone_index = ANY(:indexes))"
    " ORDER BY c.customer_id, c.contact_id FOR UPDATE OF c"
)
_IDS: Final = "SELECT business_id, customer_id, contact_id FROM contacts WHERE"
_OF_OTHER_RULES: Final = f"{_IDS} business_id = r.business_id AND status_rules {{}} r.rules"
_LOCK_OUTDATED: Final = (
    # Two ranges of an index for each business: a look costs what is outdated, not all contacts.
    f"{_RULES}, due AS MATERIALIZED (SELECT outdated.* FROM r CROSS JOIN LATERAL"  # noqa: S608  # ours
    f" ({_OF_OTHER_RULES.format('<')} UNION ALL {_OF_OTHER_RULES.format('>')}) AS outdated"
    f" UNION {_IDS} guard_ends <= now() LIMIT :limit)"
    " SELECT c.*, r.rules FROM due JOIN contacts c USING (business_id, customer_id, contact_id)"
    " JOIN r USING (business_id) FOR UPDATE OF c SKIP LOCKED"
)
_WAKE: Final = "SELECT pg_notify(:channel, '')"
_MARK_DECIDED: Final = (
    "UPDATE contacts SET status_rules = :rules, guard_ends = :guard_ends"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND contact_id = :contact_id"
)
_MARK_OUTDATED: Final = (
    "UPDATE contacts SET status_rules = '' WHERE business_id = :business_id AND contact_id = ANY(:ids)"
    " RETURNING contact_id"
)
_MARK_FAULT: Final = (
    "UPDATE contacts SET {0}_fault = :fault, status_rules = '' WHERE business_id = :business_id"
    " AND {0}_index IS NOT NULL AND {0}_fault IS DISTINCT FROM :fault AND {1}"
)
_THIS: Final = "customer_id = :customer_id AND contact_id = :contact_id"
_OF_CODE: Final = (
    "{}_index IN (SELECT address_index FROM sign_in_log"
    " WHERE business_id = :business_id AND kind = 'code_sent' AND detail = :caused_by)"
)
_NAMES: Final[dict[Channel, str]] = {"email": "email", "sms": "phone"}
_MARK_FAULT_OF_CONTACT: Final = {channel: _MARK_FAULT.format(name, _THIS) for channel, name in _NAMES.items()}
_MARK_FAULT_OF_CODE: Final = {
    channel: _MARK_FAULT.format(name, _OF_CODE.format(name)) for channel, name in _NAMES.items()
}


class _Contact(msgspec.Struct, frozen=True):
    contact_id: str


async def lock_contacts_of_address(
    tx: Transaction, indexes: Sequence[str], countries: Sequence[str]
) -> list[StatusRow]:
    """The contacts that have an address, whoever of them may sign in."""
    return await tx.all(_LOCK_OF_ADDRESS, StatusRow, indexes=list(indexes), countries=" ".join(countries))


async def lock_outdated_statuses(tx: Transaction, countries: Sequence[str], limit: int) -> list[StatusRow]:
    """Contacts of all businesses that changed since their status was decided, or whose guard is over."""
    return await tx.all(_LOCK_OUTDATED, StatusRow, countries=" ".join(countries), limit=limit)


async def wake_watch(tx: Transaction) -> None:
    """Have outdated statuses decided as soon as this is committed."""
    await tx.run(_WAKE, channel=OUTDATED)


async def mark_status_decided(tx: Transaction, row: StatusRow, guard_ends: datetime | None) -> None:
    """The status of a contact is decided, until its guard ends."""
    ids = {"customer_id": row.customer_id, "contact_id": row.contact_id}
    await tx.run(_MARK_DECIDED, **ids, rules=row.rules, guard_ends=guard_ends)


async def mark_status_outdated(tx: Transaction, contact_ids: Collection[str]) -> set[str]:
    """Let the status of contacts be decided anew; the ids of those that there are."""
    rows = await tx.all(_MARK_OUTDATED, _Contact, ids=list(contact_ids))
    return {row.contact_id for row in rows}


async def mark_fault_of_contact(
    tx: Transaction, channel: Channel, customer_id: str, contact_id: str, fault: str | None
) -> None:
    """What is wrong with the address of a contact, or that nothing is."""
    ids = {"customer_id": customer_id, "contact_id": contact_id}
    await tx.run(_MARK_FAULT_OF_CONTACT[channel], **ids, fault=fault)


async def mark_fault_of_code(tx: Transaction, channel: Channel, caused_by: str, fault: str | None) -> None:
    """The same of the address that a code was sent to, for everybody who has it."""
    await tx.run(_MARK_FAULT_OF_CODE[channel], caused_by=caused_by, fault=fault)

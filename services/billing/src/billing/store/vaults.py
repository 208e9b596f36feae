"""Vaults: where the cards of a contact are kept at the processor, one for each account of the business.

No card is here, and no name. A vault that is to be erased is nobody's any more: its row stays until the
processor has deleted it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from chassis.database import Transaction, lock_customers

CHANNEL = "vaults"
"""The NOTIFY channel that says: some are to be erased now."""

_FIND = (
    "SELECT * FROM vaults WHERE business_id = :business_id AND account = :account"
    " AND customer_id = :customer_id AND contact_id = :contact_id AND erase_at IS NULL"
)
# Nobody gets one who was erased or is no contact of the customer.
_ADD = (
    "INSERT INTO vaults (business_id, vault_id, account, customer_id, contact_id)"
    " SELECT business_id, :vault_id, :account, customer_id, :contact_id FROM customers"
    " WHERE business_id = :business_id AND customer_id = :customer_id AND NOT erased"
    " AND contacts ? :contact_id ON CONFLICT DO NOTHING"
)
_THIS_ONE = "WHERE business_id = :business_id AND vault_id = :vault_id"
_MARK_OPENED = f"UPDATE vaults SET reference = :reference {_THIS_ONE} RETURNING erase_at IS NULL"  # noqa: S608  # ours, as below
_WAKE = f"pg_notify('{CHANNEL}', '')"
_MARK_GONE = (
    f"WITH gone AS (UPDATE vaults SET erase_at = :now {_THIS_ONE} AND erase_at IS NULL RETURNING vault_id)"  # noqa: S608  # ours
    f" SELECT {_WAKE} WHERE EXISTS (SELECT FROM gone)"
)
_FORGET = (
    "WITH gone AS (UPDATE vaults AS v SET erase_at = now() FROM customers AS c"  # noqa: S608  # ours
    " JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " USING (business_id, customer_id) WHERE v.business_id = c.business_id AND v.customer_id = c.customer_id"
    " AND v.erase_at IS NULL AND (c.erased OR NOT c.contacts ? v.contact_id) RETURNING v.vault_id)"
    f" SELECT {_WAKE} WHERE EXISTS (SELECT FROM gone)"
)
_FOLLOW = (
    "UPDATE vaults AS v SET left_at = CASE WHEN v.account = b.state->>'stripe_account' THEN NULL"
    " ELSE coalesce(v.left_at, now()) END FROM businesses AS b"
    " WHERE v.business_id = b.business_id AND b.business_id = ANY(CAST(:businesses AS text[]))"
)
_FORGET_LEFT = "UPDATE vaults SET erase_at = now() WHERE erase_at IS NULL AND left_at < :before"
_LOCK_DUE = (
    "UPDATE vaults SET erase_at = :again WHERE (business_id, vault_id) IN (SELECT business_id, vault_id"
    " FROM vaults WHERE erase_at <= :now ORDER BY erase_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *"
)
_POSTPONE = f"UPDATE vaults SET erase_at = :until {_THIS_ONE}"  # noqa: S608  # ours
_DELETE = f"DELETE FROM vaults {_THIS_ONE}"  # noqa: S608  # ours


class Vault(msgspec.Struct, frozen=True, kw_only=True):
    """A vault; `reference` is the processor's id of it, None until it has one."""

    business_id: str
    vault_id: str
    account: str
    customer_id: str
    contact_id: str
    reference: str | None


async def find_vault(tx: Transaction, account: str, customer_id: str, contact_id: str) -> Vault | None:
    """The vault of a contact on an account of the business."""
    return await tx.one(_FIND, Vault, account=account, customer_id=customer_id, contact_id=contact_id)


async def add_vault(
    tx: Transaction, vault_id: str, account: str, customer_id: str, contact_id: str
) -> Vault | None:
    """The vault of a contact, a new one unless there is one; None for who was erased or has left."""
    await lock_customers(tx, [(tx.business_id, customer_id)], alone=False)
    key = {"account": account, "customer_id": customer_id, "contact_id": contact_id}
    await tx.run(_ADD, vault_id=vault_id, **key)
    return await tx.one(_FIND, Vault, **key)


async def mark_opened(tx: Transaction, vault: Vault, reference: str) -> bool:
    """Store what the processor calls it. False when it is to be erased meanwhile."""
    return bool(await tx.value(_MARK_OPENED, bool, **_key(vault), reference=reference))


async def mark_gone(tx: Transaction, vault: Vault, now: datetime) -> None:
    """The vault is of no use any more: its contact gets another one."""
    await tx.run(_MARK_GONE, **_key(vault), now=now)


async def forget_vaults(tx: Transaction, customers: Sequence[tuple[str, str]]) -> None:
    """Have the vaults of those erased who are erased, or whom these customers have no more as contacts."""
    keys = [{"business_id": business, "customer_id": customer} for business, customer in customers]
    if keys:
        await tx.run(_FORGET, keys=msgspec.json.encode(keys).decode())


async def follow_accounts(tx: Transaction, businesses: Collection[str]) -> None:
    """Note since when each vault is on an account that its business does not use."""
    if businesses:
        await tx.run(_FOLLOW, businesses=sorted(businesses))


async def forget_left(tx: Transaction, before: datetime) -> None:
    """Have those erased whose account the business left before a time."""
    await tx.run(_FORGET_LEFT, before=before)


async def lock_due(tx: Transaction, now: datetime, *, again: datetime) -> Vault | None:
    """Take a vault that is to be erased, until `again`. Commit before asking."""
    return await tx.one(_LOCK_DUE, Vault, now=now, again=again)


async def postpone(tx: Transaction, vault: Vault, until: datetime) -> None:
    """The processor will not delete it before that time."""
    await tx.run(_POSTPONE, **_key(vault), until=until)


async def delete_vault(tx: Transaction, vault: Vault) -> None:
    """Nothing of it is left at the processor."""
    await tx.run(_DELETE, **_key(vault))


def _key(vault: Vault) -> dict[str, str]:
    return {"business_id": vault.business_id, "vault_id": vault.vault_id}

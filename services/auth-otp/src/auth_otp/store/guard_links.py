"""Links "it was not me", and until when their addresses are guarded. Tokens are kept by blind index alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Transaction, lock_named
from chassis.rotation import KeyedColumn

from auth_otp.domain.guarding import GuardLink

KEYED: Final = (
    KeyedColumn("BLIND_INDEX_KEYS", "guard_links", "address_index", index=True),
    KeyedColumn("FIELD_ENCRYPTION_KEYS", "guard_links", "address_cipher"),
)
"""A link lives for a day, and is kept for some more."""

_ADD: Final = (
    "INSERT INTO guard_links (business_id, token_index, address_index, address_cipher, locale, expires_at)"
    " VALUES (:business_id, :token_index, :address_index, :address_cipher, :locale, now() + :life)"
    " ON CONFLICT DO NOTHING"
)
_FIND_OWNER: Final = "SELECT business_id FROM guard_link_owners WHERE token_index = ANY(:indexes) LIMIT 1"
_FIND: Final = (
    "SELECT address_index, address_cipher, locale, guarded_until FROM guard_links"
    " WHERE business_id = :business_id AND token_index = ANY(:indexes) AND expires_at > now()"
)
_FIND_GUARDED: Final = (
    "SELECT max(guarded_until) FROM guard_links WHERE business_id = :business_id"
    " AND address_index = ANY(:indexes) AND guarded_until > now()"
)
_CONFIRM: Final = (
    "UPDATE guard_links SET guarded_until = now() + :life WHERE business_id = :business_id"
    " AND token_index = ANY(:indexes) RETURNING guarded_until"
)
_FORGET: Final = "DELETE FROM guard_links WHERE business_id = :business_id AND address_index = ANY(:indexes)"
# Kept for a week, so that who comes late is told so in the business's own page.
_FORGET_OLD: Final = (
    "DELETE FROM guard_links WHERE expires_at < now() - interval '7 days'"
    " AND coalesce(guarded_until, expires_at) < now()"
)


async def add_guard_link(
    tx: Transaction,
    token_index: str,
    address_index: str,
    address_cipher: bytes,
    locale: str,
    life: timedelta,
) -> None:
    """Keep a link that is about to be sent, once."""
    await tx.run(
        _ADD,
        token_index=token_index,
        address_index=address_index,
        address_cipher=address_cipher,
        locale=locale,
        life=life,
    )


async def find_link_owner(tx: Transaction, indexes: Sequence[str]) -> str | None:
    """The business of a link, also of one that has run out; None for a token that was never sent."""
    return await tx.value(_FIND_OWNER, str, indexes=list(indexes))


async def find_guard_link(tx: Transaction, indexes: Sequence[str]) -> GuardLink | None:
    """A link of the business that has not run out."""
    return await tx.one(_FIND, GuardLink, indexes=list(indexes))


async def find_guarded_until(tx: Transaction, address_indexes: Sequence[str]) -> datetime | None:
    """Until when an address is guarded, or None."""
    return await tx.value(_FIND_GUARDED, datetime, indexes=list(address_indexes))


async def lock_guard(tx: Transaction, address_index: str) -> None:
    """Let nobody else guard this address until the end of the transaction."""
    await lock_named(tx, [f"guard/{tx.business_id}/{address_index}"])


async def confirm_guard(tx: Transaction, indexes: Sequence[str], life: timedelta) -> datetime:
    """Guard the address of a link from now on; until when."""
    until = await tx.value(_CONFIRM, datetime, indexes=list(indexes), life=life)
    assert until is not None  # noqa: S101  # the caller holds its row's address, and rows of live links stay
    return until


async def forget_guard_links(tx: Transaction, addresses: Iterable[Sequence[str]]) -> None:
    """Forget the links of addresses, each given by its indexes, that a contact has no more."""
    if indexes := [index for address in addresses for index in address]:
        await tx.run(_FORGET, indexes=indexes)


async def forget_old_guard_links(tx: Transaction) -> None:
    """Links of all businesses that ran out a week ago."""
    await tx.run(_FORGET_OLD)

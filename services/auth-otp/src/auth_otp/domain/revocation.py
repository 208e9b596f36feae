"""Why a session must end when a customer changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from servicehub_events import RevocationReason


@dataclass(frozen=True, slots=True)
class Standing:
    """What sign-in depends on: the customer, and each contact's addresses as every accepted blind index."""

    erased: bool = False
    portal_access: bool = True
    addresses: Mapping[str, Collection[str]] | None = None


def why_revoke(contact_id: str, proven_address: str, now: Standing) -> RevocationReason | None:
    """The reason to end a session of this contact, which proved the address of this blind index, if any."""
    if now.erased:
        return "customer_erased"
    if not now.portal_access:
        return "access_withdrawn"
    addresses = (now.addresses or {}).get(contact_id)
    if addresses is None:
        return "contact_removed"
    return None if proven_address in addresses else "address_changed"

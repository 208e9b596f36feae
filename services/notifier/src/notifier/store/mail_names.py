"""Under which name each business writes mails: its first slug, kept for ever.

A reader's program keeps a conversation by the address it comes from, and knows it when the portal has moved.
"""

from collections.abc import Iterable
from typing import Final

from chassis.database import Transaction
from servicehub_events import Business

_ADD: Final = "INSERT INTO mail_names (business_id, name) VALUES (:business_id, :name) ON CONFLICT DO NOTHING"
_FIND: Final = "SELECT name FROM mail_names WHERE business_id = :business_id"


async def add_mail_names(tx: Transaction, businesses: Iterable[Business]) -> None:
    """Keep the first slug of each business that is new."""
    first = {one.business_id: (*one.former_slugs, one.slug)[0] for one in businesses}
    await tx.run_each(_ADD, [{"business_id": id_, "name": name} for id_, name in sorted(first.items())])


async def find_mail_name(tx: Transaction) -> str | None:
    """The name of this business; None before its first event."""
    return await tx.value(_FIND, str)

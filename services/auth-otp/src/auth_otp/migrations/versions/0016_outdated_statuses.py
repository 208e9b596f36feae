"""Contacts whose status is outdated are found without a walk through all of them."""

from typing import Final

from alembic import op

revision = "0016"
down_revision = "0015"

_STATEMENTS: Final = (
    "CREATE INDEX contacts_by_status_rules ON contacts (business_id, status_rules)",
    "CREATE INDEX contacts_by_guard_ends ON contacts (guard_ends) WHERE guard_ends IS NOT NULL",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

"""A request of a code is claimed for a while, and again until the notifier has taken the code over.

Codes that wait in a lane of their own in the outbox are lost: whoever waits for one asks again.
"""

from typing import Final

from alembic import op
from chassis.database.migrations import outbox_3

revision = "0006"
down_revision = "0005"

_STATEMENTS: Final = (
    "ALTER TABLE code_requests ADD next_try_at timestamptz NOT NULL DEFAULT now(),"
    " ADD tries integer NOT NULL DEFAULT 0",
    "ALTER TABLE code_requests RENAME generation TO code_number",
    "CREATE INDEX code_requests_due ON code_requests (next_try_at)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    outbox_3()

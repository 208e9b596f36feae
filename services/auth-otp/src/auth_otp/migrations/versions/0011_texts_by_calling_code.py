"""Texts are counted by calling code too, and a code is asked for in a browser that is known, or not."""

from typing import Final

from alembic import op

revision = "0011"
down_revision = "0010"

_STATEMENTS: Final = (
    "ALTER TABLE sms_days ADD calling_code text NOT NULL DEFAULT '', DROP CONSTRAINT sms_days_pkey,"
    " ADD PRIMARY KEY (business_id, day, calling_code)",
    "CREATE INDEX sms_days_by_day ON sms_days (day)",
    "ALTER TABLE code_requests ADD known_browser boolean NOT NULL DEFAULT false",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

"""Codes have as many digits as the wrong codes of the day ask for, and may leave after the request."""

from typing import Final

from alembic import op
from chassis.database.migrations import protect_1

revision = "0007"
down_revision = "0006"

_STATEMENTS: Final = (
    "ALTER TABLE failures ADD digits smallint NOT NULL DEFAULT 6, DROP CONSTRAINT failures_pkey,"
    " ADD PRIMARY KEY (business_id, address_index, bucket, day, digits)",
    "ALTER TABLE failures ALTER digits DROP DEFAULT",
    "CREATE TABLE sprays (business_id text NOT NULL, day date NOT NULL, digits smallint NOT NULL,"
    " count integer NOT NULL, PRIMARY KEY (business_id, day, digits))",
    "CREATE INDEX sprays_by_day ON sprays (day)",
    "ALTER TABLE code_requests ADD digits smallint NOT NULL DEFAULT 6",
    "ALTER TABLE code_requests ALTER digits DROP DEFAULT",
)
# Owned by the owner, whom row-level security does not bind: it shows sums over all businesses alone.
_SPRAYS_TODAY: Final = """
CREATE VIEW sprays_today AS SELECT digits, sum(count)::bigint AS count FROM sprays
WHERE day = (now() AT TIME ZONE 'UTC')::date GROUP BY digits
"""


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    protect_1("sprays", "auth_otp", web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE, DELETE")
    op.execute(_SPRAYS_TODAY)
    op.execute("GRANT SELECT ON sprays_today TO auth_otp_web")

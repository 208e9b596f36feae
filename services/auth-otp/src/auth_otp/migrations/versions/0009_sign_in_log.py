"""What happened at sign-in lately, for operators: by blind index and network, and no longer than it helps."""

from typing import Final

from alembic import op
from chassis.database.migrations import protect_1

revision = "0009"
down_revision = "0008"

_TABLE: Final = """
CREATE TABLE sign_in_log (
    business_id text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    address_index text NOT NULL,
    network text NOT NULL,
    detail text NOT NULL,
    PRIMARY KEY (business_id, number)
)
"""


def upgrade() -> None:
    op.execute(_TABLE)
    op.execute("CREATE INDEX sign_in_log_by_number ON sign_in_log (number)")
    op.execute("CREATE INDEX sign_in_log_by_time ON sign_in_log (at)")
    op.execute("CREATE INDEX sign_in_log_by_address ON sign_in_log (business_id, address_index)")
    protect_1("sign_in_log", "auth_otp", web="INSERT", worker="SELECT, INSERT, DELETE")

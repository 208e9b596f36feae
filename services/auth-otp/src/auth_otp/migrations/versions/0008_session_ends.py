"""Which sessions ended before their time, by the database's clock, for the services that verify tokens.

They ask for those of all businesses at once, so the web role reads a view, which names no business or person.
"""

from typing import Final

from alembic import op
from chassis.database.migrations import protect_1

revision = "0008"
down_revision = "0007"

_TABLE: Final = """
CREATE TABLE session_ends (
    business_id text NOT NULL,
    session_id text NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, session_id)
)
"""
_VIEW: Final = "CREATE VIEW all_session_ends AS SELECT session_id, ended_at, expires_at FROM session_ends"


def upgrade() -> None:
    op.execute(_TABLE)
    op.execute("CREATE INDEX session_ends_by_time ON session_ends (ended_at)")
    op.execute("CREATE INDEX session_ends_by_expiry ON session_ends (expires_at)")
    protect_1("session_ends", "auth_otp", web="INSERT", worker="SELECT, INSERT, DELETE")
    op.execute(_VIEW)
    op.execute("GRANT SELECT ON all_session_ends TO auth_otp_web")

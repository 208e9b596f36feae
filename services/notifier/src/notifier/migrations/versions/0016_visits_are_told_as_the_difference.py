"""What each contact was last told of a visit. Visits that are known already count as told, as they are."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0016"
down_revision = "0015"

_TELLINGS = """
CREATE TABLE visit_tellings (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    appointment_id text NOT NULL,
    series_id text,
    former bytea,
    told bytea NOT NULL,
    round text NOT NULL,
    status text NOT NULL CHECK (status IN ('telling', 'failed', 'told')),
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (business_id, customer_id, contact_id, appointment_id)
)
"""
# What happened before a notifier was there is history, which nobody is told of. One that has read anything
# already is no new one.
_HISTORY = """
CREATE TABLE history (
    ended_at timestamptz NOT NULL
)
"""
_STATEMENTS = (
    "CREATE INDEX visit_tellings_ended ON visit_tellings (ends_at)",
    "ALTER TABLE notification_sources ADD texts bytea, ADD known bytea",
    "ALTER TABLE deliveries ADD others text[] NOT NULL DEFAULT '{}'",
    "INSERT INTO history SELECT CASE WHEN EXISTS (SELECT FROM notification_sources)"
    " THEN '-infinity'::timestamptz ELSE now() - interval '1 hour' END",
    "GRANT SELECT ON history TO notifier_worker",
)


def upgrade() -> None:
    op.execute(_TELLINGS)
    protect_1("visit_tellings", "notifier", worker="SELECT, INSERT, UPDATE, DELETE")
    op.execute(_HISTORY)
    for statement in _STATEMENTS:
        op.execute(statement)

"""Reminders: what is said because time passes, by the moment at which it is due."""

from typing import Final

from alembic import op
from chassis.database.migrations import protect_1

revision = "0015"
down_revision = "0014"

_ALL: Final = "SELECT, INSERT, UPDATE, DELETE"
_TABLES: Final = {
    # One that was told keeps its row until it is over, so that it is not told again. `told_as` names the
    # message that several of one customer may share, `asked` what was still to pay then, in minor units.
    "reminders": """
CREATE TABLE reminders (
    business_id text NOT NULL,
    aggregate text NOT NULL CHECK (aggregate IN ('appointment', 'invoice')),
    subject_id text NOT NULL,
    kind text NOT NULL,
    step integer NOT NULL,
    occasion text NOT NULL,
    customer_id text NOT NULL,
    day date NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    outcome text CHECK (outcome IN ('told', 'dropped')),
    told_as text,
    asked bigint,
    waits_since timestamptz,
    PRIMARY KEY (business_id, aggregate, subject_id, kind, step, occasion),
    CONSTRAINT reminders_told CHECK ((told_as IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'told'))
)
""",
    # What a business's reminders were planned by: a business that says otherwise is planned anew, from the
    # visit or invoice after `planned_to` on; NULL there is done.
    "reminder_plans": """
CREATE TABLE reminder_plans (
    business_id text PRIMARY KEY,
    version bigint NOT NULL,
    hours_before integer[] NOT NULL,
    time_zone text NOT NULL,
    planned_to text[]
)
""",
}
_STATEMENTS: Final = (
    "CREATE INDEX reminders_due ON reminders (due_at, business_id) WHERE outcome IS NULL",
    "CREATE INDEX reminders_of_business ON reminders (business_id, due_at) WHERE outcome IS NULL",
    "CREATE INDEX reminders_by_customer ON reminders (business_id, customer_id)",
    "CREATE INDEX reminders_over ON reminders (expires_at)",
)


def upgrade() -> None:
    for table, statement in _TABLES.items():
        op.execute(statement)
        protect_1(table, "notifier", worker=_ALL)
    for statement in _STATEMENTS:
        op.execute(statement)

"""Preferences that contacts set here: their streams, encrypted, and the channels that kinds may go by."""

from typing import Final

from alembic import op
from chassis.database.migrations import sealed_events_1

revision = "0014"
down_revision = "0013"

_SAME_TENANT: Final = "business_id = current_setting('app.business_id', true)"
_STATEMENTS: Final = (
    "ALTER TABLE preferences ADD channels jsonb NOT NULL DEFAULT '{}'",
    "GRANT SELECT, INSERT, UPDATE ON preferences TO notifier_web",
    "CREATE POLICY web_may ON preferences TO notifier_web USING (true) WITH CHECK (true)",
    "CREATE POLICY web_tenant ON preferences AS RESTRICTIVE TO notifier_web"
    f" USING ({_SAME_TENANT}) WITH CHECK ({_SAME_TENANT})",
)


def upgrade() -> None:
    sealed_events_1("notifier")
    for statement in _STATEMENTS:
        op.execute(statement)

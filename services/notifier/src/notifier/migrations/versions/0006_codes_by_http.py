"""Codes that are handed over by HTTP: the web role adds them, encrypted, for one business at a time."""

from alembic import op

revision = "0006"
down_revision = "0005"

_SAME_TENANT = "business_id = current_setting('app.business_id', true)"
_STATEMENTS = (
    # Address and code lie in one of two columns, by the way they came, and only while the delivery is due.
    """
ALTER TABLE deliveries
    ADD content bytea,
    DROP CONSTRAINT deliveries_sealed,
    ADD CONSTRAINT deliveries_content
        CHECK (num_nonnulls(content, sealed) = (status = 'due' AND contact_id IS NULL)::integer)
""",
    "GRANT INSERT ON deliveries TO notifier_web",
    "CREATE POLICY web_may ON deliveries FOR INSERT TO notifier_web WITH CHECK (urgent AND status = 'due')",
    "CREATE POLICY web_tenant ON deliveries AS RESTRICTIVE FOR INSERT TO notifier_web"
    f" WITH CHECK ({_SAME_TENANT})",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

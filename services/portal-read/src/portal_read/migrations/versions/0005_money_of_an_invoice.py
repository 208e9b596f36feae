"""An invoice is covered when the contract's money function says so: money in another currency covers nothing.

Payments no longer repeat what each invoice received, and a projection's tables have a schema version.
"""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"

_COVERED_BY_OTHER_CURRENCIES = """
UPDATE {s}.invoices i SET covered = false WHERE i.covered AND i.owed > (
    SELECT coalesce(sum(t.received), 0) FROM {s}.payment_invoices t
    JOIN {s}.payments p ON p.business_id = t.business_id AND p.id = t.payment_id AND p.version = t.version
    WHERE t.business_id = i.business_id AND t.invoice_id = i.id
    AND p.state ->> 'currency' = i.state ->> 'currency'
)
"""


def upgrade() -> None:
    op.alter_column("projections", "shape", new_column_name="schema_version")
    projections = op.get_bind().execute(
        text("SELECT quote_ident(name) FROM projections WHERE schema_version = 1")
    )
    for schema in projections.scalars().all():
        op.execute(_COVERED_BY_OTHER_CURRENCIES.format(s=schema))
        op.execute(f"ALTER TABLE {schema}.payment_invoices DROP COLUMN received")

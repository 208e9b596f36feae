"""Tables and columns are called by what they hold, as the code calls it; an appointment is one everywhere."""

from alembic import op

revision = "0009"
down_revision = "0008"

_TABLES = {"subjects": "notification_sources", "news": "pending_notifications"}
_COLUMNS = {
    ("notification_sources", "news_version"): "notified_version",
    ("pending_notifications", "heard_at"): "received_at",
}
_INDEXES = {
    "subjects_pkey": "notification_sources_pkey",
    "subjects_by_customer": "notification_sources_by_customer",
    "news_pkey": "pending_notifications_pkey",
    "news_due": "pending_notifications_due",
    "news_by_customer": "pending_notifications_by_customer",
    "news_by_subject": "pending_notifications_by_subject",
}
_APPOINTMENT = "UPDATE {} SET aggregate = 'appointment' WHERE aggregate = 'visit'"


def upgrade() -> None:
    for old, new in _TABLES.items():
        op.rename_table(old, new)
    for (table, old), new in _COLUMNS.items():
        op.alter_column(table, old, new_column_name=new)
    for old, new in _INDEXES.items():
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    op.execute("ALTER TABLE notification_sources DROP CONSTRAINT subjects_aggregate_check")
    for table in ("notification_sources", "pending_notifications", "deliveries"):
        op.execute(_APPOINTMENT.format(table))
    op.execute(
        "ALTER TABLE notification_sources ADD CONSTRAINT notification_sources_aggregate"
        " CHECK (aggregate IN ('appointment', 'invoice', 'payment'))"
    )

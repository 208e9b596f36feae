"""Tables and columns are called by what they hold, as the code calls it."""

from alembic import op

revision = "0008"
down_revision = "0007"

_COLUMNS = {
    ("checkout_sessions", "look_at"): "next_check_at",
    ("checkout_sessions", "looks"): "checks",
    ("accounts", "heard_until"): "events_listed_until",
    ("accounts", "ask_at"): "next_check_at",
    ("webhooks", "look_at"): "next_try_at",
    ("webhooks", "looks"): "tries",
    ("webhooks", "heard_by"): "found_by",
}
_INDEXES = ("open", "payment", "customer")


def upgrade() -> None:
    op.rename_table("attempts", "checkout_sessions")
    op.execute("ALTER INDEX attempts_pkey RENAME TO checkout_sessions_pkey")
    for name in _INDEXES:
        op.execute(f"ALTER INDEX attempts_{name} RENAME TO checkout_sessions_{name}")
    for (table, column), name in _COLUMNS.items():
        op.alter_column(table, column, new_column_name=name)

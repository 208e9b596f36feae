"""A session, and a passkey, may rest on a second address that its contact proved as well."""

from typing import Final

from alembic import op

revision = "0015"
down_revision = "0014"

_STATEMENTS: Final = (
    "ALTER TABLE sessions ADD second_cipher bytea",
    "ALTER TABLE passkeys ADD second_cipher bytea",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)

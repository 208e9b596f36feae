"""Which projections the workers keep current, and of what shape each is."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # What is there was made by `migrate`, of the first shape, and filled by the workers.
    op.execute("ALTER TABLE projections ADD COLUMN shape integer NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE projections ADD COLUMN followed boolean NOT NULL DEFAULT true")
    op.execute("ALTER TABLE projections ALTER COLUMN shape DROP DEFAULT")
    op.execute("ALTER TABLE projections ALTER COLUMN followed SET DEFAULT false")

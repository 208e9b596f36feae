"""The event store, the slug directory and the published files."""

from alembic import op
from chassis.database.migrations import create_event_store_1, protect_1

revision = "0001"
down_revision = None

_SLUGS = """
CREATE TABLE slugs (
    slug text PRIMARY KEY,
    business_id text NOT NULL
)
"""
_ASSETS = """
CREATE TABLE assets (
    business_id text NOT NULL,
    name text NOT NULL,
    hash text NOT NULL,
    content_type text NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (business_id, name, hash)
)
"""


def upgrade() -> None:
    """Create everything."""
    create_event_store_1("branding")
    op.execute(_ASSETS)
    protect_1("assets", "branding", web="SELECT, INSERT", worker="SELECT")
    _create_slug_directory()


def _create_slug_directory() -> None:
    """Anyone may ask whose a slug is; a tenant claims only for itself; nobody takes one away."""
    op.execute(_SLUGS)
    op.execute("ALTER TABLE slugs ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT ON slugs TO branding_web")
    op.execute("CREATE POLICY web_reads_all ON slugs FOR SELECT TO branding_web USING (true)")
    op.execute(
        "CREATE POLICY web_claims_own ON slugs FOR INSERT TO branding_web"
        " WITH CHECK (business_id = current_setting('app.business_id', true))"
    )

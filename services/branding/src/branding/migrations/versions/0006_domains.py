"""Which business asks for which domain, and when its record is looked at next."""

from alembic import op
from chassis.database.migrations import protect_1

revision = "0006"
down_revision = "0005"

_DOMAINS = """
CREATE TABLE domains (
    business_id text PRIMARY KEY,
    domain text NOT NULL,
    value text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    failing_since timestamptz,
    check_at timestamptz NOT NULL
)
"""

_OWNERS = "CREATE VIEW domain_owners AS SELECT domain, business_id FROM domains WHERE status = 'verified'"


def upgrade() -> None:
    """A domain is verified for one business alone; several may ask for it until then.

    Whose a verified one is anybody may ask of the view, which runs with its owner's rights, as of a slug. A
    tenant writes its own row, and never as verified.
    """
    op.execute(_DOMAINS)
    op.execute("CREATE UNIQUE INDEX domains_verified ON domains (domain) WHERE status = 'verified'")
    op.execute("CREATE INDEX domains_due ON domains (check_at)")
    protect_1("domains", "branding", web="SELECT, INSERT, UPDATE, DELETE", worker="SELECT, UPDATE")
    for command in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE POLICY web_asks_{command.lower()} ON domains AS RESTRICTIVE FOR {command}"
            " TO branding_web WITH CHECK (status = 'pending')"
        )
    op.execute(_OWNERS)
    op.execute("GRANT SELECT ON domain_owners TO branding_web")

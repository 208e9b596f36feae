"""What migrations make the tables of identity with, anew or from what a service kept before.

As in `chassis.database.migrations`, the SQL of a released revision never changes. Imported by migrations
alone: no serving process needs Alembic.
"""

from typing import Final

from alembic import op
from servicehub_events import LARGEST_SEQUENCE

from chassis.database.migrations import protect_1

_BUSINESSES_1: Final = """
CREATE TABLE businesses (
    business_id text PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL
)
"""
_BUSINESS_SLUGS_1: Final = """
CREATE TABLE business_slugs (
    slug text NOT NULL,
    business_id text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (slug, business_id)
)
"""
_CUSTOMERS_1: Final = """
CREATE TABLE customers (
    business_id text NOT NULL,
    customer_id text NOT NULL,
    version bigint NOT NULL,
    portal_access boolean NOT NULL,
    erased boolean NOT NULL,
    contacts jsonb NOT NULL,
    PRIMARY KEY (business_id, customer_id)
)
"""
_ENDED_SESSIONS_1: Final = """
CREATE TABLE ended_sessions (
    business_id text NOT NULL,
    session_id text NOT NULL,
    version bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    customer_id text,
    contact_id text,
    reason text,
    PRIMARY KEY (business_id, session_id)
)
"""


def create_identity_1(service: str, *, ended_sessions: bool = True) -> None:
    """Tables `businesses`, `business_slugs`, `customers`, `ended_sessions`, and the view `slugs`.

    The web role reads its tenant's rows, and the view without a tenant. Without `ended_sessions` for the
    service that ends sessions: it knows which live, and must not ask which ended.
    """
    kept = {"businesses": _BUSINESSES_1, "business_slugs": _BUSINESS_SLUGS_1, "customers": _CUSTOMERS_1}
    for table, statement in kept.items():
        op.execute(statement)
        protect_1(table, service, web="SELECT", worker="SELECT, INSERT, UPDATE")
    if ended_sessions:
        op.execute(_ENDED_SESSIONS_1)
        protect_1("ended_sessions", service, web="SELECT", worker="SELECT, INSERT, UPDATE, DELETE")
    op.execute(slugs_view_1("public"))
    op.execute(f"GRANT SELECT ON slugs TO {service}_web")


def slugs_view_1(schema: str) -> str:
    """The statement for the view `slugs` over a schema's tables: each slug's owner, and its present slug.

    A present slug beats a former one, and then the lower business id wins. A view runs with the rights of its
    owner, whom row-level security does not bind: a slug is looked up before the tenant is known.
    """
    return (
        f"CREATE VIEW {schema}.slugs AS"  # noqa: S608  # a name of our own
        " SELECT DISTINCT ON (s.slug) s.slug, s.business_id, b.state ->> 'slug' AS present_slug"
        f" FROM {schema}.business_slugs s"
        f" JOIN {schema}.businesses b ON b.business_id = s.business_id AND b.version = s.version"
        " ORDER BY s.slug, s.slug = b.state ->> 'slug' DESC, s.business_id"
    )


def set_aside_1(*tables: str) -> None:
    """Move tables with their indexes into a schema `former`, out of the way of new ones of the same names."""
    op.execute("DROP VIEW IF EXISTS slugs")
    op.execute("CREATE SCHEMA former")
    for table in tables:
        op.execute(f"ALTER TABLE {table} SET SCHEMA former")


def drop_former_1() -> None:
    """Drop what was set aside."""
    op.execute("DROP SCHEMA former CASCADE")


def keep_businesses_1(*, state: str = "state", read_again: bool = False) -> None:
    """Take businesses and slugs over from `former.businesses AS b`; `state` is SQL for the whole state."""
    op.execute(
        "INSERT INTO businesses (business_id, version, state)"  # noqa: S608  # SQL of our own
        f" SELECT business_id, version - {int(read_again)}, {state} FROM former.businesses AS b"
    )
    op.execute(
        "INSERT INTO business_slugs (slug, business_id, version)"
        " SELECT state ->> 'slug', business_id, version FROM businesses UNION"
        " SELECT jsonb_array_elements_text(state -> 'former_slugs'), business_id, version FROM businesses"
    )


def keep_customers_1(*, contacts: str, read_again: bool = False) -> None:
    """Take customers over from `former.customers AS c`; `contacts` is SQL for their roles by contact id."""
    op.execute(
        "INSERT INTO customers"  # noqa: S608  # SQL of our own
        " (business_id, customer_id, version, portal_access, erased, contacts)"
        " SELECT business_id, customer_id,"
        f" CASE WHEN erased THEN {LARGEST_SEQUENCE} ELSE version - {int(read_again)} END,"
        f" portal_access AND NOT erased, erased, CASE WHEN erased THEN '{{}}' ELSE {contacts} END"
        " FROM former.customers AS c"
    )


def read_again_1(consumer: str, topic: str) -> None:
    """Have a consumer read a topic from its beginning once more.

    Rows that were kept with `read_again` are one version lower than their newest record: that record is taken
    once more, and nothing older ever is. So no right comes back on the way that was lost meanwhile.
    """
    op.execute(f"DELETE FROM positions WHERE consumer = '{consumer}' AND topic = '{topic}'")  # noqa: S608  # ours

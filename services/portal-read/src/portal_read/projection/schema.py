"""Makes a projection: its schema, tables, indexes, rights and views, as the owner.

Indexes are cut to what a page asks for, so that its cost does not grow with a customer's history.
"""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from chassis.database.migrations import protect_1
from sqlalchemy import Connection, text
from sqlalchemy.schema import CreateTable

from portal_read.projection import names
from portal_read.projection.tables import (
    CLOSED_APPOINTMENT,
    IN_CREDIT,
    OPEN_APPOINTMENT,
    SETTLED,
    UNPAID,
    tables,
)

SERVICE = "portal_read"

_INDEXES = (
    "INDEX ON {s}.business_slugs (slug)",
    "INDEX ON {s}.customers (business_id, id) WHERE state IS NULL",
    "INDEX ON {s}.sessions (business_id, customer_id)",
    f"INDEX ON {{s}}.appointments (business_id, customer_id, ends_at, id) WHERE {OPEN_APPOINTMENT}",
    f"INDEX ON {{s}}.appointments (business_id, customer_id, starts_at, id) WHERE {OPEN_APPOINTMENT}",
    f"INDEX ON {{s}}.appointments (business_id, customer_id, starts_at, id) WHERE {CLOSED_APPOINTMENT}",
    f"INDEX ON {{s}}.invoices (business_id, customer_id, due_on, id) WHERE {UNPAID}",
    f"INDEX ON {{s}}.invoices (business_id, customer_id, issued_on, id) WHERE {SETTLED}",
    f"INDEX ON {{s}}.invoices (business_id, customer_id, id) WHERE {IN_CREDIT}",
    "INDEX ON {s}.payments (business_id, customer_id)",
    "INDEX ON {s}.payment_invoices (business_id, payment_id)",
    "INDEX ON {s}.payment_invoices (business_id, customer_id)",
    "INDEX ON {s}.autopays (business_id, customer_id)",
    "INDEX ON {s}.messages (business_id, customer_id)",
    "INDEX ON {s}.messages (business_id, invoice_id) WHERE invoice_id IS NOT NULL",
    "INDEX ON {s}.messages (business_id, payment_id) WHERE payment_id IS NOT NULL",
)
# Views run with their owner's rights: what web may know without a tenant, and no more.
_VIEWS = (
    "VIEW {s}.slugs AS SELECT n.slug, n.business_id, b.slug AS present_slug FROM {s}.business_slugs n"
    " JOIN {s}.businesses b ON b.business_id = n.business_id AND b.version = n.version",
    # Of the names of a business its own domain alone has a dot.
    "VIEW {s}.portals AS SELECT b.slug, (SELECT n.slug FROM {s}.business_slugs n"
    " WHERE n.business_id = b.business_id AND n.version = b.version AND strpos(n.slug, '.') > 0) AS domain"
    " FROM {s}.businesses b WHERE b.enabled",
    "VIEW {s}.freshness AS SELECT CASE WHEN count(DISTINCT consumer) = 2 AND count(*) = count(caught_up_at)"
    " THEN min(caught_up_at) END AS as_of FROM public.positions WHERE consumer IN ({consumers})",
    "VIEW {s}.changes AS SELECT coalesce(sum(next_offset), 0)::bigint AS count FROM public.positions"
    " WHERE consumer IN ({consumers})",
)

_REGISTER = text("INSERT INTO public.projections (name, schema_version) VALUES (:name, :version)")
# A namesake that was dropped may have left some: an empty projection begins at the beginning of the log.
_FORGET_POSITIONS = text("DELETE FROM public.positions WHERE consumer = ANY(:consumers)")


def ensure_projection(connection: Connection) -> None:
    """Create the first projection where there is none to show yet; the workers fill it from the start."""
    if connection.execute(text("SELECT FROM public.active_projection")).first() is None:
        create_projection(connection, names.FIRST)
        connection.execute(text("UPDATE public.projections SET followed = true"))
        connection.execute(
            text("INSERT INTO public.active_projection (name) VALUES (:name)"), {"name": names.FIRST}
        )


def create_projection(connection: Connection, schema: str) -> None:
    """Create an empty projection in a new schema, followed by nobody. Raises ValueError for a bad name."""
    s = names.checked(schema)
    run = connection.exec_driver_sql
    run(f"CREATE SCHEMA {s}")
    run(f"GRANT USAGE ON SCHEMA {s} TO {SERVICE}_web, {SERVICE}_worker")
    with Operations.context(MigrationContext.configure(connection)):
        for table in tables(s).all():
            connection.execute(CreateTable(table))
            protect_1(f"{s}.{table.name}", SERVICE, web="SELECT", worker="SELECT, INSERT, UPDATE, DELETE")
    consumers = ", ".join(f"'{name}'" for name in names.consumer_names(s))
    for statement in (*_INDEXES, *_VIEWS):
        run(f"CREATE {statement.format(s=s, consumers=consumers)}")
    for view in ("slugs", "portals", "freshness", "changes"):
        run(f"GRANT SELECT ON {s}.{view} TO {SERVICE}_web, {SERVICE}_worker")
    connection.execute(_FORGET_POSITIONS, {"consumers": names.consumer_names(s)})
    connection.execute(_REGISTER, {"name": s, "version": names.SCHEMA_VERSION})

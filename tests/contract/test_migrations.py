"""The tables a service's code names are the tables its migrations make, guarded per tenant."""

from typing import cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from chassis.identity import tables, upsert_businesses, upsert_customers, upsert_session_ends
from local_stack.environment import SERVICES
from portal_testing.plugin import FreshDatabase
from sqlalchemy import Connection, MetaData, Table, create_engine, text

from tests.contract.test_one_shape import modules

pytestmark = pytest.mark.stack
PACKAGES = [package for package, _ in SERVICES.values()]
_IDENTITY = {
    upsert_businesses: (tables.businesses, tables.business_slugs),
    upsert_customers: (tables.customers,),
    upsert_session_ends: (tables.ended_sessions,),
}
"""The tables that a service keeps whose reactions call these."""
FROM_CODE = {"portal_read"}
"""Makes the tables of a projection from its code, at run time: there is nothing to drift apart."""
WITHOUT_TABLES = {"branding"}
"""Upserts nothing: its statements name their columns."""

_UNGUARDED = text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'business_id' AND NOT a.attisdropped"
    " WHERE c.relkind = 'r' AND NOT c.relrowsecurity"
    " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
)
_WEB_READS_WITHOUT_TENANT = text(
    "SELECT p.polname, c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    " WHERE p.polpermissive AND EXISTS (SELECT FROM unnest(p.polroles) r WHERE r = to_regrole(:web))"
    " AND NOT EXISTS (SELECT FROM pg_policy q WHERE q.polrelid = p.polrelid AND NOT q.polpermissive"
    " AND q.polroles = p.polroles) AND c.relname NOT LIKE '%slug%'"
)


def tables_of(package: str) -> set[Table]:
    """The tables that a service's code names, and those that it keeps for identity."""
    parts = ("tables", "store", "reactions")
    values = [value for part in parts for module in modules(package, part) for value in vars(module).values()]
    named = {cast("Table", value) for value in values if isinstance(value, Table)}
    return named.union(*(kept for upsert, kept in _IDENTITY.items() if any(v is upsert for v in values)))


def differences(connection: Connection, metadata: MetaData, names: set[str]) -> list[object]:
    """What Alembic would change in the database, indexes aside, so that it has these tables of `metadata`."""

    def is_expected(_: object, name: str | None, kind: str, *__: object) -> bool:
        return kind != "index" and (kind != "table" or name in names)

    options = {"include_object": is_expected, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


@pytest.mark.parametrize("package", [package for package in PACKAGES if package not in FROM_CODE])
async def test_tables_in_code_and_in_the_database_are_equal(
    package: str, fresh_database: FreshDatabase
) -> None:
    urls = await fresh_database(package)
    expected = tables_of(package)
    assert expected or package in WITHOUT_TABLES
    engine = create_engine(urls.owner.replace("postgresql://", "postgresql+psycopg://", 1))

    with engine.connect() as connection:
        for metadata in {table.metadata for table in expected}:
            names = {table.name for table in expected if table.metadata is metadata}
            assert differences(connection, metadata, names) == []
    engine.dispose()


@pytest.mark.parametrize("package", PACKAGES)
async def test_every_table_with_a_business_is_guarded(package: str, fresh_database: FreshDatabase) -> None:
    urls = await fresh_database(package)
    engine = create_engine(urls.owner.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        assert connection.execute(_UNGUARDED).scalars().all() == []
        assert connection.execute(_WEB_READS_WITHOUT_TENANT, {"web": f"{package}_web"}).all() == []
    engine.dispose()

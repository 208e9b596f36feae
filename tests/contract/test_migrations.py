"""The tables a service's code names are the tables its migrations make, guarded per tenant."""

from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from local_stack.environment import SERVICES
from local_stack.testing.plugin import FreshDatabase
from sqlalchemy import MetaData, create_engine, text

pytestmark = pytest.mark.stack
PACKAGES = [package for package, _ in SERVICES.values()]
FROM_CODE = {"portal_read"}
"""Makes the tables of a projection from its code, at run time: there is nothing to drift apart."""
NO_TABLES = {"branding"}
"""Names its tables in statements alone."""
TABLES = {"auth_otp": "chassis.identity.tables"}
"""Where a service's tables are named in code, if not in its own `tables`."""
ABSENT = {("auth_otp", "ended_sessions")}
"""Who ends sessions knows which of them live."""

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


def _named_in_code(_: object, __: str | None, kind: str, reflected: bool, counterpart: object) -> bool:
    return kind != "index" and not (kind == "table" and reflected and counterpart is None)


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in FROM_CODE | NO_TABLES])
async def test_tables_in_code_and_in_the_database_are_equal(
    package: str, fresh_database: FreshDatabase
) -> None:
    urls = await fresh_database(package)
    named: MetaData = import_module(TABLES.get(package, f"{package}.tables")).metadata
    metadata = MetaData()
    for table in named.sorted_tables:
        if (package, table.name) not in ABSENT:
            table.to_metadata(metadata)
    engine = create_engine(urls.owner.replace("postgresql://", "postgresql+psycopg://", 1))

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": _named_in_code, "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.parametrize("package", PACKAGES)
async def test_every_table_with_a_business_is_guarded(package: str, fresh_database: FreshDatabase) -> None:
    urls = await fresh_database(package)
    engine = create_engine(urls.owner.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        assert connection.execute(_UNGUARDED).scalars().all() == []
        assert connection.execute(_WEB_READS_WITHOUT_TENANT, {"web": f"{package}_web"}).all() == []
    engine.dispose()

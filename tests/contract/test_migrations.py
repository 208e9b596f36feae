"""The tables a service's code names are the tables its migrations make, guarded per tenant."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from local_stack.environment import SERVICES
from local_stack.testing.plugin import FreshDatabase
from sqlalchemy import MetaData, Table, create_engine, text

pytestmark = pytest.mark.stack
PACKAGES = [package for package, _ in SERVICES.values()]
FROM_CODE = {"portal_read"}
"""Makes the tables of a projection from its code, at run time: there is nothing to drift apart."""

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


def _modules(package: str) -> Iterator[ModuleType]:
    """Where a service may define tables: `tables`, or its store, be it a file or a folder."""
    for part in ("tables", "store"):
        if find_spec(f"{package}.{part}") is None:
            continue
        yield (module := import_module(f"{package}.{part}"))
        for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
            yield import_module(f"{package}.{part}.{found.name}")


def _tables(package: str) -> MetaData:
    """Every table that a service's code defines."""
    metadata = MetaData()
    for module in _modules(package):
        for value in vars(module).values():
            if isinstance(value, Table) and value.name not in metadata.tables:
                value.to_metadata(metadata)
    return metadata


def _named_in_code(_: object, __: str | None, kind: str, reflected: bool, counterpart: object) -> bool:
    return kind != "index" and not (kind == "table" and reflected and counterpart is None)


def test_the_code_defines_tables_so_that_this_can_fail() -> None:
    assert {"customers", "preferences", "subjects"} <= set(_tables("notifier").tables)


@pytest.mark.parametrize("package", [package for package in PACKAGES if package not in FROM_CODE])
async def test_tables_in_code_and_in_the_database_are_equal(
    package: str, fresh_database: FreshDatabase
) -> None:
    urls = await fresh_database(package)
    engine = create_engine(urls.owner.replace("postgresql://", "postgresql+psycopg://", 1))

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": _named_in_code, "compare_type": True}
        )
        assert compare_metadata(context, _tables(package)) == []
    engine.dispose()


@pytest.mark.parametrize("package", PACKAGES)
async def test_every_table_with_a_business_is_guarded(package: str, fresh_database: FreshDatabase) -> None:
    urls = await fresh_database(package)
    engine = create_engine(urls.owner.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        assert connection.execute(_UNGUARDED).scalars().all() == []
        assert connection.execute(_WEB_READS_WITHOUT_TENANT, {"web": f"{package}_web"}).all() == []
    engine.dispose()

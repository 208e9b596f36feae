"""The wall between tenants as a role of a service meets it: every table is tried, as the role itself.

A row of two businesses is made up for each table from its columns, so that a table nobody thought of is tried
too. It all happens in one transaction of the administrator, which is rolled back: a schema that is broken on
purpose costs milliseconds, and no other test sees it.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import msgspec
from chassis.database import Database, Transaction
from chassis.settings import Secret
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal_testing.stack import Servers

TENANT, OTHER = "b-1", "b-2"
_OURS: Final = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
_LIST_RELATIONS: Final = (
    "SELECT c.oid::regclass::text AS name, c.relkind = 'v' AS view, EXISTS (SELECT FROM pg_attribute a"
    " WHERE a.attrelid = c.oid AND a.attname = 'business_id') AS of_tenants"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    f" WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {_OURS} ORDER BY c.relkind, 1"
)
_LIST_COLUMNS: Final = (
    "SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_attribute a"
    " WHERE a.attrelid = CAST(:relation AS regclass) AND a.attnum > 0 AND NOT a.attisdropped"
    " AND a.attidentity = '' AND a.attgenerated = ''"
)
_LIST_CHECKS: Final = (
    "SELECT r.conrelid::regclass::text AS relation, quote_ident(r.conname) AS name FROM pg_constraint r"
    f" JOIN pg_namespace n ON n.oid = r.connamespace WHERE r.contype = 'c' AND r.conrelid <> 0 AND {_OURS}"
)
_SEE: Final = "SELECT business_id FROM {}"
_ADD: Final = f"INSERT INTO {{}} (business_id) VALUES ('{OTHER}')"
_EXAMPLES: Final = {
    "text": "'b-{n}'",
    "bytea": "'b-{n}'",
    "jsonb": "'{{}}'",
    "boolean": "true",
    "uuid": "gen_random_uuid()",
    "date": "now()",
    "timestamp with time zone": "now()",
    "text[]": "'{{}}'",
    "integer[]": "'{{}}'",
}


class Relation(msgspec.Struct, frozen=True):
    """A table or view, and whether its rows belong to tenants."""

    name: str
    view: bool
    of_tenants: bool


class _Column(msgspec.Struct, frozen=True):
    name: str
    type: str


class _Check(msgspec.Struct, frozen=True):
    relation: str
    name: str


class TenantWalls:
    """A service's database with a row of two businesses in each table, as its roles may see it."""

    def __init__(self, tx: Transaction, package: str, relations: Sequence[Relation]) -> None:
        self.tx, self.package, self.relations = tx, package, relations

    @classmethod
    @asynccontextmanager
    async def of(cls, servers: Servers, package: str) -> AsyncGenerator[Self]:
        """The walls of a new database; all that is done to them is rolled back."""
        urls = await servers.fresh_database(package)
        path = urlsplit(urls.owner).path
        database = Database(Secret(urlunsplit(urlsplit(servers.superuser_url)._replace(path=path))))
        try:
            async with database.transaction() as tx:
                walls = cls(tx, package, await tx.all(_LIST_RELATIONS, Relation))
                await walls._fill()
                yield walls
                await tx.connection.rollback()
        finally:
            await database.close()

    async def holes(
        self, mutant: Iterable[str] = (), *, role: str = "", only: Relation | None = None
    ) -> set[str]:
        """What the role (by default the web role) can do that a tenant must not, once the mutant has run."""
        holes: set[str] = set()
        async with self.tx.connection.begin_nested() as savepoint:
            for statement in mutant:
                await self.tx.run(statement)
            relations = [only] if only else await self.tx.all(_LIST_RELATIONS, Relation)
            await self.tx.run(f"SET LOCAL ROLE {role or self.package + '_web'}")
            for relation in relations:
                holes |= await self._tried(relation)
            await savepoint.rollback()
        return holes

    async def _fill(self) -> None:
        await self.tx.run("SET LOCAL session_replication_role = replica")  # without foreign keys
        for check in await self.tx.all(_LIST_CHECKS, _Check):
            await self.tx.run(f"ALTER TABLE {check.relation} DROP CONSTRAINT {check.name}")
        for relation in self.relations:
            if relation.of_tenants and not relation.view:
                columns = await self.tx.all(_LIST_COLUMNS, _Column, relation=relation.name)
                names = ", ".join(f'"{column.name}"' for column in columns)
                for n in (1, 2):
                    values = ", ".join(_EXAMPLES.get(column.type, "{n}").format(n=n) for column in columns)
                    await self.tx.run(f"INSERT INTO {relation.name} ({names}) VALUES ({values})")

    async def _tried(self, relation: Relation) -> set[str]:
        name = relation.name
        writes = {} if relation.view else {f"empties {name}": f"TRUNCATE {name} CASCADE"}
        if not relation.of_tenants:
            tries = {f"reads {name}": f"SELECT 1 FROM {name}", **writes}
            return {hole for hole, statement in tries.items() if await self._rows(statement) is not None}
        seen = await self._rows(_SEE.format(name))
        holes = {f"reads {name} of another"} if seen and seen > 1 else set[str]()
        holes |= {f"sees nothing of its own in {name}"} if seen == 0 else set()
        holes |= {f"reads {name} without a tenant"} if await self._rows(_SEE.format(name), "") else set()
        return holes if relation.view else holes | await self._written(name)

    async def _written(self, name: str) -> set[str]:
        tries = {
            f"adds to {name} for another": (_ADD.format(name), TENANT, -1),
            f"adds to {name} without a tenant": (_ADD.format(name), "", -1),
            f"changes {name} of another": (f"UPDATE {name} SET business_id = business_id", TENANT, 1),
            f"gives {name} away": (f"UPDATE {name} SET business_id = '{OTHER}'", TENANT, -1),
            f"deletes {name} of another": (f"DELETE FROM {name}", TENANT, 1),
            f"empties {name}": (f"TRUNCATE {name} CASCADE", TENANT, -1),
        }
        holes: set[str] = set()
        for hole, (statement, tenant, own) in tries.items():
            reached = await self._rows(statement, tenant)
            holes |= {hole} if reached is not None and reached > own else set[str]()
        return holes

    async def _rows(self, statement: str, tenant: str = TENANT) -> int | None:
        """How many rows a statement reaches; None when the role may not. Nothing of it stays."""
        await self.tx.run("SELECT set_config('app.business_id', :tenant, true)", tenant=tenant)
        try:
            async with self.tx.connection.begin_nested() as savepoint:
                reached = await self.tx.run(statement)
                await savepoint.rollback()
                return reached
        except IntegrityError:  # it is no row of its kind, but the wall let it through
            return 0
        except DBAPIError as error:
            if isinstance(error.orig, InsufficientPrivilege):
                return None
            raise

"""Schemas with one fault in the wall between tenants: each of them must make a hole that is found."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from portal_testing.tenant_walls import Relation, TenantWalls

FaultKind = Literal[
    "policy dropped",
    "policy lets read all",
    "policy lets write all",
    "security switched off",
    "table given to the role",
    "table without policy",
    "role bypasses policies",
    "role inherits the owner's",
    "role inherits the worker's",
]
_LIST_POLICIES: Final = (
    "SELECT quote_ident(p.polname) AS name, NOT p.polpermissive AS restrictive,"
    " p.polqual IS NOT NULL AS reads, p.polwithcheck IS NOT NULL AS writes"
    " FROM pg_policy p WHERE p.polrelid = CAST(:relation AS regclass)"
    " AND concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))"
    " LIKE '%app.business_id%'"
)
_MAY: Final = "SELECT has_any_column_privilege(:role, CAST(:relation AS regclass), :rights)"
_ROLE: Final = "mutant_web"
_UNFORESEEN: Final = (
    "CREATE TABLE unforeseen AS SELECT 'b-' || number AS business_id FROM generate_series(1, 2) AS number"
)
_OF_ROLES: Final[Mapping[FaultKind, str]] = {
    "role bypasses policies": "BYPASSRLS IN ROLE {0}_web",
    "role inherits the owner's": "IN ROLE {0}_web, {0}_owner",
    "role inherits the worker's": "IN ROLE {0}_web, {0}_worker",
}


class _Policy(msgspec.Struct, frozen=True):
    name: str
    restrictive: bool
    reads: bool
    writes: bool


@dataclass(frozen=True, slots=True)
class SchemaMutant:
    """A fault as statements, and the role and table at which its hole shows; without a table, at any."""

    kind: FaultKind
    statements: Sequence[str]
    role: str = ""
    shows_at: Relation | None = None


async def schema_mutants(walls: TenantWalls) -> AsyncGenerator[SchemaMutant]:
    """Every fault of every kind, at each table where it makes a difference, and a table nobody thought of."""
    web = f"{walls.package}_web"
    for table in walls.relations:
        if table.of_tenants and not table.view:
            yield SchemaMutant(
                "table given to the role", [f"ALTER TABLE {table.name} OWNER TO {web}"], shows_at=table
            )
            for kind, fault in await _of_policies(walls, table):
                yield SchemaMutant(kind, [fault], shows_at=table)
    unforeseen = [_UNFORESEEN, f"GRANT SELECT ON unforeseen TO {web}"]
    yield SchemaMutant("table without policy", unforeseen)
    for kind, fault in _OF_ROLES.items():
        yield SchemaMutant(kind, [f"CREATE ROLE {_ROLE} {fault.format(walls.package)}"], role=_ROLE)


async def _of_policies(walls: TenantWalls, table: Relation) -> list[tuple[FaultKind, str]]:
    reads, writes = await _may(walls, table, "SELECT"), await _may(walls, table, "INSERT, UPDATE")
    faults: list[tuple[FaultKind, str]] = []
    for policy in await walls.tx.all(_LIST_POLICIES, _Policy, relation=table.name):
        on = f"{policy.name} ON {table.name}"
        if policy.restrictive:
            faults.append(("policy dropped", f"DROP POLICY {on}"))
        if reads and policy.reads:
            faults.append(("policy lets read all", f"ALTER POLICY {on} USING (true)"))
        if writes and policy.writes:
            faults.append(("policy lets write all", f"ALTER POLICY {on} WITH CHECK (true)"))
    if faults:
        faults.append(("security switched off", f"ALTER TABLE {table.name} DISABLE ROW LEVEL SECURITY"))
    return faults


async def _may(walls: TenantWalls, table: Relation, rights: str) -> bool:
    role = f"{walls.package}_web"
    return bool(await walls.tx.value(_MAY, bool, role=role, relation=table.name, rights=rights))

"""What a migration takes away from code that was written before it, as the database itself shows it."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text

_COLUMNS = text(
    "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS in_table,"
    " a.attname AS name, format_type(a.atttypid, a.atttypmod) AS kind, a.attnotnull AS needed,"
    " a.atthasdef OR a.attidentity <> '' AS has_default"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped"
    " AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
    " AND c.relname <> 'alembic_version'"
)


class Column(NamedTuple):
    """A column as code that reads or writes it knows it."""

    in_table: str
    name: str
    kind: str
    needed: bool
    has_default: bool

    @property
    def must_be_given(self) -> bool:
        """Whether a row without it is refused."""
        return self.needed and not self.has_default


Schema = Mapping[tuple[str, str], Column]


def schema_of(connection: Connection) -> Schema:
    """Every column of tables and views, by table and name."""
    rows = [Column(*row) for row in connection.execute(_COLUMNS)]
    return {(column.in_table, column.name): column for column in rows}


def taken_away(before: Schema, after: Schema) -> set[str]:
    """What older code can no longer do: `table` or `table.column`, and how if it is still there."""
    tables_after = {table for table, _ in after}
    gone = {table for table, _ in before} - tables_after
    taken = set(gone)
    for (table, name), column in before.items():
        if table in gone:
            continue
        now = after.get((table, name))
        if now is None:
            taken.add(f"{table}.{name}")
        elif now.kind != column.kind:
            taken.add(f"{table}.{name} as {column.kind}")
        elif now.must_be_given and not column.must_be_given:
            taken.add(f"{table}.{name} left out")
    tables_before = {table for table, _ in before}
    for (table, name), column in after.items():
        if table in tables_before and (table, name) not in before and column.must_be_given:
            taken.add(f"{table}.{name} left out")
    return taken

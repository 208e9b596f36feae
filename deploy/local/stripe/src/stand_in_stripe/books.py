"""The books in one SQLite file: every object of every account.

All work on them is done without awaiting, so whatever happens at once is done one after the other, and a
transaction is never seen half done.
"""

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from stand_in_stripe.errors import StripeError
from stand_in_stripe.objects import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    position INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    created INTEGER NOT NULL, due REAL, body BLOB NOT NULL, UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS objects_listed ON objects (account, kind, position);
CREATE INDEX IF NOT EXISTS objects_due ON objects (kind, due) WHERE due IS NOT NULL;
"""
Value = str | int | Sequence[str]
"""What a field has to hold, or one of several."""
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Owned(NamedTuple):
    """An object, and the account in whose books it is."""

    account: str
    object: Json


class Selection(NamedTuple):
    """Which objects a list has: by their fields, by their moment (`gte`: …), by places in the list."""

    fields: Mapping[str, Value] = {}
    created: Mapping[str, int] = {}
    below: int | None = None
    above: int | None = None


class Books:
    """`path` may be `:memory:`."""

    def __init__(self, path: Path | str) -> None:
        if isinstance(path, Path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, isolation_level=None)
        # A kill must lose nothing that was answered; a power cut may.
        self.db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing; a refusal that is remembered keeps what was written before it.

        Within another one it is a part of that.
        """
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException as error:
            kept = isinstance(error, StripeError) and error.remembered
            self.db.execute("COMMIT" if kept else "ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def put(self, account: str, written: Json, due: float | None = None) -> None:
        """Write an object, new or changed. `due`: when time itself will change it, in Unix seconds."""
        row = (account, written["object"], written["id"], written["created"], due)
        self.db.execute(
            "INSERT INTO objects (account, kind, id, created, due, body) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET due = excluded.due, body = excluded.body",
            (*row, msgspec.json.encode(written)),
        )

    def move(self, kind: str, identifier: str, account: str) -> None:
        """Let an object be another account's."""
        sql = "UPDATE objects SET account = ? WHERE kind = ? AND id = ?"
        self.db.execute(sql, (account, kind, identifier))

    def find(self, kind: str, identifier: str) -> Owned | None:
        """One object of any account: for the pages, which know no account."""
        sql = "SELECT account, body FROM objects WHERE kind = ? AND id = ?"
        return next(iter(self._owned(sql, (kind, identifier))), None)

    def position(self, account: str, kind: str, identifier: str) -> int | None:
        """The place of an object in its list, or None when there is no such object."""
        sql = "SELECT position FROM objects WHERE account = ? AND kind = ? AND id = ?"
        row = self.db.execute(sql, (account, kind, identifier)).fetchone()
        return row[0] if row else None

    def newest(
        self, account: str | None, kind: str, limit: int = -1, wanted: Selection | None = None
    ) -> list[Owned]:
        """The newest objects first; with `wanted.above`, those right above it. No account: of every one."""
        wanted = wanted or Selection()
        conditions, values = _where(account, kind, wanted)
        order = "ASC" if wanted.above is not None else "DESC"
        sql = f"SELECT account, body FROM objects WHERE {conditions} ORDER BY position {order} LIMIT ?"  # noqa: S608  # names of ours
        owned = self._owned(sql, (*values, limit))
        return owned[::-1] if order == "ASC" else owned

    def due(self, kind: str, now: float, limit: int = -1) -> list[Owned]:
        """What time has overtaken, the oldest object first."""
        sql = "SELECT account, body FROM objects WHERE kind = ? AND due <= ? ORDER BY position LIMIT ?"
        return self._owned(sql, (kind, now, limit))

    def next_due(self, kind: str, after: float) -> float | None:
        """When time overtakes the next object of a kind, in Unix seconds."""
        sql = "SELECT min(due) FROM objects WHERE kind = ? AND due > ?"
        return self.db.execute(sql, (kind, after)).fetchone()[0]

    def _owned(self, sql: str, values: Sequence[object]) -> list[Owned]:
        rows = self.db.execute(sql, values).fetchall()
        return [Owned(account, msgspec.json.decode(body)) for account, body in rows]


def _where(account: str | None, kind: str, wanted: Selection) -> tuple[str, list[object]]:
    conditions, values = ["kind = ?"], list[object]([kind])
    for field, value in wanted.fields.items():
        several = [value] if isinstance(value, str | int) else value
        conditions.append(f"json_extract(body, ?) IN ({', '.join('?' * len(several))})")
        values += [f"$.{field}", *several]
    compared = [("account =", account), ("position <", wanted.below), ("position >", wanted.above)]
    compared += [(f"created {COMPARISONS[name]}", moment) for name, moment in wanted.created.items()]
    for comparison, value in compared:
        if value is not None:
            conditions.append(f"{comparison} ?")
            values.append(value)
    return " AND ".join(conditions), values

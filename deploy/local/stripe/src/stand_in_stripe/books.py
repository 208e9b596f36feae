"""The books in one SQLite file: every object of every account.

All work on them is done without awaiting, so whatever happens at once is done one after the other, and a
transaction is never seen half done.
"""

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from stand_in_stripe.shapes import (
    Account,
    Charge,
    Dispute,
    Event,
    LineItems,
    PaymentIntent,
    Refund,
    Session,
    Shape,
)
from stand_in_stripe.tables import SCHEMA

S = TypeVar("S", bound=Shape)
Comparison = Literal[">", ">=", "<", "<="]
KINDS: dict[type[Shape], str] = {
    Account: "account",
    Charge: "charge",
    Dispute: "dispute",
    Event: "event",
    LineItems: "line_items",
    PaymentIntent: "payment_intent",
    Refund: "refund",
    Session: "checkout.session",
}


class Found(NamedTuple):
    """A session whose time has come, and whose it is."""

    account: str
    session: Session


class Selection(NamedTuple):
    """Which objects a list shall have: by fields of the object, moments, and places in the list."""

    equal: Mapping[str, str] = {}
    one_of: Mapping[str, Sequence[str]] = {}
    created: Sequence[tuple[Comparison, int]] = ()
    below: int | None = None
    above: int | None = None


EVERYTHING = Selection()


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
        """All or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def put(self, account: str, shape: Shape, due: int | None = None) -> None:
        """Write an object, new or changed. `due`: when time itself will change it, in Unix seconds."""
        self.db.execute(
            "INSERT INTO objects (account, kind, id, created, due, body) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET due = excluded.due, body = excluded.body",
            (account, KINDS[type(shape)], shape.id, shape.created, due, msgspec.json.encode(shape)),
        )

    def get(self, account: str, kind: type[S], identifier: str) -> S | None:
        """One object of this account, or None."""
        owner, found = self.find(kind, identifier)
        return found if owner == account else None

    def find(self, kind: type[S], identifier: str) -> tuple[str, S | None]:
        """One object of any account, and whose it is: for the pages, which know no account."""
        row = self.db.execute(
            "SELECT account, body FROM objects WHERE kind = ? AND id = ?", (KINDS[kind], identifier)
        ).fetchone()
        return (row[0], msgspec.json.decode(row[1], type=kind)) if row else ("", None)

    def position(self, account: str, kind: type[Shape], identifier: str) -> int | None:
        """The place of an object in its list, or None when there is no such object."""
        row = self.db.execute(
            "SELECT position FROM objects WHERE account = ? AND kind = ? AND id = ?",
            (account, KINDS[kind], identifier),
        ).fetchone()
        return row[0] if row else None

    def newest(
        self, account: str | None, kind: type[S], limit: int, wanted: Selection = EVERYTHING
    ) -> list[S]:
        """The newest objects first; with `wanted.above`, those right above it. None: of every account."""
        conditions, values = _where(account, KINDS[kind], wanted)
        order = "ASC" if wanted.above is not None else "DESC"
        rows = self.db.execute(
            f"SELECT body FROM objects WHERE {conditions} ORDER BY position {order} LIMIT ?",  # noqa: S608  # names of ours
            (*values, limit),
        ).fetchall()
        found = [msgspec.json.decode(row[0], type=kind) for row in rows]
        return found[::-1] if order == "ASC" else found

    def owners(self, kind: type[Shape]) -> dict[str, str]:
        """Whose each object is, by id."""
        rows = self.db.execute("SELECT id, account FROM objects WHERE kind = ?", (KINDS[kind],))
        return dict(rows.fetchall())

    def due_sessions(self, now: float) -> list[Found]:
        """Sessions that time has overtaken: the page closed, or the voucher lapsed."""
        rows = self.db.execute(
            "SELECT account, body FROM objects WHERE due <= ? AND kind = ? ORDER BY due",
            (now, KINDS[Session]),
        ).fetchall()
        return [Found(account, msgspec.json.decode(body, type=Session)) for account, body in rows]


def _where(account: str | None, kind: str, wanted: Selection) -> tuple[str, list[str | int]]:
    conditions, values = ["kind = ?"], list[str | int]([kind])
    if account is not None:
        conditions.append("account = ?")
        values.append(account)
    for field, value in wanted.equal.items():
        conditions.append("json_extract(body, ?) = ?")
        values += [f"$.{field}", value]
    for field, several in wanted.one_of.items():
        conditions.append(f"json_extract(body, ?) IN ({', '.join('?' * len(several))})")
        values += [f"$.{field}", *several]
    for comparison, moment in wanted.created:
        conditions.append(f"created {comparison} ?")
        values.append(moment)
    for comparison, place in (("<", wanted.below), (">", wanted.above)):
        if place is not None:
            conditions.append(f"position {comparison} ?")
            values.append(place)
    return " AND ".join(conditions), values

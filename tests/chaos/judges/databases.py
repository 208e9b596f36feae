"""What the services really hold: read as their owners, straight from PostgreSQL."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import cast

import psycopg
from chassis.encryption import FieldCipher
from chassis.settings.keys import KeyRing
from local_stack.environment import Addresses
from portal_read.projection.sealed_states import StateCipher

from tests.chaos.actors.aggregates import BUSINESSES
from tests.chaos.judges.expected_rows import Key, Rows, State

CONSUMERS = ("auth_otp", "billing", "notifier", "portal_read")
"""The packages that read the log."""
EVENT_STORES = ("auth_otp", "billing", "branding")
_TIMES = ("starts_at", "ends_at")
_TOLD_OF_UNKNOWN = "', '".join(BUSINESSES)
"""Businesses of whose customers some are never published: a notification for those waits for ten minutes."""
_UNFINISHED = {
    "auth_otp": ("outbox", "code_requests"),
    "billing": ("outbox", "webhooks WHERE handled_at IS NULL"),
    "branding": ("outbox",),
    "notifier": (
        "outbox",
        f"pending_notifications WHERE business_id NOT IN ('{_TOLD_OF_UNKNOWN}')",
        "deliveries WHERE status = 'due'",
    ),
}
"""Package → tables that are empty once it has done all it has to do."""


class Databases:
    """The five databases of a stack, over one connection each."""

    def __init__(
        self,
        connections: Mapping[str, psycopg.AsyncConnection],
        contacts: FieldCipher,
        states: StateCipher,
    ) -> None:
        self._connections = connections
        self._contacts = contacts
        self._states = states

    async def rows(self, package: str, table: str, *key: str) -> Rows:
        """A table by its primary key."""
        rows: Rows = {}
        for (text,) in await self.query(package, f"SELECT to_jsonb(t)::text FROM {table} t"):
            row = cast(State, json.loads(cast(str, text)))
            rows[tuple(str(row.pop(name)) for name in key)] = row | _as_times(row)
        return rows

    async def read_model(self, table: str, *key: str) -> Rows:
        """A table of the first projection, its states opened."""
        rows = await self.rows("portal_read", f"projection_1.{table}", *key)
        return {at: self._opened(table, at, row) for at, row in rows.items()}

    async def contacts(self) -> Rows:
        """Sign-in's contacts, their addresses decrypted."""
        rows = await self.rows("auth_otp", "contacts", "business_id", "customer_id", "contact_id")
        return {key: self._readable(key, row) for key, row in rows.items()}

    async def positions(self) -> dict[tuple[str, str, int], int]:
        """(consumer, topic, partition) → next offset, of all services that consume."""
        return {
            (str(consumer), str(topic), cast(int, partition)): cast(int, offset)
            for package in CONSUMERS
            for consumer, topic, partition, offset in await self.query(
                package, "SELECT consumer, topic, partition, next_offset FROM positions"
            )
        }

    async def dead_letters(self) -> set[tuple[str, str, int, int]]:
        """(consumer, topic, partition, offset) of every record set aside."""
        return {
            (str(consumer), str(topic), cast(int, partition), cast(int, offset))
            for package in CONSUMERS
            for consumer, topic, partition, offset in await self.query(
                package, 'SELECT consumer, topic, partition, "offset" FROM dead_letters'
            )
        }

    async def appended(self) -> dict[str, str]:
        """Every event of every event store: id → business, stream and version."""
        statement = "SELECT event_id, concat_ws(' ', business_id, stream, version) FROM events"
        return {
            str(event): str(place)
            for package in EVENT_STORES
            for event, place in await self.query(package, statement)
        }

    async def unfinished(self) -> dict[str, int]:
        """How much every service still has to do, by what and where; nothing when all is done."""
        counts: dict[str, int] = {}
        for package, tables in _UNFINISHED.items():
            columns = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
            (row,) = await self.query(package, f"SELECT {columns}")
            counts |= {f"{package} {table}": cast(int, n) for table, n in zip(tables, row, strict=True) if n}
        return counts

    async def query(self, package: str, statement: str) -> list[tuple[object, ...]]:
        """The answer to a statement, as the owner of a service's database."""
        cursor = await self._connections[package].execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []

    def _opened(self, table: str, key: Key, row: State) -> State:
        if row.get("state") is None:
            return row
        stored = bytes.fromhex(cast(str, row["state"]).removeprefix("\\x"))
        version = cast(int, row["version"])
        state = self._states.open(table, key[0], key[-1], version, stored)
        return row | {"state": json.loads(state)}

    def _readable(self, key: Key, row: State) -> State:
        email = cast(str | None, row["email_cipher"])
        plain = email and self._contacts.decrypt(
            bytes.fromhex(email.removeprefix("\\x")), context="contacts/" + "/".join(key)
        )
        email_text = plain.decode() if isinstance(plain, bytes) else None
        return {"version": row["version"], "email": email_text, "locale": row["locale"]}


@asynccontextmanager
async def databases_of(
    addresses: Addresses, auth_otp: Mapping[str, str], portal_read: Mapping[str, str]
) -> AsyncGenerator[Databases]:
    """Connect to all of them; the environments are those of processes that hold their keys."""
    async with AsyncExitStack() as stack:
        connections: dict[str, psycopg.AsyncConnection] = {}
        for package, urls in addresses.databases.items():
            connections[package] = await psycopg.AsyncConnection.connect(urls.owner, autocommit=True)
            stack.push_async_callback(connections[package].close)
        contacts, states = (KeyRing.parse(each["FIELD_ENCRYPTION_KEYS"]) for each in (auth_otp, portal_read))
        yield Databases(connections, FieldCipher(contacts), StateCipher.of(states))


def _as_times(row: State) -> State:
    return {name: datetime.fromisoformat(str(row[name])) for name in _TIMES if row.get(name)}

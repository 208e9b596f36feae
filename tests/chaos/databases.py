"""What the services really hold: read as their owners, straight from PostgreSQL."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

import psycopg
from chassis.encryption import FieldCipher
from chassis.settings.keys import KeyRing
from local_stack.environment import Addresses

from .judge import Key, Rows, State

_TIMES = ("starts_at", "ends_at")
_STORES = ("auth_otp", "billing", "branding")


class Databases:
    """The five databases of a stack."""

    def __init__(self, addresses: Addresses, auth_otp: Mapping[str, str]) -> None:
        self._urls = {package: urls.owner for package, urls in addresses.databases.items()}
        self._contacts = FieldCipher(KeyRing.parse(auth_otp["FIELD_ENCRYPTION_KEYS"]))

    async def rows(self, package: str, table: str, *key: str) -> Rows:
        """A table by its primary key."""
        found: Rows = {}
        for (text,) in await self.query(package, f"SELECT to_jsonb(t)::text FROM {table} t"):
            row = cast(State, json.loads(cast(str, text)))
            found[tuple(str(row.pop(name)) for name in key)] = row | _as_times(row)
        return found

    async def contacts(self) -> Rows:
        """Sign-in's contacts, their addresses decrypted."""
        found = await self.rows("auth_otp", "contacts", "business_id", "customer_id", "contact_id")
        return {key: self._readable(key, row) for key, row in found.items()}

    async def positions(self) -> dict[tuple[str, str, int], int]:
        """(consumer, topic, partition) → next offset, of all services that consume."""
        return {
            (str(consumer), str(topic), cast(int, partition)): cast(int, offset)
            for package in ("auth_otp", "billing", "notifier", "portal_read")
            for consumer, topic, partition, offset in await self.query(
                package, "SELECT consumer, topic, partition, next_offset FROM positions"
            )
        }

    async def dead_letters(self) -> set[tuple[str, str, int, int]]:
        """(consumer, topic, partition, offset) of every record set aside."""
        return {
            (str(consumer), str(topic), cast(int, partition), cast(int, offset))
            for package in ("auth_otp", "billing", "notifier", "portal_read")
            for consumer, topic, partition, offset in await self.query(
                package, 'SELECT consumer, topic, partition, "offset" FROM dead_letters'
            )
        }

    async def appended(self) -> dict[str, tuple[str, str, int]]:
        """Every event of every event store: id → (business, stream, version)."""
        return {
            str(event): (str(business), str(stream), cast(int, version))
            for package in _STORES
            for event, business, stream, version in await self.query(
                package, "SELECT event_id, business_id, stream, version FROM events"
            )
        }

    async def unfinished(self, *, mail: bool = True) -> dict[str, int]:
        """How much every service still has to send, by what and where; nothing when all is done."""
        questions = [(package, "outbox") for package in (*_STORES, "notifier")]
        if mail:
            questions += [("auth_otp", "code_requests"), ("notifier", "deliveries WHERE status = 'due'")]
        counts = {
            f"{package} {what}": cast(int, (await self.query(package, f"SELECT count(*) FROM {what}"))[0][0])
            for package, what in questions
        }
        return {name: count for name, count in counts.items() if count}

    async def query(self, package: str, statement: str) -> list[tuple[object, ...]]:
        """The answer to a statement, as the owner of a service's database."""
        async with await psycopg.AsyncConnection.connect(self._urls[package]) as connection:
            cursor = await connection.execute(statement.encode())
            return await cursor.fetchall()

    async def command(self, package: str, statements: str) -> None:
        """Run statements that answer nothing, as the owner of a service's database."""
        async with await psycopg.AsyncConnection.connect(self._urls[package]) as connection:
            await connection.execute(statements.encode())

    def _readable(self, key: Key, row: State) -> State:
        email = cast(str | None, row["email_cipher"])
        plain = email and self._contacts.decrypt(
            bytes.fromhex(email.removeprefix("\\x")), context="contacts/" + "/".join(key)
        )
        email_text = plain.decode() if isinstance(plain, bytes) else None
        return {"version": row["version"], "email": email_text, "locale": row["locale"]}


def _as_times(row: State) -> State:
    return {name: datetime.fromisoformat(str(row[name])) for name in _TIMES if row.get(name)}

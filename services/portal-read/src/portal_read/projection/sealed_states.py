"""States at rest: encrypted under the field key, each for the one row that it lies in.

Table, business, id and version are authenticated: a state that was moved to another row, or put back to an
earlier version of its own, does not open.
"""

from dataclasses import dataclass
from typing import Self, cast

from chassis.database.upsert import Row
from chassis.encryption import FieldCipher
from chassis.settings import KeyRing, MigrateSettings, ServiceSettings


class OpeningSettings(MigrateSettings, frozen=True, kw_only=True):
    """What a command is told that opens states."""

    field_encryption_keys: KeyRing


class FillingSettings(ServiceSettings, frozen=True, kw_only=True):
    """What one is told that reads the log and writes states, as a worker does."""

    field_encryption_keys: KeyRing


@dataclass(frozen=True, slots=True)
class StateCipher:
    """Encrypts and opens the states of every projection."""

    cipher: FieldCipher

    @classmethod
    def of(cls, keys: KeyRing) -> Self:
        """The cipher under this ring's current key, which opens what any of its keys wrote."""
        return cls(FieldCipher(keys))

    def sealed(self, table: str, row: Row) -> Row:
        """The row as it is written: its state encrypted, as `chassis.database.upsert` takes bytes."""
        if (state := row.get("state")) is None:
            return row
        business_id = str(row["business_id"])
        key = str(row.get("id", business_id))
        sealed = self.seal(table, business_id, key, row["version"], cast(bytes, state))
        return {**row, "state": f"\\x{sealed.hex()}"}

    def seal(self, table: str, business_id: str, key: str, version: object, state: bytes) -> bytes:
        """A state as it is stored in one row, and opened from no other."""
        return self.cipher.encrypt(state, context=_context(table, business_id, key, version))

    def open(self, table: str, business_id: str, key: str, version: object, state: bytes) -> bytes:
        """What was sealed for one row. Raises `Undecipherable`."""
        return self.cipher.decrypt(state, context=_context(table, business_id, key, version))


def _context(table: str, business_id: str, key: str, version: object) -> str:
    return f"{table}/{business_id}/{key}/{version}"

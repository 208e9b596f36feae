"""Where a person can still be read: in every row of every table of every service, and in the whole log.

Tables are found, not listed, and whatever any service can open with a key of its own is opened, wherever it
lies: a table or a column that is new tomorrow is searched too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import psycopg
from chassis.settings.keys import InvalidKeys, KeyRing
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from local_stack.environment import SERVICES, Addresses
from portal_testing.stack import whole_log

from tests.chaos.faults.processes import environment_of

Traces = dict[str, set[str]]
"""Where words can be read (`billing.public.webhooks`, or a topic), and which."""

_TABLES = (
    "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)
_BYTES = re.compile(r"\\x([0-9a-f]+)")
_NONCE, _TAG = 12, 16


class TraceSearch:
    """Searches for the words of one person, with the keys of all services in hand, or as one who has none."""

    def __init__(
        self, addresses: Addresses, bootstrap: str, words: Iterable[str], *, with_keys: bool = True
    ) -> None:
        self._addresses, self._bootstrap = addresses, bootstrap
        self._words = {word.lower() for word in words}
        environments = [environment_of(addresses, service) for service in SERVICES if with_keys]
        self._rings = [ring for environment in environments for ring in _rings(environment)]

    async def in_tables(self) -> Traces:
        """Traces in the five databases; no entry for a table in which no word can be read."""
        traces: Traces = {}
        for package, urls in self._addresses.databases.items():
            async with await psycopg.AsyncConnection.connect(urls.owner) as connection:
                for schema, table in await (await connection.execute(_TABLES)).fetchall():
                    statement = f'SELECT to_jsonb(t)::text FROM "{schema}"."{table}" t'
                    rows = await connection.execute(statement.encode())
                    texts = [cast(str, row) for (row,) in await rows.fetchall()]
                    _add(traces, f"{package}.{schema}.{table}", self._words_in(texts))
        return traces

    async def in_log(self) -> Traces:
        """Traces in all topics: in keys, headers and values."""
        traces: Traces = {}
        for record in await whole_log.read_all(self._bootstrap):
            text = "\n".join((record.key, str(record.headers), record.value.decode(errors="replace")))
            _add(traces, record.place.topic, self._words_in([text]))
        return traces

    def _words_in(self, texts: Iterable[str]) -> set[str]:
        parts = (part.lower() for text in texts for part in self._readable_parts(text))
        return {word for part in parts for word in self._words if word in part}

    def _readable_parts(self, text: str) -> Iterator[str]:
        """The text itself, the bytes written in it as hexadecimal digits, and all that can be decrypted."""
        yield text
        for digits in _BYTES.findall(text):
            raw = bytes.fromhex(digits)
            for plain in (raw, *(_decrypted(raw, ring) for ring in self._rings)):
                yield plain.decode(errors="replace")


def _add(traces: Traces, place: str, words: set[str]) -> None:
    if words:
        traces.setdefault(place, set()).update(words)


def _rings(environment: Mapping[str, str]) -> Iterator[KeyRing]:
    """Every key ring among a process's settings, whatever it is for."""
    for value in environment.values():
        try:
            yield KeyRing.parse(value)
        except InvalidKeys:
            continue


def _decrypted(raw: bytes, ring: KeyRing) -> bytes:
    """What `FieldCipher` wrote, read without knowing for which context: AES-GCM encrypts in counter mode."""
    end = 1 + raw[0] if raw else 0
    key = ring.keys.get(raw[1:end].decode(errors="replace"))
    if key is None or len(raw) < end + _NONCE + _TAG:
        return b""
    first_block = raw[end : end + _NONCE] + (2).to_bytes(4)  # NIST SP 800-38D, 7.1
    return Cipher(AES(key), CTR(first_block)).decryptor().update(raw[end + _NONCE : -_TAG])

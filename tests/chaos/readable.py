"""What a stack still knows of a person: every row of every table of every service, and the whole log.

Tables are found, not listed, and whatever any service can open with a key of its own is opened, wherever it
lies: a table or a column that is new tomorrow is looked at too.
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

from .processes import environment_of

Places = dict[str, set[str]]
"""Where words can be read (`billing.public.webhooks`, or a topic), and which."""

_TABLES = (
    "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)
_BYTES = re.compile(r"\\x([0-9a-f]+)")
_NONCE, _TAG = 12, 16


class Eye:
    """Looks for words of one person, with the keys of all services in hand."""

    def __init__(self, addresses: Addresses, words: Iterable[str]) -> None:
        self._addresses = addresses
        self._words = {word.lower() for word in words}
        environments = [environment_of(addresses, service) for service in SERVICES]
        self._rings = [ring for each in environments for ring in _rings(each)]

    async def tables(self) -> Places:
        """Of all five databases; nothing for a table in which no word can be read."""
        found: Places = {}
        for package, urls in self._addresses.databases.items():
            async with await psycopg.AsyncConnection.connect(urls.owner) as connection:
                for schema, table in await (await connection.execute(_TABLES)).fetchall():
                    rows = await connection.execute(
                        f'SELECT to_jsonb(t)::text FROM "{schema}"."{table}" t'.encode()
                    )
                    texts = [cast(str, row) for (row,) in await rows.fetchall()]
                    _note(found, f"{package}.{schema}.{table}", self._read(texts))
        return found

    async def log(self) -> Places:
        """Of all topics: keys, headers and values."""
        found: Places = {}
        for record in await whole_log.read_all(self._addresses.kafka_bootstrap):
            text = "\n".join((record.key, str(record.headers), record.value.decode(errors="replace")))
            _note(found, record.place.topic, self._read([text]))
        return found

    def _read(self, texts: Iterable[str]) -> set[str]:
        return {word for text in texts for part in self._parts(text) for word in self._spoken(part)}

    def _spoken(self, text: str) -> set[str]:
        lower = text.lower()
        return {word for word in self._words if word in lower}

    def _parts(self, text: str) -> Iterator[str]:
        """The text itself, the bytes written in it as hexadecimal digits, and all that can be opened."""
        yield text
        for digits in _BYTES.findall(text):
            raw = bytes.fromhex(digits)
            for plain in (raw, *(_decrypted(raw, ring) for ring in self._rings)):
                yield plain.decode(errors="replace")


def _note(found: Places, place: str, words: set[str]) -> None:
    if words:
        found.setdefault(place, set()).update(words)


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

"""Dead letters: records that could not be applied, kept whole and encrypted for 25 days, blocking nothing.

A consumer sets them aside in the transaction that moves past them, and marks those that a newer good event
has superseded: events carry the whole state of their aggregate, so nothing of such a letter is missing any
more. An operator lists, drops and retries them.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec
import structlog
from servicehub_events import TOPICS

from chassis.context import ServiceContext
from chassis.database import Transaction, is_transient
from chassis.encryption import FieldCipher, Undecipherable
from chassis.events_in.brake import BuildBrake, TooManyDeadLetters, counting
from chassis.events_in.reactions import Apply
from chassis.events_in.records import CODES, OUT_OF_ORDER, DeadLetter, RawRecord, Received, decode_raw
from chassis.observability.metrics import Counter, LiveGauge
from chassis.rotation import KeyedColumn

log = structlog.get_logger(__name__)
_set_aside = Counter(__name__, "portal_dead_letters_total", "records that were set aside", "consumer", "code")
_waiting = LiveGauge(
    __name__, "portal_dead_letters_waiting", "dead letters that nothing superseded", "consumer"
)

KEPT_DAYS: Final = 25
"""Within a month of its erasure nothing about a person may be left, here neither."""
_UPKEEP_SECONDS: Final = 60.0

_ADD = (
    'INSERT INTO dead_letters (consumer, topic, partition, "offset", record, code, cause, key, sequence)'
    " VALUES (:consumer, :topic, :partition, :offset, :record, :code, :cause, :key, :sequence)"
    " ON CONFLICT DO NOTHING"
)
_MARK = (
    "UPDATE dead_letters d SET superseded_at = now() FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    ' AS e(topic text, partition integer, "offset" bigint, key text, sequence bigint)'
    " WHERE d.consumer = :consumer AND d.topic = e.topic AND d.key = e.key AND d.superseded_at IS NULL"
    " AND (d.sequence < e.sequence"
    '  OR (d.sequence IS NULL AND d.partition = e.partition AND d."offset" < e."offset"))'
)
_KNOWN = (
    'SELECT DISTINCT d.topic, d.partition, d."offset" FROM jsonb_to_recordset(CAST(:places AS jsonb))'
    ' AS e(topic text, partition integer, "offset" bigint)'
    ' JOIN dead_letters d USING (topic, partition, "offset") WHERE d.consumer <> :consumer'
)
_FORGET = f"DELETE FROM dead_letters WHERE set_aside_at < now() - interval '{KEPT_DAYS} days'"  # noqa: S608  # ours
_COUNT_WAITING = "SELECT count(*) FROM dead_letters WHERE consumer = :consumer AND superseded_at IS NULL"
_FITS = (  # a NULL leaves its column open
    " FROM dead_letters WHERE coalesce(number = ANY(CAST(:numbers AS bigint[])), true)"
    " AND coalesce(consumer = CAST(:consumer AS text), true)"
    " AND coalesce(code = CAST(:code AS text), true) AND coalesce(topic = CAST(:topic AS text), true)"
    " AND coalesce(split_part(key, '/', 1) = CAST(:business AS text), CAST(:business AS text) IS NULL)"
    " AND coalesce((superseded_at IS NOT NULL) = CAST(:superseded AS boolean), true)"
)
_FIND = (
    "SELECT number, CASE WHEN superseded_at IS NULL THEN 'waiting' ELSE 'superseded' END AS state, code,"
    ' cause, consumer, topic, partition, "offset", key, sequence, set_aside_at, superseded_at'
    f"{_FITS} ORDER BY number DESC LIMIT :limit"
)
_COUNT_BY_CODE = (
    "SELECT code, count(*) AS letters, count(DISTINCT split_part(key, '/', 1))"
    " FILTER (WHERE set_aside_at > now() - interval '1 minute') AS fresh_businesses"
    " FROM dead_letters WHERE superseded_at IS NULL GROUP BY code ORDER BY letters DESC, code"
)
_NAMES = (
    "SELECT array(SELECT consumer FROM positions UNION SELECT consumer FROM dead_letters) AS consumers,"
    " array(SELECT DISTINCT code FROM dead_letters) AS codes,"
    " array(SELECT DISTINCT topic FROM dead_letters) AS topics"
)
_RECORD = "SELECT record FROM dead_letters WHERE number = :number FOR UPDATE"
_KEEP = "UPDATE dead_letters SET code = :code, cause = :cause WHERE number = :number"


KEYED: Final = (KeyedColumn("DEAD_LETTER_KEYS", "dead_letters", "record", "'dead_letters/' || consumer"),)


class _Place(msgspec.Struct, frozen=True):
    topic: str
    partition: int
    offset: int


class DeadLetters:
    """The dead letters of one consumer."""

    def __init__(
        self, consumer: str, ctx: ServiceContext[Any], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._consumer = consumer
        self._database = ctx.database
        self._cipher = FieldCipher(ctx.settings.dead_letter_keys)
        self.brake = BuildBrake(ctx.settings.dead_letters_per_minute, monotonic)
        self._any_waiting = True
        self._waiting: int | None = None
        self._next_upkeep = float("-inf")

    def measured(self) -> AbstractContextManager[None]:
        """Show how many wait, as of the last look, for as long as this consumer runs."""
        return _waiting.reading(lambda: self._waiting, consumer=self._consumer)

    async def set_aside(self, tx: Transaction, letters: Sequence[DeadLetter]) -> None:
        """Store letters in the transaction that moves past them. Raises `TooManyDeadLetters`."""
        if letters:
            self._any_waiting = True
            new = await self._new(tx, letters)
            await tx.run_each(_ADD, [self._row(letter) for letter in letters])
            self.brake.take(new)

    async def check(self, tx: Transaction, letters: Sequence[DeadLetter]) -> None:
        """Raise `TooManyDeadLetters` when these letters cannot be set aside now."""
        try:
            self.brake.check(letters)
        except TooManyDeadLetters:
            self.brake.check(await self._new(tx, letters))

    async def _new(self, tx: Transaction, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Those that count, but for records that another consumer of this service set aside before.

        So a rebuild passes what is known to be bad as fast as anything else.
        """
        if not (new := counting(letters)):
            return []
        places = [
            {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset} for letter in new
        ]
        rows = await tx.all(
            _KNOWN, _Place, consumer=self._consumer, places=msgspec.json.encode(places).decode()
        )
        known = {(row.topic, row.partition, row.offset) for row in rows}
        return [letter for letter in new if letter[:3] not in known]

    async def mark_superseded(self, tx: Transaction, applied: Sequence[Received]) -> None:
        """Mark the letters that these newer events supersede, in their transaction. Free while none waits."""
        if not self._any_waiting or not applied:
            return
        rows = [
            {
                "topic": event.topic,
                "partition": event.partition,
                "offset": event.offset,
                "key": event.envelope.key.decode(),
                "sequence": event.envelope.sequence,
            }
            for event in applied
        ]
        await tx.run(_MARK, consumer=self._consumer, rows=msgspec.json.encode(rows).decode())

    def report(self, letters: Sequence[DeadLetter]) -> None:
        """Count and log letters whose transaction is committed, by what is wrong and who sent it."""
        alike: defaultdict[tuple[str, str, str, str], list[DeadLetter]] = defaultdict(list)
        for letter in letters:
            source = letter.header("ce_source") or ""
            alike[letter.code, letter.business_id, source, letter.cause].append(letter)
        for (code, business_id, source, cause), (first, *others) in alike.items():
            sender = {"consumer": self._consumer, "code": code, "business": business_id, "source": source}
            count, at = 1 + len(others), f"{first.topic}/{first.partition}/{first.offset}"
            _set_aside.add(count, consumer=self._consumer, code=code)
            log.error("consumer.set_aside", **sender, why=cause, records=count, first=at)

    def look_again(self) -> None:
        """Make the next upkeep due: partitions came, whose letters others may have set aside."""
        self._any_waiting, self._next_upkeep = True, float("-inf")

    async def upkeep(self) -> None:
        """Once a minute, forget old letters and look whether any waits."""
        if self._monotonic() < self._next_upkeep:
            return
        async with self._database.transaction() as tx:
            await self.forget(tx)
            self._waiting = await tx.value(_COUNT_WAITING, int, consumer=self._consumer) or 0
        self._next_upkeep = self._monotonic() + _UPKEEP_SECONDS
        self._any_waiting = self._waiting > 0

    async def forget(self, tx: Transaction) -> None:
        """Delete all that is older than 25 days, of every consumer, also of those that run no more."""
        await tx.run(_FORGET)

    def _row(self, letter: DeadLetter) -> dict[str, object]:
        record = self._cipher.encrypt(msgspec.msgpack.encode(letter.raw), context=_context(self._consumer))
        about = {"consumer": self._consumer, "record": record, "key": letter.key, "sequence": letter.sequence}
        return {**letter._asdict(), **about, "cause": _without_nul(letter.cause)}


async def apply_or_refuse(
    tx: Transaction, apply: Apply, event: Received, also_transient: tuple[type[Exception], ...] = ()
) -> DeadLetter | None:
    """Apply one event in a savepoint, or give the letter of one that cannot be. Raises what is transient."""
    try:
        async with tx.connection.begin_nested():
            overtaken = await apply(tx, [event.envelope])
    except Exception as error:
        if is_transient(error) or isinstance(error, also_transient):
            raise
        log.error("consumer.not_applicable", topic=event.topic, offset=event.offset, exc_info=error)
        return event.not_applicable(error)
    return event.overtaken(overtaken[0].newest) if overtaken else None


class DeadLetterFilter(msgspec.Struct, frozen=True):
    """A filter of letters: each criterion must fit, and None fits every letter."""

    numbers: Sequence[int] | None = None
    consumer: str | None = None
    code: str | None = None
    topic: str | None = None
    business: str | None = None
    superseded: bool | None = None


class DeadLetterRow(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter without its record."""

    number: int
    state: Literal["waiting", "superseded"]
    code: str
    cause: str
    consumer: str
    topic: str
    partition: int
    offset: int
    key: str | None
    sequence: int | None
    set_aside_at: datetime
    superseded_at: datetime | None

    @property
    def where(self) -> str:
        """`topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def about(self) -> str:
        """The aggregate and its version, as far as they could be read."""
        return f"{self.key or '?'}{'' if self.sequence is None else f' v{self.sequence}'}"


class RetryFailure(NamedTuple):
    """Why a letter still cannot be applied."""

    code: str
    cause: str


async def find(tx: Transaction, criteria: DeadLetterFilter, limit: int | None = None) -> list[DeadLetterRow]:
    """The letters that fit, the newest first."""
    return await tx.all(_FIND, DeadLetterRow, **msgspec.structs.asdict(criteria), limit=limit)


class LetterNames(msgspec.Struct, frozen=True):
    """The names that letters can have here, those of an earlier build included."""

    consumers: frozenset[str]
    codes: frozenset[str]
    topics: frozenset[str]


async def find_names(tx: Transaction) -> LetterNames:
    """Names of this service's consumers, of codes and of topics."""
    found = await tx.one(_NAMES, LetterNames) or LetterNames(frozenset(), frozenset(), frozenset())
    topics = found.topics | {topic.name for topic in TOPICS}
    return LetterNames(found.consumers, found.codes | CODES, topics)


class WaitingLetters(msgspec.Struct, frozen=True):
    """How many letters of a code nothing has superseded, and of how many businesses some came just now."""

    code: str
    letters: int
    fresh_businesses: int


async def count_waiting(tx: Transaction) -> list[WaitingLetters]:
    """What waits, by code, the most frequent first."""
    return await tx.all(_COUNT_BY_CODE, WaitingLetters)


async def count(tx: Transaction, criteria: DeadLetterFilter) -> int:
    """How many fit."""
    return await tx.value(f"SELECT count(*){_FITS}", int, **msgspec.structs.asdict(criteria)) or 0


async def drop(tx: Transaction, criteria: DeadLetterFilter) -> int:
    """Delete those that fit for good; how many they were."""
    return await tx.run(f"DELETE{_FITS}", **msgspec.structs.asdict(criteria))


async def find_record(tx: Transaction, cipher: FieldCipher, letter: DeadLetterRow) -> RawRecord | None:
    """The record of a letter, which is locked; None if it is gone. Raises `Undecipherable`."""
    stored = await tx.value(_RECORD, bytes, number=letter.number)
    return None if stored is None else open_record(cipher, letter.consumer, stored)


def open_record(cipher: FieldCipher, consumer: str, stored: bytes) -> RawRecord:
    """The record inside a stored letter; raises `Undecipherable`."""
    return msgspec.msgpack.decode(cipher.decrypt(stored, context=_context(consumer)), type=RawRecord)


async def retry(
    tx: Transaction, cipher: FieldCipher, apply: Apply, letter: DeadLetterRow
) -> RetryFailure | None:
    """Apply the stored record and delete the letter, or keep it with its new code and cause, given back.

    Nothing is published again: versions guard every effect. A letter that something newer has superseded
    is done with; one that says so of the log itself stays. Raises what is transient.
    """
    try:
        raw = await find_record(tx, cipher, letter)
        event = raw and decode_raw(letter.topic, letter.partition, letter.offset, raw)
        if isinstance(event, Received):
            event = await apply_or_refuse(tx, apply, event)
        if event and event.code in OUT_OF_ORDER and letter.code not in OUT_OF_ORDER:
            event = None
        failure = event and RetryFailure(event.code, _without_nul(event.cause))
    except Undecipherable as error:
        cause = f"{error}: put the key that it was written with into DEAD_LETTER_KEYS"
        failure = RetryFailure("undecipherable", cause)
    if failure:
        await tx.run(_KEEP, number=letter.number, **failure._asdict())
    else:
        await drop(tx, DeadLetterFilter([letter.number]))
    return failure


def _context(consumer: str) -> str:
    return f"dead_letters/{consumer}"


def _without_nul(cause: str) -> str:
    return cause.replace("\x00", "")  # PostgreSQL holds none

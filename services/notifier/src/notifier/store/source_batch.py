"""The sources of a batch of events, and the notifications about them that wait.

What the batch needs is read with a statement a table, changed in memory in the order of the log, and written
with a statement a table: each event sees what those before it made, as if it were alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Self

import msgspec
from chassis.database import Transaction, upsert
from chassis.encryption import FieldCipher
from chassis.identity import CustomerKey
from servicehub_events import LARGEST_SEQUENCE

from notifier.domain.facts import (
    SEALED,
    Aggregate,
    AppointmentFacts,
    NotificationSource,
    PaymentFacts,
    SourceKey,
)
from notifier.domain.kinds import MessageKind
from notifier.domain.notifications import PendingNotification
from notifier.domain.visit_news import VisitTold
from notifier.store import notifications
from notifier.store.notifications import COLUMNS, SOURCES, KnownSource, StoredSource, context_of, opened

KEYS: Final = (
    "jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, aggregate text, subject_id text)"
)
"""Keys of sources, as `rows_of` gives them."""
_COLUMNS: Final = f"s.business_id, s.aggregate, s.customer_id, {COLUMNS}"
# Every name in these statements is ours.
_LIST: Final = (
    f"SELECT {_COLUMNS} FROM {KEYS}"  # noqa: S608  # ours
    " JOIN notification_sources s USING (business_id, aggregate, subject_id)"
)
_LIST_UNDER_WAY: Final = (
    f"SELECT {_COLUMNS} FROM"  # noqa: S608  # ours
    " jsonb_to_recordset(CAST(:keys AS jsonb)) AS k(business_id text, customer_id text)"
    " JOIN notification_sources s USING (business_id, customer_id)"
    " WHERE s.aggregate = 'payment' AND s.state ->> 'status' = 'processing'"
)
_FORGET: Final = (
    f"DELETE FROM notification_sources s USING {KEYS} WHERE s.business_id = k.business_id"  # noqa: S608  # ours
    " AND s.aggregate = k.aggregate AND s.subject_id = k.subject_id"
)
_MARK_NOTIFIED: Final = (
    "UPDATE notification_sources s SET notified_version = k.version"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    " AS k(business_id text, aggregate text, subject_id text, version bigint)"
    " WHERE s.business_id = k.business_id AND s.aggregate = k.aggregate AND s.subject_id = k.subject_id"
    " AND s.notified_version < k.version"
)

_PendingKey = tuple[str, MessageKind, str]


class SourcesChanged(Exception):
    """Somebody else stored newer facts meanwhile, as who retries a dead letter: read again and apply anew."""


class _Row(StoredSource, frozen=True):
    business_id: str
    aggregate: Aggregate
    customer_id: str

    @property
    def key(self) -> SourceKey:
        return self.business_id, self.aggregate, self.subject_id


class _Change(msgspec.Struct, frozen=True):
    """What is to be stored of a source."""

    source: NotificationSource
    version: int
    known: VisitTold | None
    words: str | None


class SourceBatch:
    """Sources by their keys, as the events so far left them."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher
        self._known: dict[SourceKey, KnownSource] = {}
        self._owners: dict[SourceKey, str] = {}
        self._changes: dict[SourceKey, _Change] = {}
        self._forgotten: set[SourceKey] = set()
        self._notified: dict[SourceKey, int] = {}
        self._payments = defaultdict[CustomerKey, set[SourceKey]](set)
        self._waiting = defaultdict[SourceKey, dict[_PendingKey, PendingNotification]](dict)
        self._added: dict[tuple[str, _PendingKey], PendingNotification] = {}
        self._taken: list[PendingNotification] = []

    @classmethod
    async def load(
        cls,
        tx: Transaction,
        cipher: FieldCipher,
        keys: Collection[SourceKey],
        *,
        replaced: Collection[SourceKey] = (),
        paying: Collection[CustomerKey] = (),
    ) -> Self:
        """Read these sources, what waits about those of which something may be `replaced`, which is locked,
        and the payments under way of the customers that are `paying`.
        """
        batch = cls(cipher)
        if replaced:  # before anything is written: who settles one of these writes to sources
            batch._keep_waiting(await notifications.lock_pending_of(tx, rows_of(replaced)))
        rows = await tx.all(_LIST, _Row, keys=rows_of(keys))
        if paying:
            customers = [{"business_id": business, "customer_id": id_} for business, id_ in sorted(paying)]
            rows += await tx.all(_LIST_UNDER_WAY, _Row, keys=msgspec.json.encode(customers).decode())
        for row in rows:
            known = opened(row, row.aggregate, row.business_id, cipher)
            batch._note(row.key, row.customer_id, known)
        return batch

    def find(self, key: SourceKey) -> KnownSource | None:
        """A source as the events so far left it; None while nothing is known of it."""
        return self._known.get(key)

    def put(
        self,
        business_id: str,
        source: NotificationSource,
        version: int,
        *,
        known: VisitTold | None = None,
        words: str | None = None,
    ) -> bool:
        """Let these be its facts; whether they are newer. What is erased stays so, whatever comes later."""
        key, version = source.key(business_id), version if source.facts else LARGEST_SEQUENCE
        former = self._known.get(key)
        if former and former.version >= version:
            return False
        self._changes[key] = _Change(source, version, known, words)
        now = KnownSource(
            facts=source.facts,
            notified_version=0,
            notices=(),
            version=version,
            known=known,
            is_sealed=isinstance(source.facts, AppointmentFacts),
        )
        self._note(key, source.customer_id, now)
        return True

    def forget(self, key: SourceKey) -> None:
        """Delete a source."""
        if self._known.pop(key, None):
            self._changes.pop(key, None)
            self._forgotten.add(key)

    def mark_notified(self, key: SourceKey, version: int) -> None:
        """From now on no message about an older version is sent, but of a kind that stands alone."""
        self._notified[key] = max(version, self._notified.get(key, 0))

    def list_vouchers(
        self, customer: CustomerKey, invoice_ids: Collection[str]
    ) -> Sequence[tuple[str, PaymentFacts]]:
        """A customer's vouchers under way that are for any of these invoices, by id."""
        found = {
            key[2]: self._known[key].facts
            for key in sorted(self._payments.get(customer, ()))
            if self._owners[key] == customer[1]
        }
        return [
            (id_, facts)
            for id_, facts in found.items()
            if isinstance(facts, PaymentFacts)
            if facts.status == "processing" and facts.is_voucher
            if not {*facts.invoice_ids}.isdisjoint(invoice_ids)
        ]

    def add(self, pending: PendingNotification) -> None:
        """Add a notification, once however often it is added."""
        key = pending.event_id, pending.kind, pending.reversal_id
        waiting = self._waiting[pending.source_key]
        if key not in waiting and (pending.business_id, key) not in self._added:
            waiting[key] = self._added[pending.business_id, key] = pending

    def take(self, key: SourceKey, kinds: Collection[MessageKind]) -> Sequence[PendingNotification]:
        """Take back what waits of these kinds about a source that may be `replaced`. Gives those."""
        waiting = self._waiting[key]
        taken = {own: pending for own, pending in waiting.items() if pending.kind in kinds}
        for own, pending in taken.items():
            del waiting[own]
            if self._added.pop((pending.business_id, own), None) is None:
                self._taken.append(pending)
        return list(taken.values())

    async def save(self, tx: Transaction) -> None:
        """Write what changed. Raises `SourcesChanged`."""
        if self._forgotten:
            await tx.run(_FORGET, keys=rows_of(self._forgotten))
        written = await upsert.put(tx, SOURCES, [self._row(*item) for item in self._changes.items()])
        if len(written) < len(self._changes):
            raise SourcesChanged
        if self._notified:
            rows = [_named(key) | {"version": version} for key, version in self._notified.items()]
            await tx.run(_MARK_NOTIFIED, rows=msgspec.json.encode(rows).decode())
        await notifications.forget_pending(tx, self._taken)
        await notifications.add_pending(tx, list(self._added.values()))

    def _note(self, key: SourceKey, customer_id: str, known: KnownSource) -> None:
        self._known[key], self._owners[key] = known, customer_id
        if key[1] == "payment":
            self._payments[key[0], customer_id].add(key)

    def _keep_waiting(self, waiting: Iterable[PendingNotification]) -> None:
        for pending in waiting:
            key = pending.event_id, pending.kind, pending.reversal_id
            self._waiting[pending.source_key][key] = pending

    def _row(self, key: SourceKey, change: _Change) -> upsert.Row:
        state: dict[str, object] | None = msgspec.to_builtins(change.source.facts)
        texts: Mapping[str, object] | None = None
        if state is not None and key[1] == "appointment":
            texts = {name: state.pop(name) for name in SEALED}

        def sealed(column: str, plain: bytes) -> str:
            return "\\x" + self._cipher.encrypt(plain, context=context_of(*key, column)).hex()

        known, words = change.known, change.words
        return {
            **_named(key),
            "version": change.version,
            "customer_id": change.source.customer_id,
            "state": state,
            "texts": sealed("texts", msgspec.json.encode(texts)) if texts else None,
            "known": sealed("known", msgspec.json.encode(known)) if known else None,
            "words": sealed("words", words.encode()) if words else None,
        }


def rows_of(keys: Iterable[SourceKey]) -> str:
    """Keys in one order for everybody, as a statement reads them."""
    return msgspec.json.encode([_named(key) for key in sorted(keys)]).decode()


def _named(key: SourceKey) -> dict[str, object]:
    return {"business_id": key[0], "aggregate": key[1], "subject_id": key[2]}

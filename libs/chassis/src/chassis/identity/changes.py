"""What a batch changes for customers, and what is left of the events of those who were erased. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from servicehub_events import Customer, CustomerErased, Envelope, Erased, as_event, topic_of

CustomerKey = tuple[str, str]
"""Business id and customer id."""


class StoredCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """The row that a batch is compared with."""

    business_id: str
    customer_id: str
    version: int
    erased: bool
    contact_ids: tuple[str, ...]

    @property
    def key(self) -> CustomerKey:
        """Whose row it is."""
        return self.business_id, self.customer_id


class ErasedCustomer(NamedTuple):
    """A customer whom a batch erased, with the contacts that were known until then."""

    business_id: str
    customer_id: str
    contact_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class CustomerChanges:
    """All that is newer than what was stored, ordered by customer and version, and whom it erased.

    Not the newest alone: whoever lost something and got it back within one batch lost it. The last of a
    customer is its newest state; nothing follows an erasure.
    """

    newer: Sequence[Envelope]
    erased: Sequence[ErasedCustomer]


def customer_of(envelope: Envelope) -> CustomerKey | None:
    """The customer an event is about; None when it names none."""
    customer_id: str | None = getattr(envelope.event, "customer_id", None)
    return None if customer_id is None else (envelope.business_id, customer_id)


def customer_changes(batch: Iterable[Envelope], stored: Iterable[StoredCustomer]) -> CustomerChanges:
    """Compare the events of customers in a batch with the rows stored of them."""
    rows = {row.key: row for row in stored}
    contacts = defaultdict[CustomerKey, set[str]](set, {key: {*row.contact_ids} for key, row in rows.items()})
    newer: list[Envelope] = []
    erased: dict[CustomerKey, ErasedCustomer] = {}
    for key, envelope in _by_version(batch):
        if key in erased or not _is_newer(envelope, rows.get(key)):
            continue
        newer.append(envelope)
        if isinstance(envelope.event, Customer):
            contacts[key].update(contact.contact_id for contact in envelope.event.contacts)
        else:
            erased[key] = ErasedCustomer(*key, frozenset(contacts[key]))
    return CustomerChanges(newer, list(erased.values()))


def _by_version(batch: Iterable[Envelope]) -> Iterator[tuple[CustomerKey, Envelope]]:
    """The events of customers by customer and version, repeats left out."""
    keyed = {
        (key, envelope.sequence, isinstance(envelope.event, CustomerErased)): envelope
        for envelope in batch
        if isinstance(envelope.event, Customer | CustomerErased) and (key := customer_of(envelope))
    }
    for key, sequence, erasure in sorted(keyed):
        yield key, keyed[key, sequence, erasure]


def _is_newer(envelope: Envelope, stored: StoredCustomer | None) -> bool:
    """Whether it changes what is stored. An erasure does whatever its version, and after one nothing does."""
    if stored is None:
        return True
    return not stored.erased and (
        isinstance(envelope.event, CustomerErased) or envelope.sequence > stored.version
    )


def erasure_of(envelope: Envelope) -> Envelope | None:
    """An erased customer's event as the erasure of its aggregate: ids alone; None when its kind has none."""
    kinds = [kind for kind in topic_of(type(envelope.event)).events if issubclass(kind, Erased)]
    if not kinds:
        return None
    return msgspec.structs.replace(envelope, event=as_event(kinds[0], envelope.event))

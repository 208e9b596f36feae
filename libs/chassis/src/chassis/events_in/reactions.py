"""Reactions: what a service does with the events of others, as a table from state class to function.

Subscriptions follow from the table's keys, and so do the catalogue's readers and the broker's access list.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from servicehub_events import Envelope, Event
from servicehub_events.topics import TOPICS

from chassis.database import Transaction

C = TypeVar("C", contravariant=True)

Reaction = Callable[[C, Transaction, Sequence[Envelope]], Awaitable[object]]
"""Applies the events of a batch that concern it, in log order, in the transaction of their position.

What it raises is transient, and then the batch is applied again, or sets aside the event that it comes of.
"""


class Overtaken(NamedTuple):
    """An event that is the last of its key in the log, though a newer version came before it."""

    envelope: Envelope
    newest: int


Apply = Callable[[Transaction, Sequence[Envelope]], Awaitable[Sequence[Overtaken] | None]]
"""The same without the context: what a consumer calls for each batch.

It may give back the events that came too late to count; who rebuilds from the log must know of them.
"""

Reactions = Mapping[type[Event], Reaction[C]]
"""By state class (`Invoice`) or class of erasure (`InvoiceErased`), which stand for all its events."""


def subscriptions(kinds: Mapping[type[Event], Any]) -> list[str]:
    """The topics that the keys of a table of reactions travel on, each once."""
    return [
        topic.name
        for topic in TOPICS
        if any(issubclass(event, kind) for kind in kinds for event in topic.events)
    ]


async def react(reactions: Reactions[C], ctx: C, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """Call each function of the table once, with those events of the batch that it is there for."""
    for function in dict.fromkeys(reactions.values()):
        kinds = tuple(kind for kind, reaction in reactions.items() if reaction is function)
        if mine := [envelope for envelope in batch if _concerns(type(envelope.event), kinds)]:
            await function(ctx, tx, mine)


@cache
def _concerns(event: type[Event], kinds: tuple[type[Event], ...]) -> bool:
    return issubclass(event, kinds)

"""What every part of the sandbox works with."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from stand_in_stripe.books import Books
from stand_in_stripe.ids import new_id
from stand_in_stripe.render import plain
from stand_in_stripe.shapes import Account, Event, Json, Shape
from stand_in_stripe.shapes.account import account
from stand_in_stripe.shapes.event import EventData, EventRequest

PLATFORM = "acct_platform"
"""The account that the secret key belongs to; the others are connected to it."""
API_VERSION = "2026-10-28.endive"
NOT_ASKED = EventRequest()


@dataclass
class Sandbox:
    """`origin` is where a browser finds the pay page; `clock` gives Unix seconds."""

    books: Books
    origin: str
    clock: Callable[[], float] = time.time
    api_version: str = API_VERSION
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something to deliver."""

    def now(self) -> int:
        """Unix seconds."""
        return int(self.clock())

    def open_account(
        self, identifier: str, country: str, default_currency: str, *, charges_enabled: bool = True
    ) -> Account:
        """Create an account, or change what may change of one."""
        with self.books.transaction():
            _, known = self.books.find(Account, identifier)
            made = account(
                identifier,
                known.created if known else self.now(),
                country.upper(),
                default_currency.lower(),
                charges_enabled=charges_enabled,
            )
            self.books.put(PLATFORM, made)
        return made

    def emit(
        self, owner: str, kind: str, shape: Shape, cause: EventRequest, before: Json | None = None
    ) -> None:
        """Record that something happened, and queue its webhook in the same transaction.

        `before`: what the fields that changed held, where Stripe tells it.
        """
        event = Event(
            id=new_id("evt"),
            created=self.now(),
            api_version=self.api_version,
            data=EventData(object=plain(shape), previous_attributes=before or msgspec.UNSET),
            request=cause,
            type=kind,
        )
        if owner != PLATFORM:
            event.account = owner
        self.books.put(owner, event)
        self.books.db.execute(
            "INSERT INTO deliveries (event, account, state, due) VALUES (?, ?, 'pending', ?)",
            (event.id, owner, self.clock()),
        )
        self.news.set()

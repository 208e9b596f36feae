"""What every part of the stand-in works with."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stand_in_stripe.books import Books, Selection, Value
from stand_in_stripe.errors import no_access, no_such
from stand_in_stripe.faults import PlannedFault
from stand_in_stripe.limits import RateLimits
from stand_in_stripe.objects import Json, change, new, new_id, plain

PLATFORM = "acct_platform"
"""The account that the secret key belongs to; the others are connected to it."""
CLOCK = "_clock"
"""The stand-in's own, among Stripe's objects."""
OTHER_MODE = "acct_other_mode"
"""Whose objects the secret key does not see, as those of test mode under a key of live mode."""
API_VERSION = "2026-10-28.endive"


@dataclass
class Sandbox:
    """`origin` is where a browser finds the pay page; `clock` gives Unix seconds, `ahead` goes on top."""

    books: Books
    origin: str
    clock: Callable[[], float] = time.time
    ahead: float = field(init=False)
    faults: list[PlannedFault] = field(default_factory=list[PlannedFault])
    limits: RateLimits = field(default_factory=RateLimits)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something to deliver."""

    def __post_init__(self) -> None:
        """Go on with the clock as it was left."""
        left = self.books.find(CLOCK, CLOCK)
        self.ahead = left.object["ahead"] if left else 0.0

    def set_ahead(self, seconds: float) -> None:
        """Move the clock to so far ahead of the machine's."""
        self.ahead = seconds
        self.books.put(PLATFORM, {"object": CLOCK, "id": CLOCK, "created": 0, "ahead": seconds})

    @property
    def now(self) -> float:
        """Unix seconds, as far ahead of the machine's as was asked."""
        return self.clock() + self.ahead

    def find(self, kind: str, identifier: str) -> "tuple[Context, Json] | None":
        """An object of whichever account: for the pages and controls, which know no account."""
        owned = self.books.find(kind, identifier)
        return (Context(self, owned.account), owned.object) if owned else None

    def account(self, identifier: str) -> Json:
        """Any account. Raises StripeError for one that the key has no access to."""
        if (owned := self.books.find("account", identifier)) is None or owned.object.get("_disconnected"):
            raise no_access(identifier)
        return owned.object

    def is_heard(self, account: str) -> bool:
        """Whether webhooks of an account come: not once its business has ended the connection."""
        owned = self.books.find("account", account)
        return owned is not None and not owned.object.get("_disconnected")


@dataclass(frozen=True)
class Context:
    """The books of one account in the course of one request.

    `cause` is the `request` of its events, empty for what a page or time itself causes.
    """

    sandbox: Sandbox
    account: str
    cause: Json = field(default_factory=dict[str, Any])

    @property
    def now(self) -> int:
        """Unix seconds."""
        return int(self.sandbox.now)

    def find(self, kind: str, identifier: str | None) -> Json | None:
        """One object of this account, or None."""
        owned = self.sandbox.books.find(kind, identifier or "")
        return owned.object if owned and owned.account == self.account else None

    def get(self, kind: str, identifier: str, param: str) -> Json:
        """The object with the id that came in `param`. Raises StripeError."""
        if (resource := self.find(kind, identifier)) is None:
            raise no_such(kind, identifier, param)
        return resource

    def newest(self, kind: str, limit: int = -1, **fields: Value) -> list[Json]:
        """The newest objects whose fields have this value, or one of these."""
        rows = self.sandbox.books.newest(self.account, kind, limit, Selection(fields))
        return [owned.object for owned in rows]

    def new(self, kind: str, prefix: str, **given: object) -> Json:
        """A complete object of now, not written yet."""
        return new(kind, **{"id": new_id(prefix), "created": self.now, **given})

    def write(self, resource: Json, event: str = "", *, due: float | None = None, **fields: object) -> None:
        """Write an object with these fields changed, and emit an event of this kind.

        `due`: when time itself will change it.
        """
        change(resource, **fields)
        self.sandbox.books.put(self.account, resource, due)
        if event:
            self.emit(event, resource)

    def emit(self, kind: str, resource: Json, before: Json | None = None) -> None:
        """Record that something happened, and queue its webhook in the same transaction.

        `before`: what the fields that changed held, where Stripe tells it.
        """
        data: Json = {"object": plain(resource)} | ({"previous_attributes": before} if before else {})
        heard = self.sandbox.is_heard(self.account)
        event = self.new(
            "event",
            "evt",
            **({"account": self.account} if self.account != PLATFORM else {}),
            api_version=API_VERSION,
            data=data,
            request=self.cause,
            type=kind,
            _delivery={"state": "pending" if heard else "dropped", "tries": 0, "attempts": []},
        )
        self.write(event, due=self.sandbox.now if heard else None)
        self.sandbox.news.set()

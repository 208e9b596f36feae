"""Idempotency keys: https://docs.stripe.com/api/idempotent_requests.

A key belongs to an account. The first answer of a request that began its work is kept, errors of Stripe's
own included, and given again to the byte.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

from stand_in_stripe.books import Books
from stand_in_stripe.errors import StripeError, invalid

KEPT_SECONDS = 24 * 60 * 60
LONGEST_KEY = 255
IN_USE = (
    "There is currently another in-progress request using this Idempotent Key (that probably means you"
    " submitted twice, and the other request is still going through): {}. Please try again later."
)
KIND = "_answer"
"""The stand-in's own, among Stripe's objects."""


class KeyUse(NamedTuple):
    """A key in the hands of one request: where it was sent, and its parameters as they were written."""

    account: str
    key: str
    path: str
    parameters: str

    @property
    def id(self) -> str:
        """What its answer is kept under."""
        return f"{self.account}/{self.key}"


class KeptAnswer(NamedTuple):
    """The first answer; `request` is the id of the request that got it."""

    status: int
    body: bytes
    request: str


class IdempotencyKeys:
    """All keys of all accounts; those in flight are known to this process only, and end with it."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._in_flight: set[str] = set()

    @contextmanager
    def held(self, use: KeyUse | None, now: int) -> Generator[KeptAnswer | None]:
        """Yield the answer this key already has, or hold the key meanwhile. Raises StripeError."""
        kept = self._kept(use, now) if use else None
        if use is None or kept is not None:
            yield kept
            return
        if use.id in self._in_flight:
            raise StripeError(409, IN_USE.format(use.key), "idempotency_error", "idempotency_key_in_use")
        self._in_flight.add(use.id)
        try:
            yield None
        finally:
            self._in_flight.discard(use.id)

    def keep(self, use: KeyUse, answer: KeptAnswer, now: int) -> None:
        """Remember the answer, in the transaction of what it tells."""
        kept = {"use": use, "answer": [answer.status, answer.body.decode(), answer.request]}
        self._books.put(use.account, {"object": KIND, "id": use.id, "created": now, **kept})

    def _kept(self, use: KeyUse, now: int) -> KeptAnswer | None:
        if not 0 < len(use.key) <= LONGEST_KEY:
            raise invalid("idempotency_key", f"Idempotency keys have 1 to {LONGEST_KEY} characters.")
        owned = self._books.find(KIND, use.id)
        if owned is None or owned.object["created"] < now - KEPT_SECONDS:
            return None
        first = KeyUse(*owned.object["use"])
        if first.path != use.path:
            raise _differs(use, f"for the same endpoint they were first used for ('{first.path}')")
        if first.parameters != use.parameters:
            raise _differs(use, "with the same parameters they were first used with")
        status, body, request = owned.object["answer"]
        return KeptAnswer(status, body.encode(), request)


def _differs(use: KeyUse, how: str) -> StripeError:
    only = f"Keys for idempotent requests can only be used {how}."
    another = f"Try using a key other than '{use.key}' if you meant to execute a different request."
    return StripeError(400, f"{only} {another}", "idempotency_error")

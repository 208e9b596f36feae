"""Idempotency keys: https://docs.stripe.com/api/idempotent_requests.

A key belongs to an account. The first answer of a request that began its work is kept, errors of Stripe's
own included, and given again to the byte.
"""

from dataclasses import dataclass

from stand_in_stripe.books import Books
from stand_in_stripe.errors import StripeError, invalid

KEPT_SECONDS = 24 * 60 * 60
LONGEST_KEY = 255


@dataclass(frozen=True)
class Use:
    """A key in the hands of one request: where it was sent, and its parameters as they were written."""

    account: str
    key: str
    path: str
    parameters: bytes


@dataclass(frozen=True)
class Kept:
    """The first answer; `request` is the id of the request that got it."""

    status: int
    body: bytes
    request: str


class Keys:
    """All keys of all accounts; those in flight are known to this process only, and end with it."""

    def __init__(self, books: Books) -> None:
        self._db = books.db
        self._in_flight: set[tuple[str, str]] = set()

    def begin(self, use: Use) -> Kept | None:
        """Return the answer this key already has, or hold the key. Raises StripeError."""
        if not 0 < len(use.key) <= LONGEST_KEY:
            raise invalid("idempotency_key", f"Idempotency keys have 1 to {LONGEST_KEY} characters.")
        row = self._db.execute(
            "SELECT path, parameters, status, body, request FROM answers WHERE account = ? AND key = ?",
            (use.account, use.key),
        ).fetchone()
        if row is not None:
            _check_same(use, row[0], row[1])
            return Kept(row[2], row[3], row[4])
        if (use.account, use.key) in self._in_flight:
            raise _in_use(use.key)
        self._in_flight.add((use.account, use.key))
        return None

    def keep(self, use: Use, kept: Kept, now: int) -> None:
        """Remember the answer, in the transaction of what it tells; forget those of yesterday."""
        self._db.execute("DELETE FROM answers WHERE created < ?", (now - KEPT_SECONDS,))
        self._db.execute(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (use.account, use.key, use.path, use.parameters, kept.request, kept.status, kept.body, now),
        )

    def end(self, use: Use) -> None:
        """The request is over, kept or not."""
        self._in_flight.discard((use.account, use.key))


def _check_same(use: Use, path: str, parameters: bytes) -> None:
    only = "Keys for idempotent requests can only be used"
    another = f"Try using a key other than '{use.key}' if you meant to execute a different request."
    if path != use.path:
        message = f"{only} for the same endpoint they were first used for ('{path}'). {another}"
        raise StripeError(400, message, type="idempotency_error")
    if parameters != use.parameters:
        message = f"{only} with the same parameters they were first used with. {another}"
        raise StripeError(400, message, type="idempotency_error")


def _in_use(key: str) -> StripeError:
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you"
        f" submitted twice, and the other request is still going through): {key}. Please try again later."
    )
    return StripeError(409, message, type="idempotency_error", code="idempotency_key_in_use")

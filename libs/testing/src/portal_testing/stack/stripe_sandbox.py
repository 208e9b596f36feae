"""The controls of a running Stripe sandbox, for tests: its books, payments without a browser, its faults."""

from typing import Literal

import httpx
import msgspec
from stand_in_stripe.faults import Place

from portal_testing.stack.stripe_books import (
    Attempt,
    BookedCharge,
    BookedDispute,
    BookedEvent,
    BookedIntent,
    BookedRefund,
    BookedSession,
    Delivery,
    StripeBooks,
)

__all__ = [
    "Attempt",
    "BookedCharge",
    "BookedDispute",
    "BookedEvent",
    "BookedIntent",
    "BookedRefund",
    "BookedSession",
    "Delivery",
    "Refused",
    "StripeBooks",
    "StripeSandbox",
]


class Refused(Exception):
    """The sandbox would not; the text is what it said."""


class StripeSandbox:
    """`url` is `Addresses.stripe_url`; the client stays the caller's."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._base, self._http = f"{url.rstrip('/')}/_sandbox", http

    async def books(self, account: str | None = None) -> StripeBooks:
        """The books of one account, or of all."""
        answer = await self._http.get(f"{self._base}/books", params={"account": account} if account else {})
        return msgspec.json.decode(_checked(answer), type=StripeBooks)

    async def pay(
        self, session: str, card: str = "4242424242424242", *, total: int | None = None
    ) -> BookedSession:
        """Pay by card. Raises Refused for a card that is declined and for a session that is not open.

        `total`: the page takes that instead of what was asked for.
        """
        return await self._turn(session, "pay", {"method": "card", "card": card, "total": total})

    async def pay_by_konbini(self, session: str) -> BookedSession:
        """Get a voucher. Raises Refused."""
        return await self._turn(session, "pay", {"method": "konbini"})

    async def settle(self, session: str) -> BookedSession:
        """The voucher is paid at the counter. Raises Refused."""
        return await self._turn(session, "settle")

    async def lapse(self, session: str) -> BookedSession:
        """The voucher is not paid in time. Raises Refused."""
        return await self._turn(session, "lapse")

    async def expire(self, session: str) -> BookedSession:
        """The time of an open session runs out now. Raises Refused."""
        return await self._turn(session, "expire")

    async def refund(
        self,
        session: str,
        amount: int | None = None,
        *,
        status: Literal["requires_action", "pending", "succeeded"] = "succeeded",
    ) -> str:
        """Give a payment back, as the business would in its dashboard; all that is left, or `amount` of it.

        `status`: how the refund begins; `requires_action` and `pending`, as for a konbini payment, end by
        `settle_refund` or `fail_refund`. Returns the refund's id. Raises Refused.
        """
        wanted = {"amount": amount, "status": status}
        answer = await self._http.post(f"{self._base}/sessions/{session}/refund", json=wanted)
        return msgspec.json.decode(_checked(answer), type=BookedRefund).id

    async def settle_refund(self, refund: str) -> None:
        """A refund that waits has arrived. Raises Refused."""
        _checked(await self._http.post(f"{self._base}/refunds/{refund}/settle"))

    async def fail_refund(self, refund: str) -> None:
        """A refund came back, even one that had succeeded: the business has its money again.

        Raises Refused.
        """
        _checked(await self._http.post(f"{self._base}/refunds/{refund}/fail"))

    async def dispute(self, session: str, *, warning: bool = False) -> str:
        """The payer's bank disputes a payment; `warning`: it only inquires. Returns the dispute's id.

        Raises Refused for a payment that took no money or is in dispute already.
        """
        answer = await self._http.post(f"{self._base}/sessions/{session}/dispute", json={"warning": warning})
        return msgspec.json.decode(_checked(answer), type=BookedDispute).id

    async def close_dispute(self, session: str, *, won: bool) -> None:
        """The bank decided the open dispute. Raises Refused."""
        wanted = {"won": won}
        _checked(await self._http.post(f"{self._base}/sessions/{session}/close-dispute", json=wanted))

    async def fault(
        self,
        on: Place,
        kind: str,
        *,
        times: int | None = 1,
        every: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Plan a fault; see `stand_in_stripe.faults`. Raises Refused."""
        wanted = {"on": on, "kind": kind, "times": times, "every": every, "seconds": seconds}
        _checked(await self._http.post(f"{self._base}/faults", json=wanted))

    async def behave(self) -> None:
        """End all faults."""
        _checked(await self._http.delete(f"{self._base}/faults"))

    async def account(
        self, account: str, country: str = "US", currency: str = "usd", *, charges_enabled: bool = True
    ) -> None:
        """Open an account, or change one. Raises Refused."""
        wanted = {
            "id": account,
            "country": country,
            "default_currency": currency,
            "charges_enabled": charges_enabled,
        }
        _checked(await self._http.post(f"{self._base}/accounts", json=wanted))

    async def _turn(
        self, session: str, action: str, body: dict[str, str | int | None] | None = None
    ) -> BookedSession:
        answer = await self._http.post(f"{self._base}/sessions/{session}/{action}", json=body or {})
        return msgspec.json.decode(_checked(answer), type=BookedSession)


def _checked(answer: httpx.Response) -> bytes:
    if not answer.is_success:
        raise Refused(f"{answer.status_code}: {answer.text}")
    return answer.content

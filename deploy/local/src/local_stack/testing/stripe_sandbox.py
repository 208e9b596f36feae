"""The controls of a running Stripe sandbox, for tests: its books, payments without a browser, its faults."""

from typing import Literal

import httpx
import msgspec

from local_stack.stripe_sandbox.faults import Place


class Refused(Exception):
    """The sandbox would not; the text is what it said."""


class BookedSession(msgspec.Struct):
    """A Checkout Session. Money is in Stripe's smallest unit. Here and below, other fields are ignored."""

    id: str
    stripe_account: str
    status: Literal["open", "complete", "expired"]
    payment_status: Literal["paid", "unpaid"]
    amount_total: int
    currency: str
    created: int
    expires_at: int
    url: str | None
    payment_intent: str | None
    client_reference_id: str | None
    metadata: dict[str, str]


class BookedIntent(msgspec.Struct):
    """A PaymentIntent."""

    id: str
    stripe_account: str
    status: str
    amount: int
    amount_received: int
    latest_charge: str | None
    metadata: dict[str, str]


class BookedCharge(msgspec.Struct):
    """A charge: `paid` is what counts."""

    id: str
    stripe_account: str
    paid: bool
    amount: int
    currency: str
    payment_intent: str
    metadata: dict[str, str]


class Attempt(msgspec.Struct):
    """One try to deliver. `kind`: sent, duplicate, forged-signature, old-timestamp, dropped."""

    at: float
    kind: str
    status: int | None
    outcome: str


class Delivery(msgspec.Struct):
    """`state`: pending, held, delivered, dropped, given-up."""

    state: str
    tries: int
    attempts: list[Attempt]


class BookedEvent(msgspec.Struct):
    """An event and how far its webhook came."""

    id: str
    stripe_account: str
    type: str
    created: int
    delivery: Delivery


class StripeBooks(msgspec.Struct):
    """Everything the sandbox knows, oldest first."""

    sessions: list[BookedSession]
    payment_intents: list[BookedIntent]
    charges: list[BookedCharge]
    events: list[BookedEvent]

    def paid(self) -> list[BookedCharge]:
        """The charges that took money."""
        return [charge for charge in self.charges if charge.paid]


class StripeSandbox:
    """`url` is `Addresses.stripe_url`; the client stays the caller's."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._base, self._http = f"{url.rstrip('/')}/_sandbox", http

    async def books(self, account: str | None = None) -> StripeBooks:
        """The books of one account, or of all."""
        answer = await self._http.get(f"{self._base}/books", params={"account": account} if account else {})
        return msgspec.json.decode(_checked(answer), type=StripeBooks)

    async def pay(self, session: str, card: str = "4242424242424242") -> BookedSession:
        """Pay by card. Raises Refused for a card that is declined and for a session that is not open."""
        return await self._turn(session, "pay", {"method": "card", "card": card})

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

    async def fault(
        self,
        on: Place,
        kind: str,
        *,
        times: int | None = 1,
        every: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Plan a fault; see `local_stack.stripe_sandbox.faults`. Raises Refused."""
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

    async def _turn(self, session: str, action: str, body: dict[str, str] | None = None) -> BookedSession:
        answer = await self._http.post(f"{self._base}/sessions/{session}/{action}", json=body or {})
        return msgspec.json.decode(_checked(answer), type=BookedSession)


def _checked(answer: httpx.Response) -> bytes:
    if not answer.is_success:
        raise Refused(f"{answer.status_code}: {answer.text}")
    return answer.content

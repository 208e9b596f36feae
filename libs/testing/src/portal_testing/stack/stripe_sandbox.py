"""A running Stripe sandbox for tests: its controls, which follow from the sandbox's own, and its books."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar

import httpx
import msgspec
from stand_in_stripe import accounts, approvals, controls, disputes, konbini, losses, refunds, timekeeper
from stand_in_stripe.sandbox import Context

P = ParamSpec("P")
Q = ParamSpec("Q")
B = TypeVar("B")
Json = dict[str, Any]


class Booked(msgspec.Struct):
    """An object in the books, and the account whose it is. Of each only what tests ask about is read.

    Money is in Stripe's smallest unit.
    """

    id: str
    stripe_account: str


class BookedSession(Booked):
    """A Checkout Session."""

    status: Literal["open", "complete", "expired"]
    payment_status: Literal["paid", "unpaid", "no_payment_required"]
    amount_total: int | None
    currency: str | None
    created: int
    expires_at: int
    url: str | None
    payment_intent: str | None
    client_reference_id: str | None
    metadata: dict[str, str]


class BookedMoney(Booked):
    """Money that moves, or may."""

    status: str
    amount: int
    currency: str
    metadata: dict[str, str]


class BookedIntent(BookedMoney):
    """A PaymentIntent."""

    amount_received: int
    latest_charge: str | None


class BookedCharge(BookedMoney):
    """A charge: `paid` is what counts."""

    paid: bool
    amount_refunded: int
    refunded: bool
    disputed: bool
    payment_intent: str
    description: str | None = None


class BookedReversal(BookedMoney):
    """A refund, or a dispute."""

    charge: str
    payment_intent: str


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


class BookedEvent(Booked):
    """An event and how far its webhook came."""

    type: str
    created: int
    delivery: Delivery


class StripeBooks(msgspec.Struct):
    """Everything the sandbox knows, oldest first."""

    sessions: list[BookedSession]
    payment_intents: list[BookedIntent]
    charges: list[BookedCharge]
    refunds: list[BookedReversal]
    disputes: list[BookedReversal]
    events: list[BookedEvent]

    def paid(self) -> list[BookedCharge]:
        """The charges that took money."""
        return [charge for charge in self.charges if charge.paid]


class Refused(Exception):
    """The sandbox would not; the text is what it said."""


class _Method(Generic[P, B]):
    """A control as a method; what it is sent to comes first. Raises Refused."""

    def __init__(self, work: Callable[..., Json], booked: type[B]) -> None:
        self.work, self._booked = work, booked

    def __get__(self, sandbox: "StripeSandbox", owner: type[object]) -> Callable[P, Awaitable[B]]:
        async def act(*args: P.args, **kwargs: P.kwargs) -> B:
            answer = await sandbox.send(*request_of(self.work, *args, **kwargs))
            return msgspec.json.decode(answer, type=self._booked)

        return act


def _on(
    work: Callable[Concatenate[Context, Json, Q], Json], booked: type[B]
) -> _Method[Concatenate[str, Q], B]:
    return _Method(work, booked)


def _at(work: Callable[Concatenate[Context, P], Json]) -> _Method[P, msgspec.Raw]:
    return _Method(work, msgspec.Raw)


class StripeSandbox:
    """`url` is `Addresses.stripe_url`; the client stays the caller's.

    What each method does says `stand_in_stripe.controls`.
    """

    pay = _on(controls.pay, BookedSession)
    approve = _on(approvals.answer, BookedSession)
    settle = _on(konbini.pay_voucher, BookedSession)
    hold = _on(konbini.hold_voucher, BookedSession)
    lapse = _on(konbini.lapse_voucher, BookedSession)
    expire = _on(controls.expire, BookedSession)
    refund = _on(controls.refund, BookedReversal)
    settle_refund = _on(refunds.settle, BookedReversal)
    fail_refund = _on(refunds.fail, BookedReversal)
    dispute = _on(disputes.open_dispute, BookedReversal)
    close_dispute = _on(disputes.close_dispute, BookedReversal)
    escalate_dispute = _on(disputes.escalate_dispute, BookedReversal)
    prevent_dispute = _on(disputes.prevent_dispute, BookedReversal)
    forget = _on(losses.forget, BookedSession)
    disconnect = _at(losses.disconnect)
    account = _at(accounts.open_account)
    fault = _at(controls.fault)
    behave = _at(controls.behave)
    limit_rates = _at(controls.limit_rates)
    advance = _at(timekeeper.advance)

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._base, self._http = f"{url.rstrip('/')}/_sandbox", http

    async def pay_by_konbini(self, session: str) -> BookedSession:
        """Get a voucher. Raises Refused."""
        return await self.pay(session, method="konbini")

    async def books(self, account: str | None = None) -> StripeBooks:
        """The books of one account, or of all."""
        answer = await self._http.get(f"{self._base}/books", params={"account": account} if account else {})
        return msgspec.json.decode(_checked(answer), type=StripeBooks)

    async def send(self, path: str, body: Json) -> bytes:
        """Do what a control's path says. Raises Refused."""
        return _checked(await self._http.post(f"{self._base}/{path}", json=body))


def request_of(work: Callable[..., Json], *args: object, **kwargs: object) -> tuple[str, Json]:
    """The path of a control, and what is sent there to have it do this work; its object's id comes first."""
    path, sent = _PATHS[work], inspect.signature(work).bind(None, *args, **kwargs).arguments
    named = str(list(sent.values())[1]) if "{id}" in path else ""
    return path.replace("{id}", named), dict(list(sent.items())[2 if named else 1 :])


_PATHS = {control.work: control.path for control in controls.CONTROLS}


def _checked(answer: httpx.Response) -> bytes:
    if not answer.is_success:
        raise Refused(f"{answer.status_code}: {answer.text}")
    return answer.content

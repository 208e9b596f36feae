"""Stripe Checkout by the official SDK: direct charges on the business's own account.

The SDK does not retry: whether a request may be repeated is decided where the payment is.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import stripe
from chassis.clock import Clock
from chassis.observability import calling
from chassis.process import run_to_completion
from chassis.settings import Secret
from servicehub_events import Failure, Movement

from billing.adapters import stripe_objects
from billing.adapters.stripe_amounts import to_wire
from billing.adapters.stripe_objects import EXPANDED, MOVED, Json
from billing.domain.account_standing import AccountStanding
from billing.domain.checkout_request import CheckoutLine, CheckoutRequest
from billing.domain.kept_cards import CardUse
from billing.domain.payments import CheckoutStatus
from billing.domain.webhook_event import WebhookEvent
from billing.errors import AccountUnusable, ProcessorDeclined, ProcessorUnreachable

API_VERSION = "2026-10-28.endive"
"""The version of Stripe's API that this is written against; the one place where it is named."""

_OVERLAP = timedelta(minutes=5)  # their clock and ours, and what was being written while we asked
_LISTED_KINDS = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "payout.paid",
    "account.updated",
]
_READ_LIMIT = 10_000
_LONGEST_REST = timedelta(hours=1)
_TEST_PAGE = "cs_test_"


class _HttpClient(stripe.HTTPXClient):
    """Ends each call that it began: one that is cut off can keep its place in httpx's pool for ever."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        call = super().request_async(method, url, headers, post_data)  # pyright: ignore[reportUnknownMemberType]  # untyped there
        return await run_to_completion(call)


class StripeCheckout:
    """A `PaymentProcessor`. `base` is Stripe's API, or a stand-in of it."""

    def __init__(self, key: Secret, base: str, *, seconds: float, clock: Clock) -> None:
        self._http = _HttpClient(timeout=seconds)
        self._live = key.reveal().startswith(("sk_live_", "rk_live_"))
        self.api = stripe.StripeClient(
            key.reveal(),
            stripe_version=API_VERSION,
            base_addresses={"api": base},
            http_client=self._http,
            max_network_retries=0,
        ).v1
        self._clock = clock

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    def build_request(self, checkout: CheckoutRequest) -> str:
        """The session's parameters, as JSON. Raises `ProcessorDeclined` for an amount Stripe can't take."""
        metadata = {"business_id": checkout.business_id, "payment_id": checkout.payment_id}
        try:
            lines = [_line(line, checkout) for line in checkout.lines]
        except ValueError:
            raise ProcessorDeclined(Failure(code="amount_not_payable", retryable=False)) from None
        params = {
            "mode": "payment",
            "line_items": lines,
            "client_reference_id": checkout.payment_id,
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": checkout.description},
            "success_url": checkout.paid_url,
            "cancel_url": checkout.left_url,
            "expires_at": int(checkout.expires_at.timestamp()),
            "locale": checkout.locale,
            "expand": EXPANDED,
            **_of_cards(checkout.cards),
        }
        return json.dumps(params, ensure_ascii=False)

    async def create_session(self, account: str, request: str, key: str) -> CheckoutStatus:
        params = json.loads(request)
        options: Any = {"stripe_account": account, "idempotency_key": key}
        async with asking_stripe("create session"):
            session = await self.api.checkout.sessions.create_async(params, options)
        return await self.status(plain(session), account)

    async def retrieve_session(self, account: str, reference: str) -> CheckoutStatus:
        try:
            async with asking_stripe("retrieve session"):
                session = await self.api.checkout.sessions.retrieve_async(
                    reference, {"expand": EXPANDED}, {"stripe_account": account}
                )
        except ProcessorDeclined:
            if self._live and reference.startswith(_TEST_PAGE):
                return _ended(account, reference, self._clock())
            raise
        return await self.status(plain(session), account)

    async def find_session(self, account: str, payment_id: str, since: datetime) -> CheckoutStatus | None:
        params: Any = {
            "created": {"gte": int((since - _OVERLAP).timestamp())},
            "limit": 100,
            "expand": [f"data.{path}" for path in EXPANDED],
        }
        async with asking_stripe("find session"):
            listed = await self.api.checkout.sessions.list_async(params, {"stripe_account": account})
            async for session in up_to(_READ_LIMIT, listed.auto_paging_iter()):
                if session.client_reference_id == payment_id:
                    return await self.status(plain(session), account)
        return None

    async def expire_session(self, account: str, reference: str) -> None:
        try:
            async with asking_stripe("expire session"):
                await self.api.checkout.sessions.expire_async(reference, None, {"stripe_account": account})
        except ProcessorDeclined:
            return  # completed or expired already: whoever looks sees which

    async def cancel_intent(self, account: str, intent_id: str) -> None:
        params: Any = {"cancellation_reason": "abandoned"}
        try:
            async with asking_stripe("cancel intent"):
                await self.api.payment_intents.cancel_async(intent_id, params, {"stripe_account": account})
        except ProcessorDeclined:
            return  # somebody pays it at this moment, or it has ended: whoever looks sees which

    async def refund(self, account: str, charge_id: str, amount: int, currency: str, key: str) -> None:
        try:
            params: Any = {"charge": charge_id, "amount": to_wire(amount, currency)}
        except ValueError:
            raise ProcessorDeclined(Failure(code="amount_not_payable", retryable=False)) from None
        options: Any = {"stripe_account": account, "idempotency_key": key}
        async with asking_stripe("refund"):
            await self.api.refunds.create_async(params, options)

    async def read_standing(self, account: str) -> AccountStanding:
        try:
            async with asking_stripe("read standing"):
                retrieved = await self.api.accounts.retrieve_async(account)
        except ProcessorDeclined:
            return "missing"
        return "ready" if retrieved.charges_enabled else "restricted"

    async def list_events(self, account: str, since: datetime, until: datetime) -> Sequence[WebhookEvent]:
        begin, end = int((since - _OVERLAP).timestamp()), int(until.timestamp()) + 1
        params: Any = {
            "created": {"gte": begin, "lte": end},
            "types": _LISTED_KINDS,
            "limit": 100,
        }
        events: list[WebhookEvent] = []
        async with asking_stripe("list events"):
            listed = await self.api.events.list_async(params, {"stripe_account": account})
            async for event in up_to(_READ_LIMIT, listed.auto_paging_iter()):
                told = plain(event)
                events.append(stripe_objects.event_of(told, stripe_objects.body_of(told), account))
        return sorted(events, key=lambda event: event.at)

    async def list_payout(self, account: str, payout_id: str) -> Sequence[tuple[str, Movement]]:
        options: Any = {"stripe_account": account}
        params: Any = {"payout": payout_id, "limit": 100, "expand": ["data.source"]}
        moved: list[tuple[str, Movement]] = []
        async with asking_stripe("list payout"):
            payout = plain(await self.api.payouts.retrieve_async(payout_id, None, options))
            listed = await self.api.balance_transactions.list_async(params, options)
            async for entry in up_to(_READ_LIMIT, listed.auto_paging_iter()):
                line = plain(entry)
                if movement := stripe_objects.movement_of(line, payout):
                    moved.append((stripe_objects.payment_of(line), movement))
        return moved

    async def find_payment_id(self, account: str, intent: str) -> str:
        try:
            async with asking_stripe("find payment id"):
                retrieved = await self.api.payment_intents.retrieve_async(
                    intent, None, {"stripe_account": account}
                )
        except AccountUnusable:
            raise  # whose it is cannot be seen now
        except ProcessorDeclined:
            return ""
        return stripe_objects.payment_id_in(plain(retrieved))

    async def status(self, session: Json, account: str) -> CheckoutStatus:
        """What a session says, and what was taken back of its charge."""
        async with asking_stripe("status"):
            charge = stripe_objects.taken_back(session)
            taken = await self._taken_back(account, str(charge["id"])) if charge else ((), ())
            return stripe_objects.status_of(session, account, self._clock(), *taken)

    async def _taken_back(self, account: str, charge: str) -> tuple[Sequence[Json], Sequence[Json]]:
        """Refunds and disputes of a charge, the newest first."""
        params: Any = {"charge": charge, "limit": 100}
        expanded: Any = {**params, "expand": MOVED}
        options: Any = {"stripe_account": account}
        async with asking_stripe("taken back"):
            refunds = await self.api.refunds.list_async(expanded, options)
            disputes = await self.api.disputes.list_async(params, options)
            return (
                [plain(item) async for item in up_to(_READ_LIMIT, refunds.auto_paging_iter())],
                [plain(item) async for item in up_to(_READ_LIMIT, disputes.auto_paging_iter())],
            )


def _ended(account: str, reference: str, now: datetime) -> CheckoutStatus:
    """A page of test mode under a key of live mode: nobody's money was in it, and nobody sees it again."""
    return CheckoutStatus(
        reference=reference, account=account, page="expired", paid=False, amount=0, currency="", at=now
    )


def _of_cards(cards: CardUse) -> Mapping[str, object]:
    """Show the payer's own cards, however they were kept; keep the one that pays where they asked for it.

    It is kept for payments while they are away too, since autopay may be switched on with it: a bank that
    asks does so on this page, and not when nobody is there. By an option of cards, since one of the whole
    intent takes vouchers and wallets off the page:
    https://docs.stripe.com/payments/save-during-payment?payment-ui=checkout.
    """
    if not cards.vault:
        return {}
    shown = {"allow_redisplay_filters": ["always", "limited", "unspecified"]}
    params: dict[str, object] = {"customer": cards.vault, "saved_payment_method_options": shown}
    if cards.keeps:
        params["payment_method_options"] = {"card": {"setup_future_usage": "off_session"}}
    return params


def _line(line: CheckoutLine, checkout: CheckoutRequest) -> Mapping[str, object]:
    price = {
        "currency": checkout.currency.lower(),
        "unit_amount": to_wire(line.amount, checkout.currency),
        "product_data": {"name": line.label, "description": checkout.business},
    }
    return {"quantity": 1, "price_data": price}


def plain(stripe_object: stripe.StripeObject) -> Json:
    """What Stripe sent, without the library's classes."""
    return cast("Json", json.loads(str(stripe_object)))


async def up_to(limit: int, objects: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The objects of a list. Raises `ProcessorUnreachable` for more than `limit`."""
    async for item in objects:
        yield item
        limit -= 1
        if limit == 0:
            raise ProcessorUnreachable("more than we read at once")


@asynccontextmanager
async def asking_stripe(operation: str) -> AsyncGenerator[None]:
    """A call, and Stripe's errors as the port's: what may have been done, and what will never be.

    An answer that cannot be read says nothing about what was done either.
    """
    with calling("stripe", operation):
        try:
            yield
        except stripe.StripeError as error:
            raise _translated(error) from None  # its text may name the payer
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise ProcessorUnreachable(f"stripe_unreadable: {type(error).__name__}") from None


def _translated(error: stripe.StripeError) -> Exception:
    status = error.http_status or 0
    reason = f"stripe_{status or 'unreachable'}"
    if status == 403 or error.code == "account_invalid":
        return AccountUnusable(Failure(code="account_invalid", retryable=False))
    if status in (0, 401, 409, 429) or status >= 500:
        return _unreachable(reason, status, error.headers or {})
    code = error.code or "refused"
    return ProcessorDeclined(Failure(code=code, retryable=False))


def _unreachable(reason: str, status: int, headers: Mapping[str, str]) -> ProcessorUnreachable:
    """With what Stripe says of another try; its libraries obey the same two headers."""
    advice = headers.get("stripe-should-retry")
    return ProcessorUnreachable(
        reason,
        stored=status >= 500 and advice != "true",
        retry_after=_retry_after(headers.get("retry-after", "")),
        try_again=advice != "false",
    )


def _retry_after(seconds: str) -> timedelta | None:
    """None for a date, which Stripe does not send."""
    return min(timedelta(seconds=int(seconds[:9])), _LONGEST_REST) if seconds.isdecimal() else None

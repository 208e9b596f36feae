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
from chassis.settings.base import Secret
from servicehub_events import Failure

from billing.adapters import stripe_seen
from billing.adapters.stripe_money import to_wire
from billing.adapters.stripe_seen import EXPANDED, Json
from billing.domain.payments import Seen
from billing.domain.reversals import NOTHING_TAKEN, Reversals
from billing.ports import Declined, NoAccount, Notice, Page, Unreachable

API_VERSION = "2026-10-28.endive"
"""The version of Stripe's API that this is written against; the one place where it is named."""

_OVERLAP = timedelta(minutes=5)  # their clock and ours, and what was being written while we asked
_HEARD = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
]
_MOST = 10_000


class StripeCheckout:
    """A `PaymentProcessor`. `base` is Stripe's API, or a stand-in of it."""

    def __init__(self, key: Secret, base: str, *, seconds: float, clock: Clock) -> None:
        self._http = stripe.HTTPXClient(timeout=seconds)
        self._api = stripe.StripeClient(
            key.reveal(),
            stripe_version=API_VERSION,
            base_addresses={"api": base},
            http_client=self._http,
            max_network_retries=0,
        ).v1
        self._clock = clock

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    def request_for(self, page: Page) -> str:
        """The parameters of the session, as JSON. Raises `Declined` for an amount that Stripe can't take."""
        written = {"business_id": page.business_id, "payment_id": page.payment_id}
        try:
            lines = [_line(line.label, to_wire(line.amount, page.currency), page) for line in page.lines]
        except ValueError:
            raise Declined(Failure(code="amount_not_payable", retryable=False)) from None
        params = {
            "mode": "payment",
            "line_items": lines,
            "client_reference_id": page.payment_id,
            "metadata": written,
            "payment_intent_data": {"metadata": written},
            "success_url": page.paid_url,
            "cancel_url": page.left_url,
            "expires_at": int(page.expires_at.timestamp()),
            "locale": page.locale,
            "expand": EXPANDED,
        }
        return json.dumps(params, ensure_ascii=False)

    async def open(self, account: str, request: str, key: str) -> Seen:
        params = json.loads(request)
        options: Any = {"stripe_account": account, "idempotency_key": key}
        async with _sorted_errors():
            session = await self._api.checkout.sessions.create_async(params, options)
        return await self._seen(session, account)

    async def look(self, account: str, reference: str) -> Seen:
        async with _sorted_errors():
            session = await self._api.checkout.sessions.retrieve_async(
                reference, {"expand": EXPANDED}, {"stripe_account": account}
            )
        return await self._seen(session, account)

    async def find(self, account: str, payment_id: str, since: datetime) -> Seen | None:
        params: Any = {
            "created": {"gte": int((since - _OVERLAP).timestamp())},
            "limit": 100,
            "expand": [f"data.{one}" for one in EXPANDED],
        }
        async with _sorted_errors():
            listed = await self._api.checkout.sessions.list_async(params, {"stripe_account": account})
            async for session in _up_to(_MOST, listed.auto_paging_iter()):
                if session.client_reference_id == payment_id:
                    return await self._seen(session, account)
        return None

    async def close(self, account: str, reference: str) -> None:
        try:
            async with _sorted_errors():
                await self._api.checkout.sessions.expire_async(reference, None, {"stripe_account": account})
        except Declined:
            return  # completed or expired already: whoever looks sees which

    async def may_charge(self, account: str) -> bool:
        try:
            async with _sorted_errors():
                found = await self._api.accounts.retrieve_async(account)
        except Declined:
            return False
        return bool(found.charges_enabled)

    async def happened(self, account: str, since: datetime, until: datetime) -> Sequence[Notice]:
        begin, end = int((since - _OVERLAP).timestamp()), int(until.timestamp()) + 1
        params: Any = {
            "created": {"gte": begin, "lte": end},
            "types": _HEARD,
            "limit": 100,
        }
        found: list[Notice] = []
        async with _sorted_errors():
            listed = await self._api.events.list_async(params, {"stripe_account": account})
            async for event in _up_to(_MOST, listed.auto_paging_iter()):
                plain = _plain(event)
                found.append(stripe_seen.notice(plain, stripe_seen.body_of(plain), account))
        return sorted(found, key=lambda notice: notice.at)

    async def payment_of(self, account: str, intent: str) -> str:
        try:
            async with _sorted_errors():
                found = await self._api.payment_intents.retrieve_async(
                    intent, None, {"stripe_account": account}
                )
        except Declined:
            return ""
        return stripe_seen.named(_plain(found))

    async def _seen(self, session: stripe.checkout.Session, account: str) -> Seen:
        plain = _plain(session)
        charge = stripe_seen.taken_back(plain)
        taken = await self._reversals(account, str(charge["id"])) if charge else NOTHING_TAKEN
        return stripe_seen.seen(plain, account, self._clock(), taken)

    async def _reversals(self, account: str, charge: str) -> Reversals:
        params: Any = {"charge": charge, "limit": 100}
        options: Any = {"stripe_account": account}
        async with _sorted_errors():
            refunds = await self._api.refunds.list_async(params, options)
            disputes = await self._api.disputes.list_async(params, options)
            return stripe_seen.reversals(
                [_plain(one) async for one in _up_to(_MOST, refunds.auto_paging_iter())],
                [_plain(one) async for one in _up_to(_MOST, disputes.auto_paging_iter())],
            )


def _line(label: str, amount: int, page: Page) -> Mapping[str, object]:
    price = {"currency": page.currency.lower(), "unit_amount": amount, "product_data": {"name": label}}
    return {"quantity": 1, "price_data": price}


def _plain(found: stripe.StripeObject) -> Json:
    return cast("Json", json.loads(str(found)))


async def _up_to(most: int, found: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for one in found:
        yield one
        most -= 1
        if most == 0:
            raise Unreachable("more than we read at once")


@asynccontextmanager
async def _sorted_errors() -> AsyncGenerator[None]:
    """Stripe's errors as the port's: what may have been done, and what will never be."""
    try:
        yield
    except stripe.StripeError as error:
        raise _sorted(error) from None  # its text may name the payer


def _sorted(error: stripe.StripeError) -> Exception:
    status = error.http_status or 0
    reason = f"stripe_{status or 'unreachable'}"
    if status == 403 or error.code == "account_invalid":
        return NoAccount(Failure(code="account_invalid", retryable=False))
    if status in (0, 401, 409, 429) or status >= 500:
        return Unreachable(reason, stored=status >= 500)
    code = error.code or "refused"
    return Declined(Failure(code=code, retryable=False))

"""A payment processor in memory: its own books, and answers that get lost or wait on demand."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from billing.domain.account_standing import AccountStanding
from billing.domain.checkout_request import CheckoutRequest
from billing.domain.payments import CheckoutStatus
from billing.domain.reversals import ReportedDispute, ReportedRefund
from billing.domain.webhook_event import WebhookEvent
from billing.errors import AccountUnusable, ProcessorDeclined, ProcessorUnreachable
from chassis.clock import Clock, system_clock
from servicehub_events import DisputeStatus, Failure, Method, Movement

Kind = Literal["lost_before", "lost_after", "stored_500", "stored_500_after", "passing_500", "refuse"]
Hook = Callable[[str, str], Awaitable[None]]
"""Called with a point of a call (`open`, `opened`, `look`, `find`, `found`, `close`, `list`) and its key."""

GONE = Failure(code="resource_missing", retryable=False)
TAKEN_BACK = Failure(code="canceled", retryable=True)
RAN_OUT = Failure(code="payment_intent_payment_attempt_expired", retryable=True)
CARD = Method(type="card", brand="visa", last4="4242")


async def go_on(point: str, about: str) -> None:
    """The hook of a processor that nothing stops."""


@dataclass
class FakeProcessor:
    """`pages` by reference, `charges` as (payment id, amount); `faults` are used up one a new session.

    While `away` nothing is answered, but for how long a `rest` it wants. `listed` are the accounts whose
    events were asked for.
    `stored_500` keeps its answer for the key, `stored_500_after` opens the page as well, `passing_500` is the
    answer of a gateway in front: it looks the same, and the key is as good as new.
    """

    clock: Clock = system_clock
    pages: dict[str, CheckoutStatus] = field(default_factory=dict[str, CheckoutStatus])
    owners: dict[str, str] = field(default_factory=dict[str, str])
    keys: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    charges: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    faults: list[Kind] = field(default_factory=list[Kind])
    stored_errors: set[str] = field(default_factory=set[str])
    disabled: set[str] = field(default_factory=set[str])
    unconnected: set[str] = field(default_factory=set[str])
    unknown_vaults: set[str] = field(default_factory=set[str])
    asked: list[str] = field(default_factory=list[str])
    events: list[WebhookEvent] = field(default_factory=list[WebhookEvent])
    built: list[CheckoutRequest] = field(default_factory=list[CheckoutRequest])
    payouts: dict[str, list[tuple[str, Movement]]] = field(
        default_factory=dict[str, list[tuple[str, Movement]]]
    )
    refund_keys: dict[str, str] = field(default_factory=dict[str, str])
    at_the_till: set[str] = field(default_factory=set[str])
    refuses_refunds: bool = False
    away: bool = False
    rest: timedelta | None = None
    listed: list[str] = field(default_factory=list[str])
    hook: Hook = go_on

    def build_request(self, checkout: CheckoutRequest) -> str:
        self.built.append(checkout)
        total = sum(line.amount for line in checkout.lines)
        asked = {"payment": checkout.payment_id, "amount": total, "currency": checkout.currency}
        return json.dumps({**asked, "vault": checkout.cards.vault})

    async def create_session(self, account: str, request: str, key: str) -> CheckoutStatus:
        self._answers()
        self._connected(account)
        fault = self.faults.pop(0) if self.faults else None
        await self.hook("open", key)
        if account in self.disabled:
            raise AccountUnusable(Failure(code="account_invalid", retryable=False))
        if json.loads(request)["vault"] in self.unknown_vaults:
            raise ProcessorDeclined(GONE)
        if fault == "lost_before":
            raise ProcessorUnreachable("lost")
        if fault == "refuse":
            raise ProcessorDeclined(Failure(code="amount_too_small", retryable=False))
        if fault == "stored_500_after":
            self._opened(account, request, key)
        if fault in ("stored_500", "stored_500_after"):
            self.stored_errors.add(key)
        if fault == "passing_500" or key in self.stored_errors:
            raise ProcessorUnreachable("stripe_500", stored=True)
        reference = self._opened(account, request, key)
        await self.hook("opened", key)
        if fault == "lost_after":
            raise ProcessorUnreachable("lost")
        return self.pages[reference]

    async def retrieve_session(self, account: str, reference: str) -> CheckoutStatus:
        self._answers()
        await self.hook("look", reference)
        return self._page(account, reference)

    async def find_session(self, account: str, payment_id: str, since: datetime) -> CheckoutStatus | None:
        self._answers()
        self._connected(account)
        await self.hook("find", payment_id)
        found = [self.pages[r] for r, owner in self.owners.items() if owner == payment_id]
        page = next((page for page in found if page.account == account), None)
        await self.hook("found", payment_id)
        return page

    async def expire_session(self, account: str, reference: str) -> None:
        self._answers()
        await self.hook("close", reference)
        if account in self.unconnected:
            return
        if self._page(account, reference).page == "open":
            self.pages[reference] = replace(self.pages[reference], page="expired", url=None)

    async def cancel_intent(self, account: str, intent_id: str) -> None:
        self._answers()
        reference = intent_id.removeprefix("pi_of_")
        await self.hook("cancel", reference)
        page = self._page(account, reference)
        if page.page == "complete" and not page.paid and reference not in self.at_the_till:
            self.pages[reference] = replace(page, failure=TAKEN_BACK, at=self.clock())

    async def refund(self, account: str, charge_id: str, amount: int, currency: str, key: str) -> None:
        self._answers()
        reference = charge_id.removeprefix("ch_of_")
        await self.hook("refund", reference)
        if self.refuses_refunds:
            raise ProcessorDeclined(Failure(code="charge_disputed", retryable=False))
        if key not in self.refund_keys:
            self.refund_keys[key] = self.refund_by_hand(reference, amount)
        await self.hook("refunded", reference)

    async def read_standing(self, account: str) -> AccountStanding:
        self._answers()
        self.asked.append(account)
        if account in self.unconnected:
            return "missing"
        return "restricted" if account in self.disabled else "ready"

    async def find_payment_id(self, account: str, intent: str) -> str:
        self._answers()
        self._connected(account)
        return self.owners.get(intent.removeprefix("pi_"), "")

    async def list_payout(self, account: str, payout_id: str) -> Sequence[tuple[str, Movement]]:
        self._answers()
        self._connected(account)
        return self.payouts.get(payout_id, [])

    async def list_events(self, account: str, since: datetime, until: datetime) -> Sequence[WebhookEvent]:
        self.listed.append(account)
        await self.hook("list", account)
        self._answers()
        self._connected(account)
        return [event for event in self.events if event.account == account and event.at >= since]

    async def close(self) -> None:
        """Nothing is open."""

    def pay(self, reference: str) -> None:
        """The payer pays on the page; one that is not open takes nothing."""
        page = self.pages[reference]
        if page.page == "open":
            self.charges.append((self.owners[reference], page.amount))
            self.pages[reference] = replace(
                page,
                page="complete",
                paid=True,
                url=None,
                method=CARD,
                at=self.clock(),
                charge_id=f"ch_of_{reference}",
            )

    def begin_slowly(self, reference: str) -> None:
        """The payer takes a konbini voucher: the page is complete, the money is not there."""
        page = self.pages[reference]
        if page.page == "open":
            self.pages[reference] = replace(
                page,
                page="complete",
                url=None,
                method=Method(type="konbini"),
                pay_until=self.clock() + timedelta(days=3),
                intent_id=f"pi_of_{reference}",
            )

    def tamper(self, reference: str, amount: int) -> None:
        """Somebody changes what the page takes."""
        self.pages[reference] = replace(self.pages[reference], amount=amount)

    def pay_slowly(self, reference: str) -> None:
        """The voucher is paid at the till."""
        page = self.pages[reference]
        if page.failure:
            raise AssertionError("nobody can pay it any more")
        self.charges.append((self.owners[reference], page.amount))
        self.pages[reference] = replace(page, paid=True, at=self.clock(), charge_id=f"ch_of_{reference}")

    def refund_by_hand(self, reference: str, amount: int) -> str:
        """The business gives some of the money back, in its dashboard."""
        page = self.pages[reference]
        made = [*page.reversals.refunds]
        made.append(ReportedRefund(refund_id=f"re_{len(made) + 1}", amount=amount, at=self.clock()))
        self.pages[reference] = replace(page, reversals=replace(page.reversals, refunds=made))
        return made[-1].refund_id

    def fail_refund(self, reference: str, refund_id: str) -> None:
        """The payer's bank would not take it."""
        page = self.pages[reference]
        told = [
            replace(one, status="failed", failure_reason="declined") if one.refund_id == refund_id else one
            for one in page.reversals.refunds
        ]
        self.pages[reference] = replace(page, reversals=replace(page.reversals, refunds=told))

    def dispute(self, reference: str, status: DisputeStatus, amount: int) -> None:
        """The payer's bank asks for the money back, or has decided."""
        page = self.pages[reference]
        seen = ReportedDispute(status=status, amount=amount)
        self.pages[reference] = replace(page, reversals=replace(page.reversals, disputes=[seen]))

    def run_out(self, reference: str) -> None:
        """Time is up: for an open page, or for a voucher."""
        page = self.pages[reference]
        if page.page == "open":
            self.pages[reference] = replace(page, page="expired", url=None, at=self.clock())
        elif not page.paid:
            self.pages[reference] = replace(page, failure=RAN_OUT, at=self.clock())

    def payable(self) -> list[str]:
        """The pages on which somebody could pay now."""
        return [reference for reference, page in self.pages.items() if page.page == "open"]

    def reference_of(self, payment_id: str) -> str:
        """The page of a payment."""
        (reference,) = (r for r, owner in self.owners.items() if owner == payment_id)
        return reference

    def _connected(self, account: str) -> None:
        if account in self.unconnected:
            raise AccountUnusable(Failure(code="account_invalid", retryable=False))

    def _page(self, account: str, reference: str) -> CheckoutStatus:
        self._connected(account)
        page = self.pages.get(reference)
        if page is None or page.account != account:
            raise ProcessorDeclined(GONE)
        return page

    def _answers(self) -> None:
        if self.away:
            raise ProcessorUnreachable("stripe_unreachable", retry_after=self.rest)

    def _opened(self, account: str, request: str, key: str) -> str:
        if key in self.keys:
            reference, first = self.keys[key]
            assert first == request, "a retry must be equal to what was sent first"
            return reference
        asked = json.loads(request)
        reference = f"cs_{len(self.pages) + 1}"
        self.pages[reference] = CheckoutStatus(
            reference=reference,
            account=account,
            page="open",
            paid=False,
            amount=asked["amount"],
            currency=asked["currency"],
            at=self.clock(),
            url=f"https://pay.example/{reference}",
        )
        self.owners[reference] = asked["payment"]
        self.keys[key] = (reference, request)
        return reference

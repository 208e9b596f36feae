"""Payers: whoever gets no answer, or is told to try again, makes the same click again."""

import asyncio
from dataclasses import dataclass

import httpx
import msgspec
from local_stack.environment import Addresses
from portal_testing.stack import NeverHappened, eventually
from portal_testing.stack.stripe_sandbox import Refused, StripeSandbox
from portal_testing.stack.visitor import Visitor

from tests.chaos.actors.merchants import Debtor
from tests.chaos.actors.payment_plans import PaymentPlan, Tab
from tests.chaos.judges.ledger import CheckoutPage, Ledger, PaymentLedger

PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.4
"""Between two clicks of one person."""
_SETTLED = ("pay_nothing_due", "pay_no_deposit", "pay_amount_invalid")
_TRY_AGAIN = "pay_in_progress"
_DECLINED_CARD = "4000000000000002"


class NothingToPay(msgspec.Struct, frozen=True):
    """The answer when there is no page to pay on: paid already, or the money is on its way."""

    why: str


class _Problem(msgspec.Struct):
    code: str


@dataclass(frozen=True)
class Payer:
    """A customer in one browser, signed in."""

    debtor: Debtor
    visitor: Visitor
    sandbox: StripeSandbox
    ledger: PaymentLedger

    async def follow(self, plan: PaymentPlan) -> None:
        """Use all tabs of a plan. Who loses patience is noted."""
        for tabs in plan:
            await asyncio.gather(*(self.use(tab) for tab in tabs))

    async def use(self, tab: Tab) -> None:
        """Click until there is a page, pay on it, come back or not; until it is paid, here or elsewhere."""
        try:
            await eventually(
                lambda: self._attempt(tab),
                what=f"{self.debtor.customer_id} pays {tab}",
                within=PATIENCE_SECONDS,
                every=PAUSE_SECONDS,
            )
        except NeverHappened as error:
            self.ledger.stuck.append(str(error))

    async def page(self, path: str) -> str:
        """A page of the portal, read once."""
        answer = await self.visitor.get(f"/portal/{self.debtor.merchant.slug}{path}")
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    async def _attempt(self, tab: Tab) -> bool:
        answer = await self._click(tab)
        if answer is None:
            return False
        if isinstance(answer, NothingToPay):
            if len(tab.invoices) > 1:  # one of them is paid; the others may not be
                await asyncio.gather(*(self.use(tab.alone(invoice_id)) for invoice_id in tab.invoices))
            return True
        if tab.way != "leave" and not await self._pay(answer, tab):
            return False
        if tab.returns:
            await self._come_back(answer, left=tab.way == "leave")
        return True

    async def _click(self, tab: Tab) -> CheckoutPage | NothingToPay | None:
        form: dict[str, object] = {"invoice_id": tab.invoices, "pay": tab.pay, "amount": tab.amount}
        answer = await self._send(f"/billing/{self.debtor.merchant.slug}/checkouts", form)
        if answer is None:
            return None
        if answer.status_code == 201:
            page = msgspec.json.decode(answer.content, type=CheckoutPage)
            self.ledger.hand_out(self.debtor.merchant.business_id, page, tab.invoices, tab.amount)
            return page
        if answer.status_code == 200:
            return NothingToPay("result")
        code = msgspec.json.decode(answer.content, type=_Problem).code
        self.ledger.answers[code] += 1
        if code == _TRY_AGAIN:
            return None
        if code not in _SETTLED:
            self.ledger.wrong.append(f"{self.debtor.customer_id}, {tab}: {answer.text}")
        return NothingToPay(code)

    async def _pay(self, page: CheckoutPage, tab: Tab) -> bool:
        """False when the page can't be paid any more: another tab called it off, or paid on it."""
        self.ledger.steps += 1
        try:
            if tab.way == "konbini":
                await self.sandbox.pay_by_konbini(page.session)
                await self.sandbox.settle(page.session)
                return True
            if tab.way == "declined first":
                await self._be_declined(page)
            await self.sandbox.pay(page.session)
        except Refused:
            self.ledger.answers["page was closed"] += 1
            return False
        return True

    async def _be_declined(self, page: CheckoutPage) -> None:
        try:
            await self.sandbox.pay(page.session, _DECLINED_CARD)
        except Refused:
            self.ledger.answers["declined"] += 1

    async def _come_back(self, page: CheckoutPage, *, left: bool) -> None:
        """To the address that the processor leads to, and on to the page behind it."""
        back = f"/billing/{self.debtor.merchant.slug}/return?payment={page.payment_id}"
        answer = await self._answered(back + ("&left=1" if left else ""), 303)
        await self._answered(answer.headers["location"], 200)

    async def _answered(self, path: str, status: int) -> httpx.Response:
        """A page, loaded again until it is what it should be. Raises `NeverHappened`."""
        answer = await eventually(
            lambda: self._send(path),
            what=f"{path} answers {status}",
            within=PATIENCE_SECONDS,
            every=PAUSE_SECONDS,
            met=lambda answer: answer is not None and answer.status_code == status,
        )
        assert answer is not None
        return answer

    async def _send(self, path: str, form: dict[str, object] | None = None) -> httpx.Response | None:
        """One request through the gateway; None when there was no answer, or none from the service."""
        self.ledger.steps += 1
        what = "/".join(path.split("?")[0].split("/")[1:4:2])
        try:
            answer = await (self.visitor.get(path) if form is None else self.post_json(path, form))
        except httpx.TransportError:
            self.ledger.answers[f"{what} lost"] += 1
            return None
        self.ledger.answers[f"{what} {answer.status_code}"] += 1
        if answer.status_code == 502:
            self.ledger.steps -= 1  # no process was there to take it
        return None if answer.status_code >= 500 else answer

    async def post_json(self, path: str, form: dict[str, object]) -> httpx.Response:
        """One request as a script of the page would send it."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.visitor.cookies.items())
        headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        return await self.visitor.http.post(self.visitor.origin + path, json=form, headers=headers)


async def sign_in(
    debtor: Debtor, addresses: Addresses, ledger: Ledger, http: httpx.AsyncClient, *, contact: int = 0
) -> Payer:
    """A payer who asks for a code, reads it and types it."""
    ledger.sign_ins[debtor.merchant.business_id, debtor.customer_id] += 1
    visitor = Visitor(addresses.public_origin, addresses.mailbox_url, debtor.merchant.slug, http)
    answer = await visitor.sign_in(debtor.address(contact))
    assert answer.status_code == 303, answer.text
    assert any(name.startswith("__Host-s-") for name in visitor.cookies), answer.headers["location"]
    ledger.sessions[debtor.merchant.business_id, debtor.customer_id] += 1
    ledger.payments.owed |= debtor.owes
    return Payer(debtor, visitor, StripeSandbox(addresses.stripe_url, http), ledger.payments)

"""People who pay. Whoever gets no answer, or is told to try again, makes the same click again."""

import asyncio
from dataclasses import dataclass

import httpx
import msgspec
from local_stack.environment import Addresses
from portal_testing.stack import NeverHappened, eventually
from portal_testing.stack.stripe_sandbox import Refused, StripeSandbox
from portal_testing.stack.visitor import Visitor

from .errands import Errand, Plot
from .shops import Debtor
from .till import Page, Till

PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.4
"""Between two clicks of one person."""
_SETTLED = ("pay_nothing_due", "pay_no_deposit", "pay_amount_invalid")
_TRY_AGAIN = "pay_in_progress"
DECLINED = "4000000000000002"


class Done(msgspec.Struct, frozen=True):
    """There is no page for it: paid already, or its money is on its way."""

    why: str


class _Problem(msgspec.Struct):
    code: str


@dataclass(frozen=True)
class Payer:
    """A customer in one browser, signed in."""

    debtor: Debtor
    visitor: Visitor
    sandbox: StripeSandbox
    till: Till

    async def follow(self, plot: Plot) -> None:
        """Run all errands of a plot. Who loses patience is noted."""
        for errands in plot:
            await asyncio.gather(*(self.run(errand) for errand in errands))

    async def run(self, errand: Errand) -> None:
        """Click until there is a page, pay on it, come back or not; until it is paid, here or elsewhere."""
        try:
            await eventually(
                lambda: self._attempt(errand),
                what=f"{self.debtor.customer_id} pays {errand}",
                within=PATIENCE_SECONDS,
                every=PAUSE_SECONDS,
            )
        except NeverHappened as error:
            self.till.stuck.append(str(error))

    async def click(self, errand: Errand) -> Page | Done:
        """The button, until it has an answer. Raises `NeverHappened`."""
        found = await eventually(
            lambda: self._click(errand),
            what=f"{self.debtor.customer_id} gets a page for {errand}",
            within=PATIENCE_SECONDS,
            every=PAUSE_SECONDS,
        )
        assert found is not None
        return found

    async def _attempt(self, errand: Errand) -> bool:
        found = await self.click(errand)
        if isinstance(found, Done):
            if len(errand.bills) > 1:  # one of them is paid; the others may not be
                await asyncio.gather(*(self.run(errand.alone(bill)) for bill in errand.bills))
            return True
        if errand.way != "leave" and not await self._pay(found, errand):
            return False
        if errand.returns:
            await self._come_back(found, left=errand.way == "leave")
        return True

    async def _click(self, errand: Errand) -> Page | Done | None:
        slug = self.debtor.shop.slug
        asked: dict[str, object] = {"invoice_id": errand.bills, "pay": errand.pay, "amount": errand.amount}
        answer = await self._send(f"/billing/{slug}/checkouts", asked)
        if answer is None:
            return None
        if answer.status_code == 201:
            page = msgspec.json.decode(answer.content, type=Page)
            self.till.hand_out(self.debtor.shop.business_id, page, errand.bills, errand.amount)
            return page
        if answer.status_code == 200:
            return Done("result")
        code = msgspec.json.decode(answer.content, type=_Problem).code
        self.till.answers[code] += 1
        if code == _TRY_AGAIN:
            return None
        if code not in _SETTLED:
            self.till.wrong.append(f"{self.debtor.customer_id}, {errand}: {answer.text}")
        return Done(code)

    async def _pay(self, page: Page, errand: Errand) -> bool:
        """False when the page can't be paid any more: another tab called it off, or paid on it."""
        self.till.steps += 1
        try:
            if errand.way == "konbini":
                await self.sandbox.pay_by_konbini(page.session)
                await self.sandbox.settle(page.session)
                return True
            if errand.way == "declined first":
                await self._decline(page)
            await self.sandbox.pay(page.session)
        except Refused:
            self.till.answers["page was closed"] += 1
            return False
        return True

    async def _decline(self, page: Page) -> None:
        try:
            await self.sandbox.pay(page.session, DECLINED)
        except Refused:
            self.till.answers["declined"] += 1

    async def _come_back(self, page: Page, *, left: bool) -> None:
        """To the address that the processor leads to, and on to the page behind it."""
        back = f"/billing/{self.debtor.shop.slug}/return?payment={page.payment_id}"
        answer = await self._answered(back + ("&left=1" if left else ""), 303)
        await self._answered(answer.headers["location"], 200)

    async def _answered(self, path: str, status: int) -> httpx.Response:
        """A page, loaded again until it is what it should be. Raises `NeverHappened`."""
        answer = await eventually(
            lambda: self._send(path),
            what=f"{path} answers {status}",
            within=PATIENCE_SECONDS,
            every=PAUSE_SECONDS,
            met=lambda seen: seen is not None and seen.status_code == status,
        )
        assert answer is not None
        return answer

    async def _send(self, path: str, asked: dict[str, object] | None = None) -> httpx.Response | None:
        """One request through the gateway; None when there was no answer, or none from the service."""
        self.till.steps += 1
        what = "/".join(path.split("?")[0].split("/")[1:4:2])
        try:
            answer = await (self.visitor.get(path) if asked is None else self._post(path, asked))
        except httpx.TransportError:
            self.till.answers[f"{what} lost"] += 1
            return None
        self.till.answers[f"{what} {answer.status_code}"] += 1
        if answer.status_code == 502:
            self.till.steps -= 1  # nobody was there to be killed at it
        return None if answer.status_code >= 500 else answer

    async def _post(self, path: str, asked: dict[str, object]) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.visitor.cookies.items())
        headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        return await self.visitor.http.post(self.visitor.origin + path, json=asked, headers=headers)


async def sign_in(
    debtor: Debtor, addresses: Addresses, till: Till, http: httpx.AsyncClient, *, contact: int = 0
) -> Payer:
    """A payer at the door: asks for a code, reads it, types it."""
    visitor = Visitor(addresses.public_origin, addresses.mailbox_url, debtor.shop.slug, http)
    answer = await visitor.sign_in(debtor.address(contact))
    assert answer.status_code == 303, answer.text
    assert any(name.startswith("__Host-s-") for name in visitor.cookies), answer.headers["location"]
    till.owed |= debtor.owes
    return Payer(debtor, visitor, StripeSandbox(addresses.stripe_url, http), till)

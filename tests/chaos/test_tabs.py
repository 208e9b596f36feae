"""One charge, however many tabs: fifty at once, at the real processes and the Stripe sandbox."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import httpx
import msgspec
import pytest
from local_stack.environment import Addresses
from portal_testing.stack.stripe_sandbox import Refused

from .money_run import Run, running
from .payers import Payer, sign_in
from .processes import targets
from .shops import Debtor, Shop
from .till import Page

pytestmark = pytest.mark.chaos
TABS = 50
ONE_BILL = Shop("biz-tabs", "fifty-tabs", "acct_tabs", "JP", "JPY")
TWO_SETS = Shop("biz-sets", "two-sets", "acct_sets", "US", "USD")


class Tab(NamedTuple):
    """What it asks to pay, in which browser, and whether by a form or by JSON."""

    browser: Payer
    bills: tuple[str, ...]
    form: bool = False


class Shown(NamedTuple):
    """Where a click led: `session` when to a page of the processor."""

    kind: str
    session: str = ""


@dataclass
class Figures:
    """What a test prints."""

    shown: Counter[str]
    pages: int
    """Different pages that the tabs were led to."""
    payments: int
    claimed: list[str]
    """Once every tab had its answer."""
    payable: int
    """Pages open at the processor then."""
    accepted: int
    """Of all tabs that were led to a page and then paid at once."""
    charges: int
    captured: int
    doubled: int

    def __str__(self) -> str:
        """One line for each."""
        return "\n".join(f"  {name:<9} {value}" for name, value in vars(self).items())


async def test_fifty_tabs_on_one_bill_are_one_charge(paying: Addresses) -> None:
    async with running(paying, [ONE_BILL]) as run:
        browsers = await _browsers(run, Debtor(ONE_BILL, "tabs-one", ["a"], 17_560, contacts=2))
        tabs = [Tab(browsers[n % 2], ("a",), form=n % 4 < 2) for n in range(TABS)]
        found = await _all_at_once(run, tabs)
        sys.stdout.write(f"\n50 tabs on one bill, in two browsers, half of them forms\n{found}\n")
        assert not run.verdict.missing + run.verdict.doubled
        assert found.claimed == ["a"]
        assert (found.pages, found.payments, found.payable, found.accepted) == (1, 1, 1, 1)
        assert (found.charges, found.captured) == (1, 1)


async def test_two_sets_that_share_a_bill_never_take_it_twice(paying: Addresses) -> None:
    async with running(paying, [TWO_SETS]) as run:
        browsers = await _browsers(run, Debtor(TWO_SETS, "tabs-two", ["a", "b", "c"], 17_560, contacts=2))
        sets = (("a", "b"), ("b", "c"))
        found = await _all_at_once(run, [Tab(browsers[n % 2], sets[n % 2]) for n in range(TABS)])
        sys.stdout.write(f"\n25 tabs on {{A, B}} and 25 on {{B, C}}, in two browsers\n{found}\n")
        assert not run.verdict.missing + run.verdict.doubled
        assert found.pages >= 1
        assert found.payable <= 1
        assert found.accepted == found.charges == found.captured <= 1


async def _browsers(run: Run, debtor: Debtor) -> list[Payer]:
    """The two contacts of a customer, signed in."""
    for target in targets(run.addresses):
        await target.at_work()
    await run.open([debtor])
    return [await sign_in(debtor, run.addresses, run.till, run.http, contact=n) for n in range(2)]


async def _all_at_once(run: Run, tabs: Sequence[Tab]) -> Figures:
    """Every tab clicks at once; then every tab that was led to a page pays on it, all at once."""
    shown = await asyncio.gather(*(_click(run, tab) for tab in tabs))
    led = [one.session for one in shown if one.session]
    claimed = [str(bill) for (bill,) in await _ours(run, "invoice_id", "claims", "held")]
    payable = sum((await run.books()).pages("open").values())
    paid = await asyncio.gather(*(_pay(run, session) for session in led))
    await run.settle()
    await run.judge_money()
    return Figures(
        shown=Counter(one.kind for one in shown),
        pages=len(set(led)),
        payments=len(await _ours(run, "payment_id", "checkout_sessions", "true")),
        claimed=sorted(claimed),
        payable=payable,
        accepted=sum(paid),
        charges=len((await run.books()).charges()),
        captured=len(await _ours(run, "event_id", "events", "data ->> 'status' = 'captured'")),
        doubled=len(run.verdict.doubled),
    )


async def _click(run: Run, tab: Tab) -> Shown:
    shop, visitor = tab.browser.debtor.shop, tab.browser.visitor
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    url = f"{visitor.origin}/billing/{shop.slug}/checkouts"
    asked = {"invoice_id": list(tab.bills), "pay": "balance"}
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    if tab.form:
        return _led(run, await visitor.http.post(url, headers=headers, data=asked))
    answer = await visitor.http.post(url, headers=headers, json=asked)
    if answer.status_code != 201:
        said = msgspec.json.decode(answer.content, type=dict[str, object])
        return Shown(f"JSON {answer.status_code} {said.get('code', 'result')}")
    page = msgspec.json.decode(answer.content, type=Page)
    run.till.hand_out(shop.business_id, page, tab.bills)
    return Shown("JSON 201 page", page.session)


def _led(run: Run, answer: httpx.Response) -> Shown:
    """Where a form was sent on to."""
    target = answer.headers.get("location", "")
    if target.startswith(run.addresses.stripe_url):
        return Shown(f"form {answer.status_code} page", target.rsplit("/", 1)[1])
    return Shown(f"form {answer.status_code} {target.split('?')[0].rsplit('/', 1)[-1]}")


async def _pay(run: Run, session: str) -> bool:
    try:
        await run.sandbox.pay(session)
    except Refused:
        return False
    return True


async def _ours(run: Run, column: str, table: str, which: str) -> list[tuple[object, ...]]:
    business = run.shops[0].business_id
    statement = f"SELECT {column} FROM {table} WHERE business_id = '{business}' AND {which}"
    return await run.databases.query("billing", statement)

"""One charge, however many tabs: fifty at once, at the real processes and the Stripe sandbox."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import httpx
import msgspec
import pytest
from portal_testing.stack import eventually
from portal_testing.stack.stripe_sandbox import Refused

from tests.chaos.actors.merchants import Debtor, Merchant
from tests.chaos.actors.payers import Payer
from tests.chaos.judges.ledger import CheckoutPage
from tests.chaos.judges.verdict import say_lines
from tests.chaos.stacks.storm import Storm

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]
TABS = 50
ONE_INVOICE = Merchant("biz-tabs", "fifty-tabs", "acct_tabs", "JP", "JPY")
TWO_SETS = Merchant("biz-sets", "two-sets", "acct_sets", "US", "USD")


class Click(NamedTuple):
    """One tab's: what it asks to pay, in which browser, and whether by a form or by JSON."""

    payer: Payer
    invoices: tuple[str, ...]
    form: bool = False


class ClickAnswer(NamedTuple):
    """Where a click led; `session` when to a page of the processor, `slow` while that is being opened."""

    kind: str
    session: str = ""
    slow: bool = False


class TabFigures(NamedTuple):
    """What came of all clicks."""

    answers: Counter[str]
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


async def test_fifty_tabs_on_one_invoice_are_one_charge(storm: Storm) -> None:
    debtor = Debtor(ONE_INVOICE, "tabs-one", ["a"], 17_560, contacts=2)
    payers = await _payers(storm, debtor)
    clicks = [Click(payers[n % 2], ("a",), form=n % 4 < 2) for n in range(TABS)]
    figures = await _all_at_once(storm, debtor, clicks)
    assert figures.claimed == ["a"]
    assert (figures.pages, figures.payments, figures.payable, figures.accepted) == (1, 1, 1, 1)
    assert (figures.charges, figures.captured) == (1, 1)


async def test_two_sets_that_share_an_invoice_never_take_it_twice(storm: Storm) -> None:
    debtor = Debtor(TWO_SETS, "tabs-two", ["a", "b", "c"], 17_560, contacts=2)
    payers = await _payers(storm, debtor)
    sets = (("a", "b"), ("b", "c"))
    figures = await _all_at_once(storm, debtor, [Click(payers[n % 2], sets[n % 2]) for n in range(TABS)])
    assert figures.pages >= 1
    assert figures.payable <= 1
    assert figures.accepted == figures.charges == figures.captured <= 1


async def _payers(storm: Storm, debtor: Debtor) -> list[Payer]:
    """The two contacts of a customer, signed in in two browsers."""
    for process in storm.processes:
        await process.at_work()
    await storm.open([debtor.merchant], [debtor])
    return [await storm.payer(debtor, contact=number) for number in range(2)]


async def _all_at_once(storm: Storm, debtor: Debtor, clicks: Sequence[Click]) -> TabFigures:
    """Every tab clicks at once; then every tab that was led to a page pays on it, all at once."""
    answers = await asyncio.gather(*(_click(storm, click) for click in clicks))
    sessions = [answer.session for answer in answers if answer.session]
    claims = await _rows(storm, debtor, "invoice_id", "claims", "held")
    payable = await _payable(storm, debtor)
    paid = await asyncio.gather(*(_pay(storm, session) for session in sessions))
    await storm.settle("all is known everywhere")
    figures = TabFigures(
        answers=Counter(answer.kind for answer in answers),
        pages=len(set(sessions)),
        payments=len(await _rows(storm, debtor, "payment_id", "checkout_sessions", "true")),
        claimed=sorted(str(invoice_id) for (invoice_id,) in claims),
        payable=payable,
        accepted=sum(paid),
        charges=len((await storm.books(debtor.merchant)).charges()),
        captured=len(await _rows(storm, debtor, "event_id", "events", "data ->> 'status' = 'captured'")),
    )
    say_lines({"tabs": len(clicks), **figures._asdict()})
    await storm.judge()
    return figures


async def _payable(storm: Storm, debtor: Debtor) -> int:
    """Pages that can be paid on, once there is no more than one.

    A click that was answered while its page was still being opened calls the page off if it lost its claim
    meanwhile; nobody was led to that one.
    """

    async def open_pages() -> int:
        return (await storm.books(debtor.merchant)).pages("open").total()

    return await eventually(open_pages, what="one page is left", within=60, met=lambda pages: pages <= 1)


async def _click(storm: Storm, click: Click) -> ClickAnswer:
    """Press the button, and again as long as the answer is that the page takes longer to open."""
    while (answer := await _pressed(storm, click)).slow:
        pass
    return answer


async def _pressed(storm: Storm, click: Click) -> ClickAnswer:
    merchant, visitor = click.payer.debtor.merchant, click.payer.visitor
    path = f"/billing/{merchant.slug}/checkouts"
    if click.form:
        form = {"invoice_id": click.invoices[0], "pay": "balance"}
        return _led(storm, await visitor.post(path, form))
    answer = await click.payer.post_json(path, {"invoice_id": list(click.invoices), "pay": "balance"})
    if answer.status_code != 201:
        problem = msgspec.json.decode(answer.content, type=dict[str, object])
        code = str(problem.get("code", "result"))
        return ClickAnswer(f"JSON {answer.status_code} {code}", slow=code == "pay_slow")
    page = msgspec.json.decode(answer.content, type=CheckoutPage)
    storm.ledger.payments.hand_out(merchant.business_id, page, click.invoices)
    return ClickAnswer("JSON 201 page", page.session)


def _led(storm: Storm, answer: httpx.Response) -> ClickAnswer:
    """Where a form was sent on to."""
    target = answer.headers.get("location", "")
    if target.startswith(storm.addresses.stripe_url):
        return ClickAnswer(f"form {answer.status_code} page", target.rsplit("/", 1)[1])
    return ClickAnswer(f"form {answer.status_code} {target.split('?')[0].rsplit('/', 1)[-1]}")


async def _pay(storm: Storm, session: str) -> bool:
    try:
        await storm.sandbox.pay(session)
    except Refused:
        return False
    return True


async def _rows(
    storm: Storm, debtor: Debtor, column: str, table: str, condition: str
) -> list[tuple[object, ...]]:
    where = f"business_id = '{debtor.merchant.business_id}' AND {condition}"
    return await storm.databases.query("billing", f"SELECT {column} FROM {table} WHERE {where}")

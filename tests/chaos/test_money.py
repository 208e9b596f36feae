"""The kill test with money: services are killed while people pay and the processor misbehaves.

Every payment is taken once, and known everywhere as the processor's books have it. `CHAOS_LONG=1` is ten
times as long; `CHAOS_SEED` repeats a run's plots and targets.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Sequence

import pytest
from local_stack.environment import Addresses
from portal_testing.stack import eventually

from . import money
from .errands import Errand, plot
from .money import Books
from .money_run import Run, running
from .payers import PATIENCE_SECONDS, Payer, sign_in
from .processes import kill, targets
from .schedule import kill_order
from .shops import Debtor, Shop

pytestmark = pytest.mark.chaos
LONG = 10 if os.environ.get("CHAOS_LONG") else 1
KILLS = 22 * LONG
LONGEST_BURST = 6
DOORS = 4
"""People who sign in at once."""
SHOPS = (
    Shop("biz-till-us", "till-dollars", "acct_till_us", "US", "USD"),
    Shop("biz-till-jp", "till-yen", "acct_till_jp", "JP", "JPY"),
)
OFTEN = ("billing", "portal-read")


async def test_every_payment_is_taken_once_whoever_is_killed(paying: Addresses) -> None:
    async with running(paying, SHOPS) as run:
        sys.stdout.write(f"\nCHAOS_SEED={run.ledger.seed}\n")
        with run.part("opening"):
            payers = await _payers(run)
        with run.part("under fire"):
            await _pay_and_kill(run, payers)
        with run.part("calming down"):
            await run.settle()
        await run.judge_money()
        under_fire = await run.books()
        with run.part("the rest"):
            await _pay_the_rest(payers, under_fire)
            await run.settle()
        await run.judge_money()
        await run.judge_services()
        money.judge_paid(run.verdict, run.till, await run.books())
        sys.stdout.write(await _report(run, under_fire) + "\n")
        assert not run.verdict.missing, run.verdict.missing[:20]
        assert not run.verdict.doubled, run.verdict.doubled[:20]
        assert len(under_fire.payments()) >= 20
        killed = run.ledger.kills
        assert sum(killed.values()) >= 20, killed
        assert all(killed[one.name] >= 3 for one in targets(paying) if one.service in OFTEN), killed


async def _payers(run: Run) -> list[Payer]:
    """The same customers and bills at both shops, signed in."""
    debtors = [
        Debtor(shop, f"payer-{number}", [f"bill-{number}-{part}" for part in "abc"], 10_000 + number)
        for number in range(KILLS // len(SHOPS))
        for shop in SHOPS
    ]
    await run.open(debtors)
    doors = asyncio.Semaphore(DOORS)

    async def enter(debtor: Debtor) -> Payer:
        async with doors:
            return await sign_in(debtor, run.addresses, run.till, run.http)

    return list(await asyncio.gather(*(enter(debtor) for debtor in debtors)))


async def _pay_and_kill(run: Run, payers: Sequence[Payer]) -> None:
    """With each kill one more begins to pay; it falls some requests later, with others under way."""
    chance = run.chance
    often = [target for target in targets(run.addresses) if target.service in OFTEN]
    seldom = [target for target in targets(run.addresses) if target not in often]
    await run.misbehave()
    plots: list[asyncio.Task[None]] = []
    for number, (payer, target) in enumerate(zip(payers, kill_order(chance, often, seldom), strict=False)):
        process = await target.at_work()
        shop = payer.debtor.shop
        story = plot(number // len(SHOPS), payer.debtor.bills, chance, konbini=shop.country == "JP")
        plots.append(asyncio.create_task(payer.follow(story)))
        await _requests(run, chance.randint(1, LONGEST_BURST), plots)
        kill(process)
        run.ledger.kills[target.name] += 1
    await asyncio.gather(*plots)
    await run.sandbox.behave()


async def _requests(run: Run, count: int, plots: Sequence[asyncio.Task[None]]) -> None:
    """Wait until so many more were begun, or nobody begins any more."""
    goal = run.till.steps + count

    async def reached() -> bool:
        return run.till.steps >= goal or all(one.done() for one in plots)

    await eventually(reached, what="people go on", within=PATIENCE_SECONDS, every=0.005)


async def _pay_the_rest(payers: Sequence[Payer], books: Books) -> None:
    """Nobody is stuck: whatever is unpaid can be paid now, also what somebody has a page of already."""
    received = books.received(payers[0].till)
    unpaid = [
        (payer, bill) for payer in payers for bill, owed in payer.debtor.owes.items() if received[bill] < owed
    ]
    await asyncio.gather(*(payer.run(Errand((bill,))) for payer, (_, bill) in unpaid))


async def _report(run: Run, under_fire: Books) -> str:
    books, till, verdict, kills = await run.books(), run.till, run.verdict, run.ledger.kills
    heard = await run.databases.query("billing", "SELECT found_by, count(*) FROM webhooks GROUP BY 1")
    notices = {str(by): count for by, count in heard}
    taken = Counter[str]()
    for charge in books.charges():
        taken[charge.currency.upper()] += charge.amount
    lines = {
        "seed": run.ledger.seed,
        "seconds": run.seconds,
        "payers": f"{KILLS} with {len(till.owed)} bills; {till.steps} steps",
        "answers": dict(sorted(till.answers.items())),
        "pages": f"{len(till.pages)} handed out, {sum(books.pages('expired').values())} called off",
        "charges": f"{len(books.charges())}, {len(under_fire.charges())} of them under fire; {dict(taken)}",
        "webhooks": f"tries {dict(books.tries())}; notices {notices}",
        "rows": f"{verdict.rows} are as the judge says",
        "missing": len(verdict.missing),
        "doubled effects": len(verdict.doubled),
        "kills": f"{sum(kills.values())}  {dict(sorted(kills.items()))}",
    }
    return "\n".join(f"  {name:<17} {value}" for name, value in lines.items())

"""Workers are killed, ended and frozen in turn while events flow, and what they hold follows from the log.

A frozen projector is seen, by its lag and by the age of the pages; and what was paid is never due again.
"""

import re
import time

import pytest
from portal_testing.stack import NeverHappened, eventually, whole_log

from . import lag, money
from .errands import Errand
from .money_run import Run, running
from .payers import Payer, sign_in
from .processes import freeze, resume
from .records import KINDS_OF_POISON
from .run import say
from .scene import LONG, Scene
from .schedule import all_in_turn
from .shops import Debtor, Shop, open_shop

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]
ROUNDS = 5 if LONG else 1
EVENTS = 1000 * ROUNDS
SHOP = Shop("biz-ice", "ice-cold", "acct_ice", "US", "USD")
BILL = "bill-ice"
PAGES = ("", "/invoices", f"/invoices/{BILL}", "/pay")
CHECKOUT = f'action="/billing/{SHOP.slug}/checkouts"'
_PAID = re.compile("processed|Processing|on its way|Paid|Nothing due|Nothing left to pay")
OLD = "This may be out of date."
STALE_SECONDS = 10.0
"""Older pages say so."""
SLACK_SECONDS = 3.0
"""Positions are told, and the gauge is set, once a second each."""


async def test_whatever_is_done_to_a_worker_its_rows_follow_from_the_log(scene: Scene) -> None:
    workers = [each for each in scene.targets if each.kind == "worker" and each.service != "branding"]
    aims = all_in_turn(scene.run.ledger.seed, workers, ROUNDS, EVENTS)
    story = scene.story.tell(EVENTS, KINDS_OF_POISON)
    requests = scene.requests(4 * ROUNDS, codes=LONG)
    await scene.driver.run(story, requests, aims, events=EVENTS)
    await scene.progress("after the last blow", mail=LONG)
    await scene.judge()
    for deed, struck in scene.run.ledger.strikes.items():
        assert all(struck[each.name] >= ROUNDS for each in workers), (deed, struck)


async def test_a_frozen_projector_is_seen_and_what_was_paid_is_never_due(scene: Scene) -> None:
    async with running(scene.run.addresses, (SHOP,)) as shop:
        debtor = Debtor(SHOP, "payer-ice", [BILL], 10_000)
        await open_shop(SHOP, shop.addresses, shop.sandbox, shop.http)
        await scene.driver.publish(debtor.told())
        await scene.progress("the shop is open", mail=False)
        payer = await sign_in(debtor, shop.addresses, shop.till, shop.http)
        await scene.progress("before the frost", mail=False)
        await _judge_pages(scene, payer, due=True)
        await lag.committed(scene)
        process, began = await scene.worker("portal-read").at_work(), time.monotonic()
        freeze(process)
        try:
            await payer.run(Errand((BILL,)))
            await _judge_pages(scene, payer, due=False)
            await scene.tell(EVENTS // 10)
            await scene.progress("everybody but the projector", mail=False, asleep="portal-read")
            await lag.judge(scene)
            await _judge_age(scene, payer, began)
        finally:
            resume(process)
        await scene.progress("after the frost", mail=False)
        await _judge_pages(scene, payer, due=False)
        await _judge_money(scene, shop)
    await scene.judge()


async def _judge_money(scene: Scene, shop: Run) -> None:
    books = await shop.books()
    log = await whole_log.read_all(scene.run.addresses.kafka_bootstrap)
    money.judge_charges(scene.verdict, shop.till, books)
    money.judge_pages(scene.verdict, shop.till, books)
    await money.judge_captures(scene.verdict, shop.till, books, log, scene.run.databases)
    await money.judge_balances(scene.verdict, shop.till, books, scene.run.databases)
    scene.verdict.missing += [*shop.till.stuck, *shop.till.wrong]


async def _judge_pages(scene: Scene, payer: Payer, *, due: bool) -> None:
    """Each page that tells what is owed: payable, or neither payable nor silent about the money."""
    for path in PAGES:
        page = await _page(payer, path)
        if (CHECKOUT in page) is not due:
            scene.find(f"{path or '/'}: {'not payable' if due else 'due, though it was paid'}")
        if not due and not _PAID.search(page):
            scene.find(f"{path or '/'}: says nothing of the payment")


async def _judge_age(scene: Scene, payer: Payer, began: float) -> None:
    """Old enough, the pages say from when they are; the gauge says how old that is."""

    async def old() -> bool:
        return OLD in await _page(payer, "/invoices")

    try:
        await eventually(old, what="pages say that they are old", within=STALE_SECONDS + 5, every=0.5)
    except NeverHappened as error:
        scene.find(str(error))
    if "data-stamp" not in await _page(payer, "/invoices"):
        scene.find("pages do not say from when they are")
    seconds, told = time.monotonic() - began, await lag.freshness(scene)
    if not seconds - SLACK_SECONDS < told < seconds + SLACK_SECONDS:
        scene.find(f"portal_read_freshness_seconds is {told}, after {seconds:.1f} s of frost")
    say(f"  frozen for {seconds:.1f} s, portal_read_freshness_seconds {told:.1f}")


async def _page(payer: Payer, path: str) -> str:
    answer = await payer.visitor.get(f"/portal/{SHOP.slug}{path}")
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer.text

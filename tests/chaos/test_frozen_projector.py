"""The projector is frozen: its lag and the age of the pages are seen, and what was paid is never due."""

import re
from datetime import datetime
from typing import cast

import httpx
import pytest
from portal_testing.stack import NeverHappened, eventually

from tests.chaos import LONG
from tests.chaos.actors.merchants import Debtor, Merchant
from tests.chaos.actors.payers import Payer
from tests.chaos.actors.payment_plans import Tab
from tests.chaos.faults.processes import frozen
from tests.chaos.judges.positions import judge_lag, until_committed
from tests.chaos.judges.verdict import say
from tests.chaos.stacks.storm import SETTLED_SECONDS, Storm

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]
RECORDS = 500 if LONG else 100
MERCHANT = Merchant("biz-ice", "ice-cold", "acct_ice", "US", "USD")
INVOICE = "inv-ice"
PAGES = ("", "/invoices", f"/invoices/{INVOICE}", "/pay")
CHECKOUT = f'action="/billing/{MERCHANT.slug}/checkouts"'
OLD = "This may be out of date."
_PAID = re.compile("processed|Processing|on its way|Paid|Nothing due|Nothing left to pay")
_ROUNDING_SECONDS = 0.01
_AS_OF_SHOWN = re.compile(r"^portal_read_as_of_timestamp_seconds (\S+)$", re.MULTILINE)
_AS_OF = "SELECT as_of, clock_timestamp() FROM projection_1.freshness"


async def test_a_frozen_projector_is_seen_and_what_was_paid_is_never_due(storm: Storm) -> None:
    debtor = Debtor(MERCHANT, "payer-ice", [INVOICE], 10_000)
    await storm.open([MERCHANT], [debtor])
    payer = await storm.payer(debtor)
    await storm.settle("before the freeze")
    await _judge_pages(storm, payer, due=True)
    await until_committed(storm.databases, storm.bootstrap)
    await _until_fresh(storm)
    with frozen(await storm.worker("portal-read").at_work()):
        await payer.use(Tab((INVOICE,)))
        await _judge_pages(storm, payer, due=False)
        await storm.publish(RECORDS)
        await storm.settle("all but the projector", asleep="portal-read")
        environment = storm.worker("portal-read").find()[1]
        await judge_lag(storm.verdict, storm.databases, storm.bootstrap, environment)
        await _judge_age(storm, payer)
    await storm.settle("after the freeze")
    await _judge_pages(storm, payer, due=False)
    await storm.judge()


async def _judge_pages(storm: Storm, payer: Payer, *, due: bool) -> None:
    """Each page that tells what is owed: payable, or neither payable nor silent about the money."""
    for path in PAGES:
        page = await payer.page(path)
        if (CHECKOUT in page) is not due:
            storm.find(f"{path or '/'}: {'not payable' if due else 'due, though it was paid'}")
        if not due and not _PAID.search(page):
            storm.find(f"{path or '/'}: says nothing of the payment")


async def _as_of(storm: Storm) -> tuple[datetime | None, datetime]:
    """When the projection last stood at the end of the log, and what time it is, by PostgreSQL."""
    (row,) = await storm.databases.query("portal_read", _AS_OF)
    return cast(tuple[datetime | None, datetime], row)


async def _until_fresh(storm: Storm) -> None:
    """Wait until the projection stood at the end of the log after this moment."""
    _, now = await _as_of(storm)

    async def fresh() -> bool:
        as_of, _ = await _as_of(storm)
        return as_of is not None and as_of > now

    await eventually(fresh, what="the projection is fresh", within=SETTLED_SECONDS, every=0.25)


async def _judge_age(storm: Storm, payer: Payer) -> None:
    """Old enough, the pages say from when they are; the gauge says the same moment."""

    async def old() -> bool:
        return OLD in await payer.page("/invoices")

    as_of, now = await _as_of(storm)
    assert as_of is not None
    age = (now - as_of).total_seconds()

    async def told() -> float:
        return await _as_of_shown(storm)

    try:
        await eventually(old, what="pages say that they are old", within=SETTLED_SECONDS, every=0.5)
        shown = await eventually(
            told,
            what=f"the gauge says {as_of}",
            within=SETTLED_SECONDS,
            met=lambda told: abs(told - as_of.timestamp()) < _ROUNDING_SECONDS,
        )
    except NeverHappened as error:
        storm.find(str(error))
        return
    if "data-stamp" not in await payer.page("/invoices"):
        storm.find("pages do not say from when they are")
    say(f"  frozen for {age:.1f} s, portal_read_as_of_timestamp_seconds {shown:.1f}")


async def _as_of_shown(storm: Storm) -> float:
    """The gauge of portal-read's web process, in seconds since 1970."""
    port = storm.addresses.api_ports["portal-read"]
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        line = _AS_OF_SHOWN.search((await http.get(f"http://127.0.0.1:{port}/metrics")).text)
    assert line, "there is no portal_read_as_of_timestamp_seconds"
    return float(line[1])

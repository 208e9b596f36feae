"""The kill test: processes are killed, ended and frozen at work while events flow, people sign in and pay,
and the payment processor misbehaves. Nothing that was promised is lost, and nothing is done twice.

`CHAOS_LONG=1` has fifteen rounds; `CHAOS_SEED` repeats a run's story, plans and targets.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.chaos import LONG
from tests.chaos.actors import aggregates
from tests.chaos.actors.merchants import Debtor, Merchant
from tests.chaos.actors.payers import Payer
from tests.chaos.actors.payment_plans import Tab
from tests.chaos.actors.record_stream import Sending, sending
from tests.chaos.faults.fire import Fire
from tests.chaos.faults.schedule import Strike, let_stripe_fail, strikes
from tests.chaos.judges.money import MerchantBooks, judge_paid
from tests.chaos.judges.verdict import say_lines
from tests.chaos.stacks.storm import Storm

pytestmark = [pytest.mark.chaos, pytest.mark.asyncio(loop_scope="session")]
ROUNDS = 15 if LONG else 1
RECORDS, MALFORMED = 2000 * ROUNDS, 12
SIGN_INS, CODES, STRANGERS, NAMES = 8 * ROUNDS, 24 * ROUNDS, 8 * ROUNDS, 12 * ROUNDS
PAYERS = 22 * ROUNDS
DOORS = 4
"""Payers who sign in at once."""
MERCHANTS = (
    Merchant("biz-till-us", "till-dollars", "acct_till_us", "US", "USD"),
    Merchant("biz-till-jp", "till-yen", "acct_till_jp", "JP", "JPY"),
)
PAYING = ("billing", "portal-read")
_LAST_VERSION = 1_000_000


async def test_struck_processes_lose_nothing_and_do_nothing_twice(storm: Storm) -> None:
    payers = await _payers(storm)
    schedule = [one for _ in range(ROUNDS) for one in strikes(storm.chance, storm.processes, PAYING)]
    signed_in = Counter(storm.ledger.sessions)
    await _strike_all(storm, schedule, payers)
    residents = list(storm.ledger.sessions - signed_in)
    await storm.publisher.publish(_last_versions(residents))
    await storm.settle("all is known everywhere")
    await storm.judge_money()
    under_fire = await storm.books(*MERCHANTS)
    await _pay_the_rest(payers, under_fire)
    await storm.settle("the rest is paid")
    for payer in payers:
        judge_paid(storm.verdict, payer.ledger, await storm.books(*MERCHANTS), payer.debtor.owes)
    await _say_payments(storm, under_fire)
    await storm.judge()
    assert len(residents) >= 2, "nobody came in: no session was erased or withdrawn"
    assert len(under_fire.payments()) >= 20
    _check_schedule(storm, schedule)


async def _payers(storm: Storm) -> list[Payer]:
    """The same customers and invoices at both merchants, signed in."""
    debtors = [
        Debtor(merchant, f"payer-{number}", [f"inv-{number}-{part}" for part in "abc"], 10_000 + number)
        for number in range(PAYERS // len(MERCHANTS))
        for merchant in MERCHANTS
    ]
    await storm.open(MERCHANTS, debtors)
    doors = asyncio.Semaphore(DOORS)

    async def enter(debtor: Debtor) -> Payer:
        async with doors:
            return await storm.payer(debtor)

    return list(await asyncio.gather(*(enter(debtor) for debtor in debtors)))


async def _strike_all(storm: Storm, schedule: Sequence[Strike], payers: Sequence[Payer]) -> None:
    """With each kill one more payer begins; records and requests are spread over the strikes."""
    requests = [
        *(storm.visitors.sign_in() for _ in range(SIGN_INS)),
        *(storm.visitors.code() for _ in range(CODES)),
        *(storm.visitors.stranger() for _ in range(STRANGERS)),
        *(storm.visitors.name() for _ in range(NAMES)),
    ]
    storm.chance.shuffle(requests)
    await let_stripe_fail(storm.sandbox)
    fire = Fire(storm, storm.records.take(RECORDS, MALFORMED), requests, iter(payers))
    for left, strike in zip(range(len(schedule), 0, -1), schedule, strict=True):
        await fire.strike(strike, RECORDS // len(schedule), -(-len(fire.requests) // left))
    await fire.out()
    await storm.sandbox.behave()


def _last_versions(residents: Sequence[tuple[str, str]]) -> list[Sending]:
    """Of those who came in, one is erased and one loses access: their sessions must end."""
    far = _LAST_VERSION
    events = [aggregates.erased(aggregates.customer(*one, far)) for one in residents[:1]]
    events += [aggregates.customer(*one, far, access=False) for one in residents[1:2]]
    return [sending(event, far) for event in events]


async def _pay_the_rest(payers: Sequence[Payer], books: MerchantBooks) -> None:
    """Nobody is stuck: whatever is unpaid can be paid now, also what somebody has a page of already."""
    received = books.received(payers[0].ledger)
    unpaid = [
        (payer, invoice_id)
        for payer in payers
        for (business_id, invoice_id), owed in payer.debtor.owes.items()
        if received[business_id, invoice_id] < owed
    ]
    await asyncio.gather(*(payer.use(Tab((invoice_id,))) for payer, invoice_id in unpaid))


def _check_schedule(storm: Storm, schedule: Sequence[Strike]) -> None:
    struck = Counter((strike.process, strike.deed) for strike in schedule)
    for process in storm.processes:
        assert struck[process, "killed"] >= (3 if process.service in PAYING else 2) * ROUNDS
        reads = process.kind == "worker" and process.service != "branding"
        assert struck[process, "ended"] == struck[process, "frozen"] == (ROUNDS if reads else 0)


async def _say_payments(storm: Storm, under_fire: MerchantBooks) -> None:
    books, ledger = await storm.books(*MERCHANTS), storm.ledger.payments
    webhooks = await storm.databases.query("billing", "SELECT found_by, count(*) FROM webhooks GROUP BY 1")
    taken = Counter[str]()
    for charge in books.charges():
        taken[charge.currency.upper()] += charge.amount
    say_lines(
        {
            "payers": f"{PAYERS} with {3 * PAYERS} invoices; {ledger.steps} steps",
            "answers": dict(sorted(ledger.answers.items())),
            "pages": f"{books.pages().total()}, {books.pages('expired').total()} called off",
            "charges": f"{len(books.charges())}, {len(under_fire.charges())} under fire; {dict(taken)}",
            "webhooks": f"tries {dict(books.tries())}; known by {[*webhooks]}",
        }
    )

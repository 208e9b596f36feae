"""An account that nobody can pay into is noticed when it is set, and told to operators and to ServiceHub."""

from dataclasses import dataclass

import httpx
import pytest
import structlog
from billing.doctor import look
from billing.domain.account_standing import REMEDIES
from chassis.commands.doctor.finding import Finding
from local_stack.environment import SERVICEHUB
from servicehub_events import BrandingRevised, as_event
from structlog.typing import EventDict

from .billing_world import BUSINESS, World

pytestmark = pytest.mark.stack
STANDING = "SELECT account, standing FROM account_checks"
ACCOUNT = f"/billing/businesses/{BUSINESS.business_id}/account"


@dataclass
class Answer:
    """What the route answers."""

    status: int
    body: dict[str, str | None]


async def findings(world: World) -> list[Finding]:
    async with world.worker.all_tenants() as tx:
        return [finding async for finding in look(tx)]


async def told(world: World, path: str = ACCOUNT, key: str | None = None) -> Answer:
    """What ServiceHub is told."""
    key = world.servers.secrets.integration_key(SERVICEHUB).key if key is None else key
    async with world.browser() as browser:
        answer: httpx.Response = await browser.get(path, headers={"Authorization": f"Bearer {key}"})
    return Answer(answer.status_code, answer.json())


async def warnings_while(world: World, **later: float) -> list[EventDict]:
    """What the worker warns of while it does all that is due."""
    with structlog.testing.capture_logs() as logs:
        await world.work(**later)
    return [line for line in logs if line["log_level"] == "warning"]


async def test_an_account_that_does_not_exist_is_noticed_when_it_is_set(world: World) -> None:
    world.processor.unconnected.add("acct_1")
    await world.know()
    (warned,) = await warnings_while(world)
    assert (warned["event"], warned["account"], warned["standing"]) == (
        "account.checked",
        "acct_1",
        "missing",
    )
    (finding,) = await findings(world)
    assert (finding.state, finding.remedy) == ("wrong", REMEDIES["missing"])
    assert f"acct_1 of {BUSINESS.business_id} is missing" in finding.says


async def test_one_that_may_take_payments_later_is_asked_again_within_minutes(world: World) -> None:
    world.processor.disabled.add("acct_1")
    await world.know()
    await world.work()
    assert await world.rows(STANDING) == [("acct_1", "restricted")]
    world.processor.disabled.clear()
    await world.work(minutes=5)
    assert await world.rows(STANDING) == [("acct_1", "ready")]
    assert [finding.state for finding in await findings(world)] == ["ok"]


async def test_what_stays_wrong_is_warned_of_once(world: World) -> None:
    world.processor.disabled.add("acct_1")
    await world.know()
    assert len(await warnings_while(world)) == 1
    assert await warnings_while(world, minutes=5) == []
    assert world.processor.asked == ["acct_1", "acct_1"]


async def test_another_account_is_asked_about_at_once_and_an_older_event_changes_nothing(
    world: World,
) -> None:
    await world.apply(BUSINESS, version=3)
    await world.work()
    await world.apply(as_event(BrandingRevised, BUSINESS, stripe_account="acct_2"), version=5)
    await world.apply(as_event(BrandingRevised, BUSINESS, stripe_account="acct_0"), version=4)
    await world.apply(as_event(BrandingRevised, BUSINESS, stripe_account="acct_2", name="Other"), version=6)
    await world.work()
    assert world.processor.asked == ["acct_1", "acct_2"]


async def test_a_business_without_an_account_is_not_asked_about(world: World) -> None:
    world.processor.disabled.add("acct_1")
    await world.apply(BUSINESS, version=1)
    await world.work()
    await world.apply(as_event(BrandingRevised, BUSINESS, stripe_account=None), version=2)
    assert await world.rows(STANDING) == []
    assert (await told(world)).body["standing"] is None


async def test_a_processor_that_is_away_is_asked_again_in_a_minute(world: World) -> None:
    world.processor.away = True
    await world.know()
    await world.work()
    assert await world.rows(STANDING) == [("acct_1", None)]
    assert (await told(world)).status == 503
    world.processor.away = False
    await world.work(minutes=1)
    assert await world.rows(STANDING) == [("acct_1", "ready")]


@pytest.mark.parametrize(
    ("mark", "standing"), [(None, "ready"), ("disabled", "restricted"), ("unconnected", "missing")]
)
async def test_servicehub_is_told_how_the_account_stands_and_what_to_do(
    world: World, mark: str | None, standing: str
) -> None:
    if mark:
        getattr(world.processor, mark).add("acct_1")
    await world.know()
    answer = await told(world)
    assert answer == Answer(
        200,
        {
            "business_id": BUSINESS.business_id,
            "stripe_account": "acct_1",
            "standing": standing,
            "says": answer.body["says"],
        },
    )
    assert answer.body["says"]


async def test_only_the_holder_of_the_key_is_told_and_only_of_businesses_that_are_known(world: World) -> None:
    await world.know()
    for key in ("", "another"):
        assert (await told(world, key=key)).status == 401
    unknown = await told(world, "/billing/businesses/biz-unknown/account")
    assert (unknown.status, unknown.body["code"]) == (404, "not_found")

"""A domain of its own, on real PostgreSQL: asked for, shown, held by one, and lost."""

import json
from datetime import timedelta
from typing import Any

import pytest
from branding import store
from branding.handlers.check_domains import check_domains
from servicehub_events import Business

from .branding_examples import body
from .conftest import World

pytestmark = pytest.mark.stack
DOMAIN = "portal.shiny.example"


async def put(world: World, business_id: str = "b1", **changes: object) -> dict[str, Any]:
    fields = {"slug": f"slug-{business_id}", "domain": DOMAIN, **changes}
    answer = await world.servicehub().put(f"/branding/businesses/{business_id}", json=body(**fields))
    return answer.json() | {"http": answer.status_code}


async def check(world: World, business_id: str = "b1") -> dict[str, str]:
    answer = await world.servicehub().get(f"/branding/businesses/{business_id}")
    return answer.json().get("domain_check", {})


async def set_record(world: World, business_id: str = "b1") -> None:
    stated = await check(world, business_id)
    world.txt_records.put(stated["record"], stated["value"])


async def look(world: World, later: timedelta = timedelta()) -> None:
    """Let time pass, and the worker look at what is due."""
    world.clock.now += later
    await check_domains(world.worker)


async def statuses(world: World) -> list[str | None]:
    """What the other services are told, event by event."""
    states = [each.event for each in await world.published()]
    checks = [state.domain_check for state in states if isinstance(state, Business)]
    return [each.status if each else None for each in checks]


async def test_a_domain_waits_until_its_record_is_there(world: World) -> None:
    asked = await put(world)
    assert (asked["domain"], asked["domain_check"]["status"]) == (DOMAIN, "pending")
    await look(world)
    assert (await check(world))["status"] == "pending"
    await set_record(world)
    await look(world)
    assert (await check(world))["status"] == "pending"  # not due again yet
    await look(world, timedelta(seconds=60))
    assert (await check(world))["status"] == "verified"
    assert await statuses(world) == ["pending", "verified"]
    assert await world.rows("SELECT actor FROM events WHERE version = 2") == [("worker:domains",)]


async def test_each_business_has_a_record_of_its_own_that_nobody_guesses(world: World) -> None:
    first, second = await put(world), await put(world, "b2")
    assert first["domain_check"]["value"] != second["domain_check"]["value"]
    assert len(first["domain_check"]["value"].removeprefix("servicehub-portal=")) == 32
    world.txt_records.put(first["domain_check"]["record"], second["domain_check"]["value"])
    await look(world)
    assert (await check(world))["status"] == "pending"
    assert (await check(world, "b2"))["status"] == "verified"


async def test_who_shows_it_first_has_it_and_others_are_refused(world: World) -> None:
    await put(world)
    await put(world, "b2")
    await set_record(world)
    await set_record(world, "b2")
    await look(world)
    assert sorted([(await check(world))["status"], (await check(world, "b2"))["status"]]) == [
        "pending",
        "verified",
    ]
    third = await put(world, "b3")
    assert (third["http"], third["code"]) == (409, "domain_taken")
    await look(world, timedelta(hours=73))
    assert sorted([(await check(world))["status"], (await check(world, "b2"))["status"]]) == [
        "failed",
        "verified",
    ]


async def test_a_domain_that_its_owner_leaves_is_free(world: World) -> None:
    await put(world)
    await set_record(world)
    await look(world)
    assert (await put(world, domain=...))["http"] == 200
    assert await check(world) == {}
    assert (await put(world, "b2"))["http"] == 200
    await set_record(world, "b2")
    await look(world)
    assert (await check(world, "b2"))["status"] == "verified"


async def test_another_domain_begins_anew_and_leaves_the_former_one_free(world: World) -> None:
    await put(world)
    await set_record(world)
    await look(world)
    moved = await put(world, domain="b.shiny.example")
    assert (moved["http"], moved["domain_check"]["status"]) == (200, "pending")
    await look(world, timedelta(hours=1))
    assert (await check(world))["status"] == "pending"
    assert world.txt_records.asked[-1] == "_servicehub-portal.b.shiny.example"
    assert (await put(world, "b2"))["http"] == 200


async def test_a_record_that_goes_costs_the_domain_after_three_days_and_not_before(world: World) -> None:
    await put(world)
    await set_record(world)
    await look(world)
    world.txt_records.values.clear()
    await look(world, timedelta(hours=1))
    await look(world, timedelta(hours=71))
    assert (await check(world))["status"] == "verified"
    await look(world, timedelta(hours=1))
    assert (await check(world))["status"] == "failed"
    await set_record(world)
    await look(world, timedelta(hours=1))
    assert (await check(world))["status"] == "verified"
    assert await statuses(world) == ["pending", "verified", "failed", "verified"]


async def test_a_resolver_that_does_not_answer_costs_nobody_a_domain(world: World) -> None:
    await put(world)
    await set_record(world)
    await look(world)
    world.txt_records.silent = True
    for _ in range(5):
        await look(world, timedelta(days=1))
    assert (await check(world))["status"] == "verified"
    assert len(await world.published()) == 2


async def test_what_get_answers_put_back_changes_nothing(world: World) -> None:
    await put(world)
    await set_record(world)
    await look(world)
    state = (await world.servicehub().get("/branding/businesses/b1")).json()
    again = await world.servicehub().put("/branding/businesses/b1", json=state)
    assert (again.status_code, again.json()) == (200, state)
    claimed = state | {"domain_check": state["domain_check"] | {"value": "mine"}}
    refused = await world.servicehub().put("/branding/businesses/b1", json=claimed)
    assert (refused.status_code, "domain_check" in refused.json()["detail"]) == (422, True)


async def test_the_host_of_the_platform_is_refused(world: World) -> None:
    for domain in ("portal.test", "shiny.portal.test"):
        answer = await put(world, domain=domain)
        assert (answer["http"], answer["code"]) == (422, "invalid_branding")


async def test_files_are_served_on_the_platform_and_on_the_business_s_own_domain_alone(world: World) -> None:
    theme = (await put(world))["theme_url"]
    other = (await put(world, "b2", domain=...))["theme_url"]
    assert (await world.browser(host=DOMAIN).get(theme)).status_code == 404
    await set_record(world)
    await look(world)
    assert (await world.browser(host=DOMAIN).get(theme)).status_code == 200
    assert (await world.browser().get(theme)).status_code == 200
    assert (await world.browser(host=DOMAIN).get(other)).status_code == 404
    assert (await world.browser(host="unknown.example").get(theme)).status_code == 404


async def test_the_gateway_listens_for_every_domain_that_is_or_may_be_verified(world: World) -> None:
    await put(world)
    await put(world, "b2")
    await put(world, "b3", domain="gone.example")
    await look(world, timedelta(hours=73))
    await put(world, "b4", domain="a.example")
    code, out, _ = await world.portal("domains", "gateway", "--class", "c", "--issuer", "i")
    listeners = json.loads(out)["spec"]["listeners"]
    assert (code, [each.get("hostname") for each in listeners]) == (0, [None, "a.example"])
    await set_record(world)
    await look(world, timedelta(hours=1))
    async with world.worker.all_tenants() as tx:
        assert await store.list_domains(tx) == ["a.example", DOMAIN]

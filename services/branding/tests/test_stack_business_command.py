"""`portal business show` tells how a portal stands, by id, slug and former slug."""

import json

import pytest

from .branding_examples import body
from .conftest import World

pytestmark = pytest.mark.stack


async def put(world: World, business_id: str, **changes: object) -> None:
    answer = await world.servicehub().put(f"/branding/businesses/{business_id}", json=body(**changes))
    assert answer.status_code < 300, answer.text


async def test_a_business_is_found_by_its_id_and_by_every_slug_it_had(world: World) -> None:
    await put(world, "b1", slug="first")
    await put(world, "b1", slug="second")
    await put(world, "b2", slug="another")
    for named in ("b1", "first", "second"):
        code, out, err = await world.portal("business", "show", named, "--json")
        assert code == 0, err
        state = json.loads(out)
        assert (state["business_id"], state["slug"], state["former_slugs"]) == ("b1", "second", ["first"])
    code, out, _ = await world.portal("business", "show", "first")
    assert code == 0
    assert "second, formerly first" in out
    assert "off, generation" in out


async def test_an_unknown_business_is_said_to_be(world: World) -> None:
    code, _, err = await world.portal("business", "show", "nobody")
    assert (code, err.strip()) == (1, "branding knows no business and no slug nobody.")

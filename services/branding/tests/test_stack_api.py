"""The routes on real PostgreSQL."""

import asyncio
import json
from typing import Any

import pytest
from chassis.settings import IntegrationKeys
from chassis.settings.integration_keys import new_integration_key
from httpx import Response
from servicehub_events_tools import REPOSITORY

from .branding_examples import body, picture
from .conftest import World
from .test_logo import SVG, png_that_claims

pytestmark = pytest.mark.stack
B1 = "/branding/businesses/b1"


async def put(world: World, business_id: str = "b1", **changes: object) -> Response:
    return await world.servicehub().put(f"/branding/businesses/{business_id}", json=body(**changes))


async def state(world: World) -> dict[str, Any]:
    answer = await world.servicehub().get(B1)
    assert answer.status_code == 200
    return answer.json()


async def published(world: World) -> list[tuple[str, int]]:
    """Name and version of every event."""
    return [(type(envelope.event).__name__, envelope.sequence) for envelope in await world.published()]


def problem(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_a_portal_from_first_words_to_switched_off(world: World) -> None:
    created = await put(world)
    assert (created.status_code, created.json()["enabled"]) == (200, False)
    logo = await world.servicehub().put(f"{B1}/logo", content=picture())
    assert logo.json()["logo"] | {"url": ""} == {"url": "", "width": 512, "height": 128}
    assert logo.json()["warnings"] == []
    assert (await world.servicehub().post(f"{B1}/enable")).json()["enabled"] is True
    off = await world.servicehub().post(f"{B1}/disable")
    assert (off.json()["enabled"], off.json()["generation"]) == (False, 2)
    assert await state(world) == off.json()
    assert await published(world) == [
        ("BrandingRevised", 1),
        ("BrandingRevised", 2),
        ("PortalEnabled", 3),
        ("PortalDisabled", 4),
    ]


async def test_what_get_answers_put_back_publishes_nothing(world: World) -> None:
    await put(world)
    await world.servicehub().put(f"{B1}/logo", content=picture())
    await world.servicehub().post(f"{B1}/enable")
    before = await state(world)
    again = await world.servicehub().put(B1, json=before)
    assert (again.status_code, again.json()) == (200, before)
    assert len(await published(world)) == 3


async def test_the_document_of_the_api_is_served_without_a_key(world: World) -> None:
    answer = await world.browser().get("/branding/openapi.json")
    assert answer.json() == json.loads((REPOSITORY / "services/branding/openapi.json").read_text())


async def test_saying_the_same_again_publishes_nothing(world: World) -> None:
    first = await put(world)
    assert (await put(world)).json() == first.json()
    assert len(await published(world)) == 1


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
async def test_without_the_key_nothing_is_read_or_changed(world: World, header: dict[str, str]) -> None:
    await put(world)
    for method, path in [("GET", B1), ("PUT", B1), ("PUT", f"{B1}/logo"), ("POST", f"{B1}/enable")]:
        answer = await world.browser().request(method, path, json=body(name="Taken over"), headers=header)
        assert problem(answer) == (401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert len(await published(world)) == 1


async def test_an_unknown_business_is_not_found(world: World) -> None:
    for method, path in [("GET", B1), ("POST", f"{B1}/enable"), ("POST", f"{B1}/disable")]:
        assert problem(await world.servicehub().request(method, path)) == (404, "unknown_business")
    answer = await world.servicehub().put(f"{B1}/logo", content=picture())
    assert problem(answer) == (404, "unknown_business")


async def test_bad_fields_are_told_by_name_and_change_nothing(world: World) -> None:
    answer = await put(world, website="javascript:alert(1)", time_zone="Mars")
    assert problem(answer) == (422, "invalid_branding")
    assert "website: " in answer.json()["detail"]
    assert "time_zone: " in answer.json()["detail"]
    assert await published(world) == []


@pytest.mark.parametrize("business_id", ["x" * 65, "a%0Ab", "a%00b"])
async def test_an_impossible_business_id_is_refused(world: World, business_id: str) -> None:
    answer = await world.servicehub().get(f"/branding/businesses/{business_id}")
    assert problem(answer) == (422, "invalid_request")


async def test_only_json_is_taken_and_not_much_of_it(world: World) -> None:
    form = await world.servicehub().put(B1, data={"slug": "hikari"})
    assert problem(form) == (415, "unsupported_media_type")
    assert problem(await put(world, name="x" * 70_000)) == (413, "body_too_large")


async def test_an_upload_that_hides_its_length_is_cut_off(world: World) -> None:
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 100_000_000:
            sent += 100_000
            yield bytes(100_000)

    answer = await world.servicehub().put(f"{B1}/logo", content=endless())
    assert problem(answer) == (413, "body_too_large")
    assert sent < 3_000_000


async def test_hostile_pictures_are_refused_and_change_nothing(world: World) -> None:
    await put(world)
    for upload in (SVG, png_that_claims(30_000, 30_000), b"GIF89a", b""):
        answer = await world.servicehub().put(f"{B1}/logo", content=upload)
        assert problem(answer) == (422, "unusable_logo")
        assert answer.json()["detail"]
    assert len(await published(world)) == 1


async def test_a_slug_is_for_ever_its_first_owners(world: World) -> None:
    await put(world, slug="first-name")
    await put(world, slug="second-name")
    for slug in ("first-name", "second-name"):
        assert problem(await put(world, "b2", slug=slug)) == (409, "slug_taken")
    assert (await world.servicehub().get("/branding/businesses/b2")).status_code == 404
    back = await put(world, slug="first-name")
    assert (back.json()["slug"], back.json()["former_slugs"]) == ("first-name", ["second-name"])


async def test_published_files_are_public_and_immutable(world: World) -> None:
    letter = (await put(world)).json()["icons"][0]["url"]
    revised = (await world.servicehub().put(f"{B1}/logo", content=picture())).json()
    for url, kind in [
        (letter, "image/svg+xml; charset=utf-8"),
        (revised["theme_url"], "text/css; charset=utf-8"),
        (revised["logo"]["url"], "image/webp"),
        (revised["mail_logo_url"], "image/png"),
        (revised["icons"][2]["url"], "image/png"),
        (revised["og_image_url"], "image/png"),
    ]:
        answer = await world.browser().get(url)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        head = await world.browser().head(url)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(answer.content)))


async def test_old_files_stay_at_old_and_new_slugs(world: World) -> None:
    old_url = (await put(world)).json()["theme_url"]
    old_css = (await world.browser().get(old_url)).text
    await put(world, primary_colour="#c94f16", slug="hikari-tokyo")
    assert (await world.browser().get(old_url)).text == old_css
    moved = old_url.replace("/hikari/", "/hikari-tokyo/")
    assert (await world.browser().get(moved)).text == old_css


async def test_what_was_not_published_is_not_found(world: World) -> None:
    url = (await put(world)).json()["theme_url"]
    await put(world, "b2", slug="other", primary_colour="#c94f16")
    for wrong in (
        "/branding/hikari/theme-0123456789abcdef.css",
        url.replace(".css", ".png"),
        url.replace("/hikari/", "/nobody/"),
        url.replace("/hikari/", "/other/"),
        url.replace("theme-", "theme"),
        "/branding/hikari/..%2f..%2fetc%2fpasswd",
        "/branding/hikari/%00",
    ):
        assert problem(await world.browser().get(wrong)) == (404, "not_found")


async def test_of_two_who_read_the_same_state_the_second_to_write_is_told(world: World) -> None:
    await put(world)
    read = await world.servicehub().get(B1)
    tag = read.headers["etag"]
    first = await world.servicehub().put(B1, json=body(name="First"), headers={"If-Match": tag})
    assert (first.status_code, "etag" in first.headers) == (200, False)
    headers = {"If-Match": tag, "Content-Type": "application/json"}
    for method, path, sent in (
        ("PUT", B1, json.dumps(body(name="Second")).encode()),
        ("PUT", f"{B1}/logo", picture()),
        ("POST", f"{B1}/enable", b""),
    ):
        answer = await world.servicehub().request(method, path, headers=headers, content=sent)
        assert problem(answer) == (412, "precondition_failed")
        assert "GET it, and send the change again" in answer.json()["detail"]
    assert (await state(world))["name"] == "First"
    assert len(await published(world)) == 2


async def test_a_change_whose_answer_was_lost_is_sent_again_and_answered_200(world: World) -> None:
    await put(world)
    tag = (await world.servicehub().get(B1)).headers["etag"]
    for _ in range(3):
        again = await world.servicehub().put(B1, json=body(name="First"), headers={"If-Match": tag})
        assert (again.status_code, again.json()["name"]) == (200, "First")
    assert len(await published(world)) == 2


async def test_a_portal_can_be_created_only_or_changed_only(world: World) -> None:
    only_changed = await world.servicehub().put(B1, json=body(), headers={"If-Match": "*"})
    assert problem(only_changed) == (412, "precondition_failed")
    created = await world.servicehub().put(B1, json=body(), headers={"If-None-Match": "*"})
    assert created.status_code == 200
    taken = await world.servicehub().put(B1, json=body(name="Other"), headers={"If-None-Match": "*"})
    assert problem(taken) == (412, "precondition_failed")


async def test_a_state_that_is_known_is_not_sent_again(world: World) -> None:
    await put(world)
    read = await world.servicehub().get(B1)
    again = await world.servicehub().get(B1, headers={"If-None-Match": f"W/{read.headers['etag']}"})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", read.headers["etag"])
    await put(world, name="Other")
    changed = await world.servicehub().get(B1, headers={"If-None-Match": read.headers["etag"]})
    assert changed.status_code == 200


async def test_of_fifty_who_change_what_they_read_one_succeeds(world: World) -> None:
    await put(world)
    tag = (await world.servicehub().get(B1)).headers["etag"]
    answers = await asyncio.gather(
        *(
            world.servicehub().put(B1, json=body(name=f"Name {n}"), headers={"If-Match": tag})
            for n in range(50)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 49


async def test_a_tag_without_its_quotes_is_refused_and_changes_nothing(world: World) -> None:
    await put(world)
    answer = await world.servicehub().put(B1, json=body(name="Other"), headers={"If-Match": "abc"})
    assert problem(answer) == (422, "invalid_request")
    assert len(await published(world)) == 1


async def test_a_change_is_recorded_under_the_integration_that_made_it(world: World) -> None:
    await put(world)
    assert await world.rows("SELECT actor FROM events") == [("integration:servicehub-core",)]


async def test_the_key_of_one_business_opens_no_other(world: World) -> None:
    key = new_integration_key("shop", ["settings"], ["b1"])
    client = world.browser(at=world.context("api", integration_keys=IntegrationKeys((key.entry,))))
    client.headers["Authorization"] = f"Bearer {key.key}"
    assert (await client.put(B1, json=body())).status_code == 200
    other = await client.put("/branding/businesses/b2", json=body(slug="other-name"))
    assert problem(other) == (403, "not_permitted")

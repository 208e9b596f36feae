"""The routes on real PostgreSQL."""

from typing import Any

import pytest
from httpx import Response
from servicehub_events import Business, decode
from sqlalchemy import text

from .branding_examples import body, picture
from .conftest import Running
from .test_logo import SVG, png_that_claims

pytestmark = pytest.mark.stack
B1 = "/branding/businesses/b1"


async def put(running: Running, business_id: str = "b1", **changes: object) -> Response:
    return await running.servicehub.put(f"/branding/businesses/{business_id}", json=body(**changes))


async def state(running: Running) -> dict[str, Any]:
    answer = await running.servicehub.get(B1)
    assert answer.status_code == 200
    return answer.json()


async def published(running: Running) -> list[tuple[str, int, Business]]:
    """Type, sequence and state of every record in the outbox, as a reader decodes it."""
    async with running.worker.transaction() as connection:
        rows = await connection.execute(
            text("SELECT topic, key, headers, value FROM outbox ORDER BY position")
        )
        found = [
            decode(
                topic=row.topic,
                key=row.key,
                headers=[(n, v.encode()) for n, v in row.headers],
                value=row.value,
            )
            for row in rows
        ]
    return [(e.type, e.sequence, e.event) for e in found if isinstance(e.event, Business)]


def problem(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_a_portal_from_first_words_to_switched_off(running: Running) -> None:
    created = await put(running)
    assert (created.status_code, created.json()["enabled"]) == (200, False)
    logo = await running.servicehub.put(f"{B1}/logo", content=picture())
    assert logo.json()["logo"] | {"url": ""} == {"url": "", "width": 512, "height": 128}
    assert (await running.servicehub.post(f"{B1}/enable")).json()["enabled"] is True
    off = await running.servicehub.post(f"{B1}/disable")
    assert (off.json()["enabled"], off.json()["generation"]) == (False, 2)
    assert await state(running) == off.json()
    assert [(kind.split(".")[1], number) for kind, number, _ in await published(running)] == [
        ("BrandingRevised", 1),
        ("BrandingRevised", 2),
        ("PortalEnabled", 3),
        ("PortalDisabled", 4),
    ]


async def test_saying_the_same_again_publishes_nothing(running: Running) -> None:
    first = await put(running)
    assert (await put(running)).json() == first.json()
    assert len(await published(running)) == 1


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
async def test_without_the_key_nothing_is_read_or_changed(running: Running, header: dict[str, str]) -> None:
    await put(running)
    for method, path in [("GET", B1), ("PUT", B1), ("PUT", f"{B1}/logo"), ("POST", f"{B1}/enable")]:
        answer = await running.browser.request(method, path, json=body(name="Taken over"), headers=header)
        assert problem(answer) == (401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert len(await published(running)) == 1


async def test_an_unknown_business_is_not_found(running: Running) -> None:
    for method, path in [("GET", B1), ("POST", f"{B1}/enable"), ("POST", f"{B1}/disable")]:
        assert problem(await running.servicehub.request(method, path)) == (404, "unknown_business")
    answer = await running.servicehub.put(f"{B1}/logo", content=picture())
    assert problem(answer) == (404, "unknown_business")


async def test_bad_fields_are_told_by_name_and_change_nothing(running: Running) -> None:
    answer = await put(running, website="javascript:alert(1)", time_zone="Mars")
    assert problem(answer) == (422, "invalid_branding")
    assert "website: " in answer.json()["detail"]
    assert "time_zone: " in answer.json()["detail"]
    assert await published(running) == []


@pytest.mark.parametrize("business_id", ["x" * 65, "a%0Ab", "a%00b"])
async def test_an_impossible_business_id_is_refused(running: Running, business_id: str) -> None:
    answer = await running.servicehub.get(f"/branding/businesses/{business_id}")
    assert problem(answer) == (422, "invalid_request")


async def test_only_json_is_taken_and_not_much_of_it(running: Running) -> None:
    form = await running.servicehub.put(B1, data={"slug": "hikari"})
    assert problem(form) == (415, "unsupported_media_type")
    assert problem(await put(running, name="x" * 70_000)) == (413, "body_too_large")


async def test_an_upload_that_hides_its_length_is_cut_off(running: Running) -> None:
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 100_000_000:
            sent += 100_000
            yield bytes(100_000)

    answer = await running.servicehub.put(f"{B1}/logo", content=endless())
    assert problem(answer) == (413, "body_too_large")
    assert sent < 3_000_000


async def test_hostile_pictures_are_refused_and_change_nothing(running: Running) -> None:
    await put(running)
    for upload in (SVG, png_that_claims(30_000, 30_000), b"GIF89a", b""):
        answer = await running.servicehub.put(f"{B1}/logo", content=upload)
        assert problem(answer) == (422, "unusable_logo")
        assert answer.json()["detail"]
    assert len(await published(running)) == 1


async def test_a_slug_is_for_ever_its_first_owners(running: Running) -> None:
    await put(running, slug="first-name")
    await put(running, slug="second-name")
    for slug in ("first-name", "second-name"):
        assert problem(await put(running, "b2", slug=slug)) == (409, "slug_taken")
    assert (await running.servicehub.get("/branding/businesses/b2")).status_code == 404
    back = await put(running, slug="first-name")
    assert (back.json()["slug"], back.json()["former_slugs"]) == ("first-name", ["second-name"])


async def test_published_files_are_public_and_immutable(running: Running) -> None:
    await put(running)
    revised = (await running.servicehub.put(f"{B1}/logo", content=picture())).json()
    for url, kind in [
        (revised["theme_url"], "text/css; charset=utf-8"),
        (revised["logo"]["url"], "image/webp"),
        (revised["mail_logo_url"], "image/png"),
        (revised["icons"][2]["url"], "image/png"),
    ]:
        answer = await running.browser.get(url)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        head = await running.browser.head(url)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(answer.content)))


async def test_old_files_stay_at_old_and_new_slugs(running: Running) -> None:
    old_url = (await put(running)).json()["theme_url"]
    old_css = (await running.browser.get(old_url)).text
    await put(running, primary_colour="#c94f16", slug="hikari-tokyo")
    assert (await running.browser.get(old_url)).text == old_css
    moved = old_url.replace("/hikari/", "/hikari-tokyo/")
    assert (await running.browser.get(moved)).text == old_css


async def test_what_was_not_published_is_not_found(running: Running) -> None:
    url = (await put(running)).json()["theme_url"]
    await put(running, "b2", slug="other", primary_colour="#c94f16")
    for wrong in (
        "/branding/hikari/theme-0123456789abcdef.css",
        url.replace(".css", ".png"),
        url.replace("/hikari/", "/nobody/"),
        url.replace("/hikari/", "/other/"),
        url.replace("theme-", "theme"),
        "/branding/hikari/..%2f..%2fetc%2fpasswd",
        "/branding/hikari/%00",
    ):
        assert problem(await running.browser.get(wrong)) == (404, "not_found")

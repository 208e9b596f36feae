"""Slugs, the pages before sign-in, and the files beside the pages."""

import httpx
import pytest
from chassis.clock import system_clock
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring
from chassis.web import Route, cookies
from portal_read import pages
from portal_read.adapters.auth_otp import AuthOtp
from portal_read.context import Context
from portal_read.http.routes import ROUTES
from portal_read.ports import AccountChoice, ChoicesUnavailable
from portal_world import BUSINESS, CONTACT, CUSTOMER, ROOT, World
from servicehub_events import BrandingRevised, as_event
from servicehub_events_tools.testing import samples
from starlette.responses import Response

pytestmark = pytest.mark.stack


def cookie_of(response: Response | httpx.Response) -> str:
    return response.headers["set-cookie"].partition(";")[0]


def flashed(world: World, code: str, **params: str) -> str:
    response = Response()
    world.web.flash.put(response, {"code": code, "params": params, "typed": "me@example"})
    return cookie_of(response)


async def test_a_former_slug_leads_to_the_present_one_for_good(full: World) -> None:
    answer = await full.get("/portal/sample/invoices?before=2026-01-01", "")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{ROOT}/invoices?before=2026-01-01")


async def test_a_renamed_portal_moves_at_once(full: World) -> None:
    assert (await full.get(f"{ROOT}/sign-in", "")).status_code == 200
    renamed = as_event(
        BrandingRevised, samples.business(), slug="new-name", former_slugs=("sample-business",)
    )
    await full.apply(renamed)
    answer = await full.get(f"{ROOT}/sign-in", "")
    assert (answer.status_code, answer.headers["location"]) == (301, "/portal/new-name/sign-in")
    assert (await full.get("/portal/sample/sign-in", "")).status_code == 404


@pytest.mark.parametrize("slug", ["nobody-here", "%00", "UPPER", "x" * 200, "..%2f"])
async def test_an_unknown_slug_is_a_quiet_404(full: World, slug: str) -> None:
    answer = await full.get(f"/portal/{slug}/sign-in", "")
    assert answer.status_code == 404
    assert "<html" in answer.text
    assert "Sample" not in answer.text


OF_THE_PATH = {"{id}": "in-1", "{token}": "t", "{file}": "portal-0.css", "{rest:path}": "nothing/here"}


@pytest.mark.parametrize("route", [route for route in ROUTES if "{slug}/live" not in route.path])
async def test_of_all_routes_only_the_sign_in_page_may_be_indexed(full: World, route: Route[Context]) -> None:
    path = route.path.replace("{slug}", "sample-business")
    for name, value in OF_THE_PATH.items():
        path = path.replace(name, value)
    for cookie in ("", full.cookie()):
        answer = await full.browser().request(route.method, path, headers={"Cookie": cookie})
        shown = path == f"{ROOT}/sign-in" and not cookie
        assert answer.headers["x-robots-tag"] == ("all" if shown else "noindex")
        assert ('content="noindex"' in answer.text) != shown or "<html" not in answer.text


async def test_the_page_of_a_link_explains_and_changes_nothing(full: World) -> None:
    path = f"{ROOT}/not-me/Qm4xT9wKc2A"
    for method in ("GET", "HEAD"):
        answer = await full.browser().request(method, path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in answer.headers
    assert 'name="token" value="Qm4xT9wKc2A"' in (await full.get(path, "")).text
    assert (await full.get("/portal/_", "")).status_code == 404


async def test_who_is_signed_in_needs_no_sign_in_page(full: World) -> None:
    assert (await full.get(f"{ROOT}/sign-in")).headers["location"] == f"{ROOT}/"


async def test_a_flash_is_shown_once_and_never_cached(full: World) -> None:
    cookie = flashed(full, "address_invalid")
    page = await full.get(f"{ROOT}/sign-in", f"{cookie}; __Host-lang=en")
    assert "me@example" in page.text
    assert "Max-Age=0" in page.headers["set-cookie"]
    signed_in = await full.get(ROOT, f"{full.cookie()}; {cookie}", {"If-None-Match": "*"})
    assert signed_in.status_code == 200
    assert "etag" not in signed_in.headers


async def test_a_page_that_refreshes_itself_leaves_a_flash_to_the_page_that_is_opened(full: World) -> None:
    cookie = f"{full.cookie()}; {flashed(full, 'passkey_removed')}; __Host-lang=en"
    refreshed = await full.get(ROOT, cookie, {"Sec-Fetch-Dest": "empty"})
    assert "The passkey is removed." not in refreshed.text
    assert "set-cookie" not in refreshed.headers
    opened = await full.get(
        ROOT, cookie, {"Sec-Fetch-Dest": "document", "If-None-Match": refreshed.headers["etag"]}
    )
    assert "The passkey is removed." in opened.text
    assert "Max-Age=0" in opened.headers["set-cookie"]


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("code", ["code_expired", "code_dead", "choice_expired", "slow_down"])
async def test_who_must_start_again_finds_the_address_in_its_field(full: World, code: str, lang: str) -> None:
    page = await full.get(f"{ROOT}/sign-in", f"{flashed(full, code)}; lang={lang}")
    assert 'value="me@example"' in page.text
    assert f'lang="{lang}"' in page.text


async def test_what_was_typed_into_another_form_is_no_address(full: World) -> None:
    page = await full.get(f"{ROOT}/sign-in", flashed(full, "pay_amount_invalid"))
    assert "me@example" not in page.text


async def test_a_forged_flash_is_nothing(full: World) -> None:
    name, _, value = flashed(full, "address_invalid").partition("=")
    page = await full.get(f"{ROOT}/sign-in", f"{name}={value[:-3]}xyz")
    assert "me@example" not in page.text


async def test_the_code_page_shows_the_address_as_typed_and_is_never_stored(full: World) -> None:
    response = Response()
    cookies.challenge(full.settings.cookie_signing_keys, BUSINESS).put(
        response, {"held": [{"id": "ch", "shown": "me@example.com", "digits": 6}]}
    )
    page = await full.get(f"{ROOT}/code", cookie_of(response))
    assert "me@example.com" in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_the_chooser_names_what_auth_otp_lists_in_its_order(full: World) -> None:
    mine = AccountChoice(CUSTOMER, CONTACT)
    full.account_choices.kept[f"{BUSINESS}/w-1"] = [mine, mine]
    response = Response()
    cookies.choice(full.settings.cookie_signing_keys, BUSINESS).put(response, {"id": "w-1"})
    page = await full.get(f"{ROOT}/choose", cookie_of(response))
    assert page.status_code == 200
    assert page.text.count("Sample Customer") >= 2
    full.account_choices.kept[f"{BUSINESS}/w-1"] = [mine, AccountChoice("unknown", "unknown")]
    assert (await full.get(f"{ROOT}/choose", cookie_of(response))).status_code == 503
    full.account_choices.kept.clear()
    gone = await full.get(f"{ROOT}/choose", cookie_of(response))
    assert gone.headers["location"] == f"{ROOT}/sign-in"
    assert "__Host-flash" in gone.headers["set-cookie"]


async def test_the_choices_come_from_auth_otps_internal_route() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/internal/choices"
        if b"gone" in request.content:
            return httpx.Response(404)
        if b"broken" in request.content:
            return httpx.Response(200, json={"choices": [{"customer_id": 1}]})
        return httpx.Response(200, json={"choices": [{"customer_id": "cu", "contact_id": "co"}]})

    auth_otp = AuthOtp(
        "http://auth-otp", KeyRing.parse(new_ring()), system_clock, httpx.MockTransport(answer)
    )
    assert await auth_otp.of("b-1", "w-1") == [AccountChoice("cu", "co")]
    assert await auth_otp.of("b-1", "gone") is None
    with pytest.raises(ChoicesUnavailable):
        await auth_otp.of("b-1", "broken")
    await auth_otp.close()


async def test_files(full: World) -> None:
    asset = await full.get(pages.assets()["portal.css"].url, "")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/css")
    assert (await full.get("/portal/assets/portal-000000000000.css", "")).status_code == 404
    assert "Disallow: /" in (await full.get("/robots.txt", "")).text
    security = (await full.get("/.well-known/security.txt", "")).text
    assert "Contact: mailto:security@example.com" in security
    assert "Expires: 2027-05-23T00:00:00Z" in security


async def test_a_portal_stands_on_a_home_screen_under_its_own_name(full: World) -> None:
    answer = await full.get(f"{ROOT}/manifest.webmanifest", "")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (
        f"{ROOT}/",
        f"{ROOT}/",
        "standalone",
    )
    assert (
        f'<link rel="manifest" href="{ROOT}/manifest.webmanifest">'
        in (await full.get(f"{ROOT}/sign-in", "")).text
    )
    assert (await full.get("/portal/unknown/manifest.webmanifest", "")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_language_chosen_before_sign_in_holds(full: World, method: str) -> None:
    answer = await full.browser().post(f"{ROOT}/language", data={"locale": "en", "return": f"{ROOT}/sign-in"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/sign-in")
    chosen = await full.browser().request(method, f"{ROOT}/sign-in", headers={"Cookie": cookie_of(answer)})
    assert method == "HEAD" or '<html lang="en"' in chosen.text
    default = await full.get(f"{ROOT}/sign-in", "")
    assert '<html lang="ja"' in default.text
    wished = await full.get(f"{ROOT}/sign-in", "", {"Accept-Language": "la, en;q=0.8, ja;q=0.5"})
    assert '<html lang="en"' in wished.text


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/portal/other", "/portal/sample-business/../x", "\\x"]
)
async def test_the_language_form_leads_nowhere_else(full: World, back: str) -> None:
    answer = await full.browser().post(f"{ROOT}/language", data={"locale": "xx", "return": back})
    assert answer.headers["location"] == ROOT
    assert "set-cookie" not in answer.headers


async def test_a_cross_site_post_is_refused(full: World) -> None:
    answer = await full.browser().post(
        f"{ROOT}/language", data={"locale": "en"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


async def test_a_slash_too_many_leads_to_the_page(full: World) -> None:
    answer = await full.get(f"{ROOT}/invoices/", "")
    assert (answer.status_code, answer.headers["location"]) == (308, f"{ROOT}/invoices")


async def test_the_first_page_is_answered_with_a_slash_and_without_one_at_once(full: World) -> None:
    for path in (ROOT, f"{ROOT}/"):
        assert (await full.get(path)).status_code == 200


async def test_without_its_database_a_portal_says_so_in_its_own_brand(full: World) -> None:
    await full.get(ROOT)
    await full.web.read_model.close()
    known = await full.get(ROOT)
    assert (known.status_code, known.headers["retry-after"]) == (503, "5")
    assert "Sample Business" in known.text
    unknown = await full.get("/portal/never-seen", "")
    assert (unknown.status_code, unknown.headers["content-type"]) == (503, "application/problem+json")


async def test_a_language_form_as_large_as_a_film_is_not_read(full: World) -> None:
    answer = await full.browser().post(f"{ROOT}/language", content=b"locale=en&x=" + b"x" * 10_000)
    assert answer.status_code == 413

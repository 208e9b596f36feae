"""What every app of ours refuses, answers and says about itself."""

import base64
import gc
import hashlib
import secrets

import httpx
import pytest
from chassis.refusals import Refusal
from chassis.settings.base import ServiceSettings, load
from chassis.settings.keys import KeyRing
from chassis.web import (
    Answer,
    NotFound,
    Route,
    Unavailable,
    add_route,
    asked_host,
    client_networks,
    create_app,
)
from chassis.web.signed_cookie import SignedCookie
from itsdangerous import URLSafeTimedSerializer
from msgspec import structs
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

ORIGIN = "http://localhost:8080"


def settings(**changes: str) -> ServiceSettings:
    return load(
        ServiceSettings,
        {
            "PORTAL_PROFILE": "local",
            "DATABASE_URL": "postgresql://x/y",
            "KAFKA_BOOTSTRAP": "x:1",
            "PUBLIC_ORIGIN": ORIGIN,
            "DEAD_LETTER_KEYS": "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            **changes,
        },
    )


async def well() -> bool:
    return True


async def broken() -> bool:
    raise ConnectionError("no route")


def client(**changes: str) -> httpx.AsyncClient:
    app = create_app("test", settings(**changes), checks={"database": broken, "broker": well})

    @app.post("/form")
    async def form() -> Response:
        return Response("done")

    @app.get("/keys/{token}.ics")
    async def key() -> Response:
        return Response("open")

    @app.get("/missing")
    async def missing() -> Response:
        raise NotFound

    @app.get("/down")
    async def down() -> Response:
        raise Unavailable(seconds=7)

    @app.get("/database-away")
    async def database_away() -> Response:
        raise OperationalError("SELECT 1", {}, ConnectionError("refused"))

    @app.get("/database-silent")
    async def database_silent() -> Response:
        raise TimeoutError

    @app.get("/bug")
    async def bug() -> Response:
        raise RuntimeError("internal detail")

    _ = (form, missing, down, database_away, database_silent, bug)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": ORIGIN}, 200),
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_a_form_from_another_site_is_refused(headers: dict[str, str], status: int) -> None:
    assert (await client().post("/form", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://portal.shiny.example:8080", 200), (ORIGIN, 403), ("https://portal.shiny.example:8080", 403)],
)
async def test_a_form_is_taken_from_a_page_of_the_host_that_it_goes_to_alone(
    origin: str, status: int
) -> None:
    headers = {"Host": "portal.shiny.example:8080", "Origin": origin}
    assert (await client().post("/form", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("host", "policy"),
    [
        ("portal.example.com", "max-age=31536000; includeSubDomains"),
        ("PORTAL.example.com:443", "max-age=31536000; includeSubDomains"),
        ("shiny.example", "max-age=31536000"),
    ],
)
async def test_what_lies_below_a_domain_of_a_business_is_not_closed_to_plain_http(
    host: str, policy: str
) -> None:
    production = structs.replace(
        settings(), portal_profile="production", public_origin="https://portal.example.com"
    )
    app = create_app("test", production, checks={"database": well})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"https://{host}") as browser:
        answer = await browser.get("/health/live")
    assert answer.headers["Strict-Transport-Security"] == policy


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("portal.example.com", "portal.example.com"),
        ("PORTAL.Example.com:8080", "portal.example.com"),
        ("[::1]:8080", "[::1]"),
        ("a@portal.example.com", "a@portal.example.com"),
        ("portal.example.com.", "portal.example.com."),
        ("portal.example.com:x", "portal.example.com:x"),
        ("", ""),
    ],
)
def test_the_host_that_was_asked_is_read_without_its_port_and_nothing_else_is_cut(
    header: str, host: str
) -> None:
    asked = Request({"type": "http", "headers": [(b"host", header.encode())]})
    assert asked_host(asked) == host


@pytest.mark.parametrize("path", ["/form", "/missing", "/nowhere", "/bug", "/health/live"])
async def test_every_answer_carries_the_strict_headers(path: str) -> None:
    headers = (await client().get(path)).headers
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Robots-Tag"] == "noindex"


async def test_errors_are_problems_with_a_stable_code_and_no_detail_of_ours() -> None:
    missing, bug = await client().get("/missing"), await client().get("/bug")
    assert missing.headers["Content-Type"] == "application/problem+json"
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (bug.status_code, bug.json()["code"]) == (500, "internal_error")
    assert "internal detail" not in bug.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/bug", 500),
        ("/down", 503),
        ("/database-away", 503),
        ("/nowhere", 404),
        ("/missing", 404),
        ("/form", 405),
    ],
)
async def test_a_person_who_opens_a_page_gets_a_page_and_never_json(path: str, status: int) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = await client().get(path, headers=browser)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'lang="ja"' in answer.text
    assert "internal detail" not in answer.text


async def test_what_is_unavailable_says_when_to_come_back() -> None:
    down = await client().get("/down")
    assert (down.status_code, down.headers["Retry-After"]) == (503, "7")


async def test_a_database_that_is_away_is_no_bug() -> None:
    away = await client().get("/database-away")
    assert (away.status_code, away.json()["code"]) == (503, "unavailable")
    assert "refused" not in away.text


async def test_a_database_that_is_silent_for_too_long_is_no_bug() -> None:
    silent = await client().get("/database-silent")
    assert (silent.status_code, silent.headers["Retry-After"]) == (503, "5")


async def test_liveness_asks_nobody_and_readiness_asks_everybody() -> None:
    assert (await client().get("/health/live")).status_code == 200
    ready = await client().get("/health/ready")
    assert ready.status_code == 503
    assert ready.json() == {"database": False, "broker": True}


@pytest.mark.parametrize(
    ("path", "status"), [("/missing?token=secret", 404), ("/bug", 500), ("/health/live", None)]
)
async def test_a_request_has_one_line_without_its_query_where_that_is_wanted(
    path: str, status: int | None
) -> None:
    with capture_logs() as logged:
        await client(ACCESS_LOG="true").get(path)
    lines = [line for line in logged if line["event"] == "http.request"]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == (
        [("GET", path.partition("?")[0], status)] if status else []
    )
    assert all(line["ms"] >= 0 for line in lines)


async def test_the_log_holds_no_token_that_is_in_a_path() -> None:
    with capture_logs() as logged:
        assert (await client(ACCESS_LOG="true").get("/keys/s3cret-t0ken.ics")).status_code == 200
    assert [line["path"] for line in logged if line["event"] == "http.request"] == ["/keys/{token}.ics"]


async def test_requests_leave_no_line_by_default() -> None:
    with capture_logs() as logged:
        await client().get("/missing")
    assert logged == []


def request(peer: str, *forwarded: str | None) -> Request:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded if each is not None]
    return Request({"type": "http", "headers": headers, "client": (peer, 1)})


@pytest.mark.parametrize(
    ("forwarded", "hops", "networks"),
    [
        ("203.0.113.9", 1, ("203.0.113.9",)),
        ("6.6.6.6, 203.0.113.9", 1, ("203.0.113.9",)),
        ("203.0.113.9, 10.0.0.2", 2, ("203.0.113.9",)),
        ("203.0.113.9", 2, ("10.0.0.1",)),
        ("203.0.113.9", 0, ("10.0.0.1",)),
        (None, 1, ("10.0.0.1",)),
        ("", 1, ("10.0.0.1",)),
        ("rubbish", 1, ("10.0.0.1",)),
        ("2001:db8:1:2:3:4:5:6", 1, ("2001:db8:1:2::/64", "2001:db8:1::/56", "2001:db8:1::/48")),
        ("2001:db8:1:2:ffff::1", 1, ("2001:db8:1:2::/64", "2001:db8:1::/56", "2001:db8:1::/48")),
        ("::ffff:203.0.113.9", 1, ("203.0.113.9",)),
    ],
)
def test_requests_are_counted_by_what_the_trusted_hop_saw(
    forwarded: str | None, hops: int, networks: tuple[str, ...]
) -> None:
    assert client_networks(request("10.0.0.1", forwarded), hops) == networks


def test_a_header_line_that_the_proxy_adds_counts_not_the_one_the_client_sent() -> None:
    assert client_networks(request("10.0.0.1", "6.6.6.6", "203.0.113.9"), 1) == ("203.0.113.9",)


class Full(Refusal):
    """There is no room left."""

    code = "full"


@pytest.mark.parametrize(
    ("state", "leads_to"),
    [
        ({}, "/portal/asked-for/home"),
        ({"page": "list?id=1"}, "/portal/asked-for/list?id=1"),
        ({"slug": "present"}, "/portal/present/home"),
    ],
)
async def test_a_refused_form_is_led_to_the_page_of_its_route_unless_its_handler_says_otherwise(
    state: dict[str, str], leads_to: str
) -> None:
    async def refuse(_: None, request: Request) -> Response:
        for name, value in state.items():
            setattr(request.state, name, value)
        raise Full

    keys = KeyRing.parse("k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    flash = SignedCookie(keys, "flash", max_age=60)
    app = create_app("test", settings(), checks={}, refusals={Full: Answer(409, "Full.")}, flash=flash)
    add_route(app, Route("POST", "/{slug}/form", refuse, page="home"), None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://a.test") as browser:
        answer = await browser.post("/asked-for/form", headers={"origin": "http://a.test"})
        assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
        left = flash.read(dict(browser.cookies))
    assert left
    assert left["code"] == "full"


def test_a_signed_cookie_comes_back_only_untouched_and_for_its_own_purpose() -> None:
    keys = KeyRing("k1", {"k1": secrets.token_bytes(32)})
    response = Response()
    SignedCookie(keys, "flash", max_age=60).put(response, {"code": "signed_out"})
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    assert SignedCookie(keys, "flash", max_age=60).read({name: value}) == {"code": "signed_out"}
    assert SignedCookie(keys, "flash", max_age=60).read({name: value[:-1] + "~"}) is None
    assert SignedCookie(keys, "choice", max_age=60).read({"__Host-choice": value}) is None


def test_a_signed_cookie_is_authenticated_by_sha_256() -> None:
    keys, response = KeyRing("k1", {"k1": secrets.token_bytes(32)}), Response()
    cookie = SignedCookie(keys, "k-1", max_age=60)
    cookie.put(response, {"id": "browser"})
    mac = response.headers["set-cookie"].partition(";")[0].rpartition(".")[2]
    assert len(base64.urlsafe_b64decode(mac + "==")) == hashlib.sha256().digest_size
    by_sha_1 = URLSafeTimedSerializer(keys.current_key, salt="portal.k-1").dumps({"id": "browser"})
    assert cookie.read({cookie.name: str(by_sha_1)}) is None


def test_an_absent_cookie_leaves_no_cycles_behind() -> None:
    cookie = SignedCookie(KeyRing("k1", {"k1": secrets.token_bytes(32)}), "flash", max_age=60)
    gc.collect()
    gc.disable()
    try:
        assert [cookie.read({}) for _ in range(100)] == [None] * 100
        assert gc.collect() == 0
    finally:
        gc.enable()

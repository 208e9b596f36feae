"""The security log says what was refused, of whom and from which network; no address, and so much at most."""

import httpx
import pytest
from chassis.identity import SessionSigner, SessionUses, SessionVerifier, cookie_name
from chassis.observability import security_log
from chassis.observability.security_log import LINES_PER_MINUTE, Lines, network_of
from chassis.refusals import Refusal, Unauthorised
from chassis.settings import KeyRing, ServiceSettings, load
from chassis.settings.new_keys import new_ring, new_signing_pair
from chassis.web import Answer, Refusals, create_app
from portal_testing.clock import FakeClock
from portal_testing.identity.samples import token
from starlette.responses import Response
from structlog.testing import capture_logs

ORIGIN = "http://localhost:8080"
KEYS = new_signing_pair()
USES = SessionUses(KeyRing.parse(new_ring()))


class Guessed(Refusal):
    """Somebody guessed."""

    code = "guessed"


class Mistyped(Refusal):
    """Somebody mistyped."""

    code = "mistyped"


REFUSALS: Refusals = {Guessed: Answer(403, "No.", security=True), Mistyped: Answer(422, "No.")}


def client() -> httpx.AsyncClient:
    told = {
        "PORTAL_PROFILE": "local",
        "DATABASE_URL": "postgresql://x/y",
        "KAFKA_BOOTSTRAP": "x:1",
        "PUBLIC_ORIGIN": ORIGIN,
        "DEAD_LETTER_KEYS": new_ring(),
    }
    app = create_app("test", load(ServiceSettings, told), checks={}, refusals=REFUSALS)

    @app.get("/guess")
    async def guess() -> Response:
        security_log.name_subject(business_id="b-1", who="k1.index")
        raise Guessed

    @app.get("/mistype")
    async def mistype() -> Response:
        raise Mistyped

    @app.get("/key")
    async def key() -> Response:
        raise Unauthorised

    @app.post("/form")
    async def form() -> Response:
        return Response("done")

    _ = (guess, mistype, key, form)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN)


async def lines(path: str, method: str = "GET", **headers: str) -> list[dict[str, object]]:
    async with client() as http:
        with capture_logs() as logged:
            await http.request(method, path, headers={"X-Forwarded-For": "203.0.113.77", **headers})
    return [dict(line) for line in logged if str(line["event"]).startswith("security.")]


async def test_a_refusal_that_an_attack_may_be_behind_leaves_one_line() -> None:
    assert await lines("/guess") == [
        {
            "event": "security.guessed",
            "log_level": "warning",
            "business_id": "b-1",
            "who": "k1.index",
            "source": "203.0.113.0/24",
        }
    ]


async def test_a_request_names_nobody_whom_the_one_before_named() -> None:
    await lines("/guess")
    (line,) = await lines("/key")
    assert (line["event"], "who" in line) == ("security.unauthorised", False)


async def test_a_mistake_leaves_none() -> None:
    assert await lines("/mistype") == []


async def test_a_form_from_another_site_leaves_one() -> None:
    (line,) = await lines("/form", "POST", **{"Sec-Fetch-Site": "cross-site"})
    assert line["event"] == "security.cross_site"


@pytest.mark.parametrize("cookie", ["", "good"])
def test_a_good_session_and_no_session_leave_none(cookie: str) -> None:
    assert refused(cookie and signed()) == []


@pytest.mark.parametrize(("cookie", "reason"), [("forged", "forged"), ("x" * 700, "forged"), ("", "ended")])
def test_a_refused_session_cookie_leaves_one(cookie: str, reason: str) -> None:
    live = token()
    ((event, business_id, why),) = refused(cookie or signed(), ended=frozenset({live.session_id}))
    assert (event, business_id, why) == ("security.session_refused", live.business_id, reason)


def signed() -> str:
    return SessionSigner(KeyRing.parse(KEYS.private)).sign(token())


def refused(cookie: str, ended: frozenset[str] = frozenset()) -> list[tuple[object, object, object]]:
    live = token()
    verifier = SessionVerifier(KeyRing.parse(KEYS.public), USES, FakeClock().seconds, ended=ended)
    with capture_logs() as logged:
        verifier.verify({cookie_name(live.business_id): cookie}, live.business_id)
    return [(line["event"], line["business_id"], line["reason"]) for line in logged]


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("unknown", ""),
    ],
)
def test_where_from_is_a_network_and_no_address(source: str, network: str) -> None:
    assert network_of(source) == network


def test_each_kind_has_so_many_lines_a_minute_and_then_says_how_many_it_left_out() -> None:
    clock = FakeClock()
    budget = Lines(clock.seconds)
    written = [budget.take("code_wrong")[0] for _ in range(LINES_PER_MINUTE + 5)]
    assert (written.count(True), budget.take("unauthorised")) == (LINES_PER_MINUTE, (True, 0))
    clock.pass_time(seconds=60)
    assert [budget.take("code_wrong"), budget.take("code_wrong")] == [(True, 5), (True, 0)]

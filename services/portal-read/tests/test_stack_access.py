"""Who gets in, decided at each request from the token and the rows of now."""

import pytest
from portal_world import BUSINESS, CONTACT, CUSTOMER, ROOT, World
from servicehub_events import (
    Contact,
    CustomerErased,
    CustomerRevised,
    PortalDisabled,
    PortalEnabled,
    Role,
    SessionRevoked,
    as_event,
)
from servicehub_events_tools.testing import samples
from structlog.testing import capture_logs

pytestmark = pytest.mark.stack
COLLEAGUE = Contact(contact_id="co-colleague", name="A Colleague", email="colleague@mail.example")


def revoked(reason: str) -> SessionRevoked:
    return as_event(SessionRevoked, samples.session(), revoked_at=samples.session().issued_at, reason=reason)


def is_sent_to_sign_in(status: int, location: str) -> bool:
    return (status, location) == (303, f"{ROOT}/sign-in")


async def standing(world: World, path: str = ROOT, cookie: str | None = None) -> tuple[int, str]:
    answer = await world.get(path, cookie)
    return answer.status_code, answer.headers.get("location", "")


async def test_a_stranger_is_sent_to_the_sign_in_page(full: World) -> None:
    assert is_sent_to_sign_in(*await standing(full, cookie=""))


async def test_a_signed_out_session_is_dead(full: World) -> None:
    await full.apply(revoked("signed_out"))
    assert is_sent_to_sign_in(*await standing(full))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("signed_out", "You were signed out from another of your devices."),
        ("signed_out_everywhere", "You were signed out from another of your devices."),
        ("address_changed", "because your email or number was changed"),
    ],
)
async def test_who_was_signed_out_from_elsewhere_is_told_when_and_why(
    full: World, reason: str, words: str
) -> None:
    await full.apply(revoked(reason))
    cookie = f"{full.cookie()}; __Host-lang=en"
    page = (await full.get(f"{ROOT}/sign-in", cookie)).text
    assert words in page
    assert "That was on" in page
    assert "jane" not in page.lower()
    assert words not in (await full.get(f"{ROOT}/sign-in", "__Host-lang=en")).text


async def test_the_portal_of_nobody_is_a_page(full: World) -> None:
    for path in ("/portal", "/portal/"):
        answer = await full.get(path, "")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_a_new_session_whose_row_has_not_arrived_is_good(full: World) -> None:
    assert await standing(full, cookie=full.cookie(session_id="se-new")) == (200, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": 1},
        {"customer_id": "cu-other"},
        {"contact_id": "co-other"},
        {"generation": 0},
        {"business_id": "b-2"},
    ],
)
async def test_a_token_that_does_not_fit_the_rows_is_nobody(full: World, changes: dict[str, object]) -> None:
    assert is_sent_to_sign_in(*await standing(full, cookie=full.cookie(**changes)))


async def test_a_token_of_another_signer_is_nobody(full: World) -> None:
    name, _, token = full.cookie().partition("=")
    head, body, signature = token.split(".")
    forged = f"{name}={head}.{body}.{signature[::-1]}"
    assert is_sent_to_sign_in(*await standing(full, cookie=forged))


async def test_switching_the_portal_off_and_on_again_leaves_old_sessions_dead(full: World) -> None:
    off = as_event(PortalDisabled, samples.business(), enabled=False, generation=2)
    await full.apply(off)
    for path in (ROOT, f"{ROOT}/sign-in", f"{ROOT}/code"):
        assert (await full.get(path)).status_code == 403
    await full.apply(as_event(PortalEnabled, off, enabled=True))
    assert is_sent_to_sign_in(*await standing(full))


async def test_withdrawn_access_says_so_and_shows_nothing(full: World) -> None:
    await full.apply(as_event(CustomerRevised, samples.customer(), portal_access=False))
    answer = await full.get(f"{ROOT}/invoices/in-1")
    assert answer.status_code == 403
    assert "2026-0001" not in answer.text
    await full.apply(revoked("access_withdrawn"))
    assert (await full.get(ROOT)).status_code == 403
    await full.apply(as_event(CustomerRevised, samples.customer()))
    assert is_sent_to_sign_in(*await standing(full))


@pytest.mark.parametrize("left", [(), (COLLEAGUE,)], ids=["nobody is left", "others are left"])
async def test_a_removed_contact_is_out(full: World, left: tuple[Contact, ...]) -> None:
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=left))
    with capture_logs() as logs:
        assert (await full.get(ROOT)).status_code == 403
    assert [line["business_id"] for line in logs if line["event"] == "security.access_off"] == [BUSINESS]


async def test_an_erased_customer_is_nobody(full: World) -> None:
    await full.apply(CustomerErased(business_id=BUSINESS, customer_id=CUSTOMER))
    assert is_sent_to_sign_in(*await standing(full))


@pytest.mark.parametrize(
    ("roles", "hidden", "secret"),
    [
        (("visits",), "invoices", "2026-0001"),
        (("invoices",), "appointments", "House cleaning"),
        (("pay",), "appointments", "House cleaning"),
    ],
)
async def test_a_role_that_is_missing_hides_its_pages(
    full: World, roles: tuple[Role, ...], hidden: str, secret: str
) -> None:
    contact = Contact(contact_id=CONTACT, name="Sample", roles=roles)
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=(contact,)))
    key = {"invoices": "in-1", "appointments": "ap-1"}[hidden]
    needed = {"invoices": "invoices", "appointments": "visits"}[hidden]
    for path in (f"{ROOT}/{hidden}", f"{ROOT}/{hidden}/{key}"):
        with capture_logs() as logs:
            assert (await full.get(path)).status_code == 404
        refused = [line for line in logs if line["event"] == "security.page_not_allowed"]
        assert [(line["business_id"], line["role"]) for line in refused] == [(BUSINESS, needed)]
    other = {"invoices": "appointments/ap-1", "appointments": "invoices/in-1"}[hidden]
    for path in (ROOT, f"{ROOT}/{other}"):
        page = await full.get(path)
        assert page.status_code == 200
    assert secret not in (await full.get(ROOT)).text


async def test_the_page_wanted_before_sign_in_comes_after_it(full: World) -> None:
    wanted = f"{ROOT}/invoices/in-1"
    turned = await full.get(wanted, "")
    returning = turned.headers["set-cookie"].partition(";")[0]
    back = await full.get(ROOT, f"{full.cookie()}; {returning}")
    assert (back.status_code, back.headers["location"]) == (303, wanted)
    assert "Max-Age=0" in back.headers["set-cookie"]

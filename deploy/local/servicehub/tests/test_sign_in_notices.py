"""Whom do strangers try, and who can't get in? The business's page says so beside the contact."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from portal_testing.envelopes import envelope_of
from servicehub_events import (
    ContactForgotten,
    ContactReachable,
    ContactStatus,
    ContactUnreachable,
    Event,
    SessionRevoked,
    SignInGuarded,
    Unreachable,
    WrongCodesEntered,
    as_event,
)
from servicehub_events_tools.testing import samples
from stand_in_servicehub.core import Core
from stand_in_servicehub.payments import take

from .conftest import NOW
from .payment_samples import SPARKLE

PAGE = "/businesses/biz-sparkle"
HANNAH = "Hannah Whitfield"
STATUS = ContactStatus(business_id=SPARKLE, contact_id="p-1", customer_id="c-1001")


async def read(client: httpx.AsyncClient, core: Core, *events: Event) -> str:
    """The lines of the page after these events, with single spaces."""
    await take(core, [envelope_of(event, version) for version, event in enumerate(events, start=1)])
    page = (await client.get(PAGE)).text
    lines = re.findall(r'<p class="notice bad">(.+?)</p>', page)
    return " ".join(lines)


def unreachable(**faults: str) -> ContactStatus:
    at = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
    return as_event(ContactUnreachable, STATUS, unreachable=Unreachable(since=at, **faults))


async def test_nothing_is_said_of_contacts_about_whom_nothing_is_to_know(
    client: httpx.AsyncClient, core: Core
) -> None:
    assert HANNAH not in await read(client, core)


async def test_the_page_says_whom_somebody_tried_to_sign_in_as(client: httpx.AsyncClient, core: Core) -> None:
    at = NOW - timedelta(minutes=12)
    text = await read(client, core, as_event(WrongCodesEntered, STATUS, wrong_codes_at=at))
    assert f"Someone tried to sign in as {HANNAH} on Fri 20 Nov 10:30" in text


async def test_what_is_long_over_is_nothing_to_act_on(client: httpx.AsyncClient, core: Core) -> None:
    old = NOW - timedelta(days=31)
    over = as_event(SignInGuarded, STATUS, wrong_codes_at=old, guarded_until=NOW - timedelta(seconds=1))
    assert HANNAH not in await read(client, core, over)


async def test_a_guard_says_until_when(client: httpx.AsyncClient, core: Core) -> None:
    text = await read(client, core, as_event(SignInGuarded, STATUS, guarded_until=NOW + timedelta(hours=1)))
    assert f"{HANNAH} said of a code “it was not me”. Until Fri 20 Nov 11:42 only devices" in text


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (unreachable(phone="landline"), "Can't get codes: number is a landline."),
        (unreachable(phone="opted_out"), "Can't get codes: number has opted out of our texts."),
        (
            unreachable(email="mailbox_unavailable", phone="premium_rate"),
            "Can't get codes: email address takes no mail: its mailbox is not there, number is a premium",
        ),
        (unreachable(phone="lost_at_sea"), "Can't get codes: number (lost_at_sea)."),
    ],
)
async def test_who_cannot_get_codes_is_named_with_the_reason(
    client: httpx.AsyncClient, core: Core, event: ContactStatus, words: str
) -> None:
    assert words in (await read(client, core, event)).replace("&#39;", "'")


@pytest.mark.parametrize("end", [ContactReachable, ContactForgotten])
async def test_what_has_ended_is_gone_from_the_page(
    client: httpx.AsyncClient, core: Core, end: type[ContactStatus]
) -> None:
    assert HANNAH not in await read(client, core, unreachable(phone="landline"), as_event(end, STATUS))


async def test_who_signed_out_of_all_devices_is_said_once(client: httpx.AsyncClient, core: Core) -> None:
    sessions = [
        as_event(
            SessionRevoked,
            samples.session(),
            business_id=SPARKLE,
            session_id=id_,
            contact_id="p-1",
            reason=reason,
            revoked_at=NOW,
        )
        for id_, reason in (("s-1", "signed_out_everywhere"), ("s-2", "signed_out_everywhere"))
    ]
    text = await read(client, core, *sessions)
    assert text.count(f"{HANNAH} signed out of all devices on Fri 20 Nov 10:42.") == 1


async def test_the_api_gives_what_is_known_of_contacts(client: httpx.AsyncClient, core: Core) -> None:
    await take(core, [envelope_of(unreachable(phone="landline"), 3)])
    (known,) = (await client.get("/api/businesses/biz-sparkle")).json()["contacts"]
    assert (known["contact_id"], known["version"]) == ("p-1", 3)
    assert known["unreachable"]["phone"] == "landline"

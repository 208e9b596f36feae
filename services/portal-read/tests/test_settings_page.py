"""The settings page: which devices are listed, and how each is signed out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import portal_read
import pytest
from chassis.identity import SessionToken
from chassis.words.languages import AUTOPAY_TERMS
from opened_pages import NOW, context_of_sample, opened
from portal_read.http.settings import show_settings
from portal_read.pages.settings_page import UNKNOWN_DEVICE
from portal_read.ports import AutopayStanding, KeptPasskey, ListedCard
from servicehub_events import Session
from servicehub_events_tools.testing import samples

SLUG = samples.business().slug


def session(session_id: str, **changes: object) -> Session:
    sample = Session(
        business_id="b-1",
        session_id=session_id,
        contact_id="co-1",
        customer_id="cu-1",
        device="Safari on iPhone",
        remembered=True,
        issued_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=29),
    )
    return msgspec.structs.replace(sample, **changes)


def token(session_id: str, began: datetime = NOW) -> SessionToken:
    at = int(began.timestamp())
    return SessionToken(
        session_id=session_id,
        business_id="b-1",
        generation=1,
        customer_id="cu-1",
        contact_id="co-1",
        issued_at=at,
        expires_at=at + 86_400,
    )


def shown(
    sessions: list[Session], own: str, locale: str = "en", passkeys: Sequence[KeptPasskey] | None = ()
) -> str:
    page = opened({}, context=context_of_sample(locale))
    return show_settings(replace(page, token=token(own)), sessions, passkeys)


def test_this_device_comes_first_and_only_the_others_can_be_signed_out_there() -> None:
    older, newer = session("s-1"), session("s-2", device="Chrome on Windows", issued_at=NOW)
    html = shown([newer, older], "s-1")
    assert html.index("Safari on iPhone") < html.index("Chrome on Windows")
    assert f"/auth/{SLUG}/devices/s-2/sign-out" in html
    assert f"/auth/{SLUG}/devices/s-1/sign-out" not in html


def test_a_session_that_began_a_moment_ago_is_listed_before_its_row_is_there() -> None:
    html = shown([session("s-2")], "s-1")
    assert html.index("A browser") < html.index("Safari on iPhone")
    assert "This device" in html


def test_what_ran_out_is_not_listed() -> None:
    html = shown([session("s-1"), session("s-2", device="Chrome on Windows", expires_at=NOW)], "s-1")
    assert "Chrome on Windows" not in html
    assert "/devices/" not in html


def test_all_others_are_offered_at_once_from_two_on() -> None:
    two, three = ([session(f"s-{n}") for n in range(1, last)] for last in (3, 4))
    at_once = f'action="/auth/{SLUG}/devices/sign-out"'
    assert at_once not in shown(two, "s-1")
    assert at_once in shown(three, "s-1")


def test_an_id_is_quoted_in_its_path() -> None:
    assert "/devices/a%3Fb/sign-out" in shown([session("s-1"), session("a?b")], "s-1")


def test_a_browser_that_nobody_can_name_is_called_one_in_the_readers_language() -> None:
    unnamed = [session("s-1"), session("s-2", device=UNKNOWN_DEVICE)]
    assert UNKNOWN_DEVICE not in shown(unnamed, "s-1", "ja")
    assert UNKNOWN_DEVICE not in shown(unnamed, "s-1")


@pytest.mark.parametrize(
    ("method", "english", "japanese"),
    [
        ("passkey", "Signed in with a passkey", "にパスキーでログイン"),
        ("code", "Signed in with a code", "に確認コードでログイン"),
        (None, "Signed in ", "にログイン"),
    ],
)
def test_a_device_says_how_it_was_signed_in(method: str | None, english: str, japanese: str) -> None:
    sessions = [session("s-1", method=method)]
    assert english in shown(sessions, "s-1")
    assert japanese in shown(sessions, "s-1", "ja")
    assert ("with a" in shown(sessions, "s-1")) == (method is not None)


def test_a_passkey_is_listed_with_its_device_when_it_was_added_and_last_used() -> None:
    used = KeptPasskey("pk 1", "Safari on iPhone", NOW - timedelta(days=9), NOW)
    new = KeptPasskey("pk-2", "Unknown device", NOW, None)
    html = shown([session("s-1", device="Edge on Windows")], "s-1", passkeys=(used, new))
    assert html.index("Safari on iPhone") < html.index("A browser")
    assert html.count("last used") == 1
    assert html.count("not used yet") == 1
    assert f"/auth/{SLUG}/passkeys/pk%201/remove" in html


def test_a_passkey_is_added_by_the_script_alone_and_only_said_to_be_away_while_auth_otp_is() -> None:
    for passkeys in ((), None):
        html = shown([session("s-1")], "s-1", passkeys=passkeys)
        assert 'class="needs-passkeys"' in html
        assert f'data-options="/auth/{SLUG}/passkeys/offers"' in html
        assert ("Your passkeys can’t be shown at the moment" in html) == (passkeys is None)


OFF = AutopayStanding(on=False)


def cards_shown(
    cards: Sequence[ListedCard] | None,
    locale: str = "en",
    *,
    kept: bool = True,
    pays: bool = True,
    autopay: AutopayStanding | None = OFF,
) -> str:
    """The page of a contact with these cards, where a card may be kept, and where one can pay."""
    sample = context_of_sample(locale)
    business = msgspec.structs.replace(sample.business, saved_cards=kept)
    page = opened({}, context=replace(sample, business=business, pays_online=pays))
    return show_settings(replace(page, token=token("s-1")), [session("s-1")], (), cards, autopay=autopay)


VISA = ListedCard("pm 1", "visa", "4242", date(2028, 4, 30))


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en", ("Visa ending 4242", "until April 2028")), ("ja", ("Visa（末尾4242）", "有効期限 2028年4月"))],
)
def test_a_card_is_listed_by_its_end_and_removed_by_its_id(locale: str, words: tuple[str, str]) -> None:
    html = cards_shown([VISA], locale)
    for word in words:
        assert word in html.replace("\N{NO-BREAK SPACE}", " ")
    assert f'action="/billing/{SLUG}/cards/pm%201/remove"' in html


@pytest.mark.parametrize(
    ("last_day", "said"),
    [(45, "until"), (44, "ends soon"), (0, "ends soon"), (-1, "expired in")],
)
def test_a_card_says_that_it_ends_soon_or_is_over(last_day: int, said: str) -> None:
    today = NOW.astimezone(ZoneInfo(samples.business().time_zone)).date()
    html = cards_shown([VISA._replace(expires=today + timedelta(days=last_day))])
    assert said in html
    assert ("ends soon" in html) == (0 <= last_day < 45)


def test_a_card_is_added_only_where_the_business_keeps_cards_and_the_contact_can_pay() -> None:
    add = f'action="/billing/{SLUG}/cards"'
    assert add in cards_shown([])
    for none in (cards_shown([], kept=False), cards_shown([], pays=False)):
        assert 'id="cards"' not in none
    left = cards_shown([VISA], kept=False)
    assert add not in left
    assert "pm%201/remove" in left


def test_cards_that_cannot_be_read_are_said_to_be_away_and_not_to_be_none() -> None:
    away = cards_shown(None)
    assert "Your cards can’t be shown at the moment." in away
    assert "You keep no card here yet." not in away
    assert "You keep no card here yet." in cards_shown([])


TEMPLATES = Path(str(portal_read.__file__)).with_name("templates")
ON = AutopayStanding(on=True, brand="visa", last4="4242")


def test_autopay_is_offered_with_each_card_that_is_not_over_and_its_words_of_consent() -> None:
    html = cards_shown([VISA, VISA._replace(card_id="pm_over", expires=date(2020, 1, 31))])
    assert f'action="/billing/{SLUG}/autopay"' in html
    assert '<option value="pm 1">Visa ending 4242' in html.replace("\N{NO-BREAK SPACE}", " ")
    assert 'value="pm_over"' not in html
    assert f'name="terms" value="{AUTOPAY_TERMS}"' in html
    for said in ("on its due date", "two days before", "try again", "stop at any time", "are not covered"):
        assert said in html


def test_autopay_that_is_on_says_by_which_card_and_is_switched_off_there() -> None:
    for html in (
        cards_shown([VISA], autopay=ON),
        cards_shown(None, autopay=ON),
        cards_shown([], autopay=ON),
        cards_shown([], kept=False, autopay=ON),
        cards_shown([], pays=False, autopay=ON),
    ):
        assert f'action="/billing/{SLUG}/autopay/off"' in html
        assert "Autopay is on, with Visa ending 4242" in html.replace("\N{NO-BREAK SPACE}", " ")
        assert f'action="/billing/{SLUG}/autopay"' not in html


@pytest.mark.parametrize(
    ("last_day", "last4", "contact_id", "said"),
    [
        (44, "4242", "co-1", "Before it ends, please switch autopay off"),
        (-1, "4242", "co-1", "Please switch autopay off, and on with another card."),
        (45, "4242", "co-1", None),
        (44, "4444", "co-1", None),
        (44, "4242", "co-2", None),
    ],
)
def test_in_time_before_the_card_of_autopay_ends_its_owner_reads_what_to_do(
    last_day: int, last4: str, contact_id: str, said: str | None
) -> None:
    today = NOW.astimezone(ZoneInfo(samples.business().time_zone)).date()
    card = VISA._replace(expires=today + timedelta(days=last_day))
    html = cards_shown([card], autopay=ON._replace(last4=last4, contact_id=contact_id))
    assert ("Autopay pays with this card." in html) == (said is not None)
    assert said is None or said in html


def test_autopay_that_nobody_can_tell_of_is_neither_on_nor_off() -> None:
    html = cards_shown([VISA], autopay=None)
    assert "Whether autopay is on can’t be shown" in html
    assert f'action="/billing/{SLUG}/autopay' not in html


def test_autopay_is_offered_to_nobody_who_could_not_use_it() -> None:
    for html in (cards_shown([]), cards_shown([VISA], kept=False), cards_shown([VISA], pays=False)):
        assert "utopay" not in html


def test_the_words_of_consent_have_their_version() -> None:
    """Words that mean something else need another version: billing records which were agreed to."""
    words = (TEMPLATES / "autopay_parts.html").read_bytes()
    assert (AUTOPAY_TERMS, sha256(words).hexdigest()[:12]) == ("autopay-1", "64de3a1255b4")

"""Whether a code leaves: given the request and what is known of it, then this."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from auth_otp.domain.addresses import Address
from auth_otp.domain.codes import derive_code
from auth_otp.domain.guarding import is_token
from auth_otp.domain.sending import (
    Answer,
    CodeRequest,
    Drop,
    DropReason,
    SendCode,
    decide_sending,
    decide_wait,
)
from servicehub_events import Business, as_event
from servicehub_events_tools.testing import samples

NOW, PEPPER = datetime(2026, 11, 22, tzinfo=UTC), bytes(range(32))
PORTAL = as_event(Business, samples.business(), country="JP", default_locale="ja", locales=("ja", "en"))
OFF = as_event(Business, PORTAL, enabled=False)
ABROAD = as_event(Business, PORTAL, country="US", default_locale="en", locales=("en",))
MAIL, JAPAN, AMERICA = (
    Address.known("a@example.com"),
    Address.known("+819012345678"),
    Address.known("+14155550100"),
)
REQUEST = CodeRequest(
    business_id="b-1",
    challenge_id="c1",
    send_number=1,
    code_number=2,
    digits=6,
    pepper="p1",
    address_cipher=b"sealed",
    known_browser=False,
    locale="en",
    expires_at=NOW + timedelta(seconds=1),
    requested_at=NOW - timedelta(minutes=5),
    tries=1,
    traceparent=None,
    now=NOW,
)
LATE = msgspec.structs.replace(REQUEST, expires_at=NOW)


LONGER = msgspec.structs.replace(REQUEST, digits=8)
KNOWN = msgspec.structs.replace(REQUEST, known_browser=True)
NOTICE = msgspec.structs.replace(
    REQUEST, digits=0, code_number=0, pepper="", guarded_until=NOW + timedelta(days=1)
)


def decided(
    request: CodeRequest = REQUEST,
    *,
    guarded: bool = False,
    business: Business | None = PORTAL,
    address: Address | None = MAIL,
    locale: str | None = "",
    pepper: bytes | None = PEPPER,
) -> SendCode | Drop:
    return decide_sending(
        request, business, address, locale, pepper=pepper, sms_countries=("JP",), guarded=guarded
    )


def test_a_longer_code_comes_with_a_token_and_one_of_six_digits_with_none() -> None:
    plain, longer, again = decided(), decided(LONGER), decided(LONGER)
    assert isinstance(plain, SendCode)
    assert isinstance(longer, SendCode)
    assert plain.guard_token == ""
    assert is_token(longer.guard_token)
    assert longer == again
    assert longer.guard_token not in repr(longer)


def test_a_guarded_address_is_sent_codes_of_known_browsers_alone() -> None:
    assert decided(guarded=True) == Drop("guarded")
    assert isinstance(decided(KNOWN, guarded=True), SendCode)


def test_a_guarded_address_is_told_so_without_a_code_or_a_pepper() -> None:
    assert decided(NOTICE, guarded=True, pepper=None) == SendCode(NOTICE, MAIL, "", "en")


def test_a_known_address_is_sent_the_code_of_its_challenge() -> None:
    code = derive_code(PEPPER, "c1", 2, 6)
    decision = decided()
    assert decision == SendCode(REQUEST, MAIL, code, "en")
    assert code not in repr(decision)
    assert MAIL.value not in repr(decision)


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (decided(LATE), "late"),
        (decided(business=None), "portal_off"),
        (decided(business=OFF), "portal_off"),
        (decided(address=None), "undecipherable"),
        (decided(locale=None), "unknown"),
        (decided(address=JAPAN, locale=None), "unknown"),
        (decided(address=AMERICA), "no_text"),
        (decided(pepper=None), "pepper_retired"),
    ],
)
def test_any_other_is_dropped_for_a_reason_that_nobody_outside_learns(
    decision: SendCode | Drop, reason: DropReason
) -> None:
    assert decision == Drop(reason)


@pytest.mark.parametrize(
    ("business", "address"), [(PORTAL, JAPAN), (ABROAD, JAPAN), (ABROAD, AMERICA), (PORTAL, MAIL)]
)
def test_texts_go_to_the_businesss_own_country_and_to_those_allowed(
    business: Business, address: Address
) -> None:
    assert isinstance(decided(business=business, address=address), SendCode)


@pytest.mark.parametrize(
    ("country", "phone"),
    [
        ("GB", "+447797712366"),  # Jersey
        ("GB", "+447624123456"),  # Isle of Man
        ("JE", "+447400123456"),  # Great Britain
        ("US", "+16045550123"),  # Canada
        ("US", "+18762345678"),  # Jamaica
        ("VA", "+393401234567"),
        ("RU", "+77011234567"),  # Kazakhstan
        ("SJ", "+4741234567"),
        ("AU", "+61412345678"),
    ],
)
def test_texts_go_wherever_the_calling_code_of_the_business_reaches(country: str, phone: str) -> None:
    business = as_event(Business, PORTAL, country=country)
    assert isinstance(decided(business=business, address=Address.known(phone)), SendCode)


@pytest.mark.parametrize(
    ("country", "phone"),
    [
        ("JP", "+81570012345"),
        ("JP", "+81990123456"),
        ("JP", "+812012345678"),
        ("US", "+19005550123"),
        ("GB", "+447012345678"),
        ("GB", "+447640123456"),
        ("US", "+881612345678"),
        ("US", "+15550001111"),
    ],
)
def test_texts_never_go_to_what_costs_or_no_network_has(country: str, phone: str) -> None:
    business = as_event(Business, PORTAL, country=country)
    assert decided(business=business, address=Address.known(phone)) == Drop("no_text")


@pytest.mark.parametrize(
    ("contact", "page", "written"),
    [("ja", "en", "ja"), ("", "en", "en"), ("", None, "ja"), ("en", None, "en")],
)
def test_the_language_is_the_contacts_then_the_pages_then_the_businesss(
    contact: str, page: str | None, written: str
) -> None:
    decision = decided(msgspec.structs.replace(REQUEST, locale=page), locale=contact)
    assert isinstance(decision, SendCode)
    assert decision.locale == written


@pytest.mark.parametrize(
    ("address", "tries", "counts"), [(JAPAN, 1, True), (JAPAN, 2, False), (JAPAN, 9, False), (MAIL, 1, False)]
)
def test_a_text_counts_against_the_days_cap_when_it_is_claimed_first(
    address: Address, tries: int, *, counts: bool
) -> None:
    decision = decided(msgspec.structs.replace(REQUEST, tries=tries), address=address)
    assert isinstance(decision, SendCode)
    assert decision.counts_as_text is counts


@pytest.mark.parametrize("answer", ["accepted", "expired", "malformed"])
@pytest.mark.parametrize("tries", [1, 20])
def test_what_the_notifier_took_or_will_never_take_is_settled(answer: Answer, tries: int) -> None:
    assert decide_wait(answer, tries) is None


@pytest.mark.parametrize("answer", ["unauthorised", "unavailable"])
@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 10), (60, 10), (10_000, 10)]
)
def test_what_may_pass_is_tried_again_after_half_a_second_doubling_to_ten(
    answer: Answer, tries: int, seconds: float
) -> None:
    assert decide_wait(answer, tries) == timedelta(seconds=seconds)

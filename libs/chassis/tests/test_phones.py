"""Which numbers a text may go to, and why not to the others."""

import pytest
from chassis.phones import why_no_text
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("phone", "why"),
    [
        ("+819012345678", None),
        ("+815012345678", None),  # over the internet, where texts may arrive
        ("+12125550142", None),  # a landline or a mobile: there nobody can tell
        ("+447797712366", None),
        ("+15555555555", "is a number that no network has"),
        ("+81312345678", "is a landline"),
        ("+448001111111", "is a toll-free number"),
        ("+81990123456", "is a premium-rate number"),
        ("+19005550123", "is a premium-rate number"),
        ("+4918012345", "is a shared-cost number"),
        ("+447012345678", "is a number that forwards calls"),
        ("+447640123456", "is a pager's number"),
        ("+81570012345", "is a company's access number"),
        ("+881612345678", "is a satellite's or a worldwide number"),
        ("+870773111632", "is a satellite's or a worldwide number"),
        ("+97912345678", "is a satellite's or a worldwide number"),
        ("+999123456789", "has a country code that no country has"),
    ],
)
def test_a_phone_that_no_text_reaches_is_known(phone: str, why: str | None) -> None:
    assert why_no_text(phone) == why


@pytest.mark.parametrize(
    ("phone", "countries", "why"),
    [
        ("+447797712366", ("GB", "JP"), None),
        ("+16045550123", ("US",), None),
        ("+819012345678", ("GB", "JP"), None),
        ("+819012345678", ("GB",), "is abroad: texts to +81 are not allowed"),
        ("+819012345678", (), "is abroad: texts to +81 are not allowed"),
        ("+819012345678", ("XX",), "is abroad: texts to +81 are not allowed"),
        ("+81312345678", ("GB",), "is a landline"),
    ],
)
def test_a_calling_code_is_allowed_whichever_of_its_countries_has_the_number(
    phone: str, countries: tuple[str, ...], why: str | None
) -> None:
    assert why_no_text(phone, countries) == why


@given(st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True))
def test_any_phone_of_the_contract_is_judged(phone: str) -> None:
    assert why_no_text(phone) != ""

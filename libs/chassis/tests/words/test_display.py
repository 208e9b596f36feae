"""Phone numbers and card brands, as people read them."""

import pytest
from chassis.words.display import card_brand, display_phone


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("+12125550142", "US", "(212) 555-0142"),
        ("+81312345678", "JP", "03-1234-5678"),
        ("+81312345678", "US", "+81 3-1234-5678"),
        ("+81312345678", "XX", "+81 3-1234-5678"),
        ("03-1234-5678", "JP", "03-1234-5678"),
        ("0312345678", "JP", "0312345678"),
        ("not a number", "US", "not a number"),
    ],
)
def test_a_phone_number_is_national_at_home_international_abroad_and_else_as_it_came(
    number: str, country: str, expected: str
) -> None:
    assert display_phone(number, country) == expected


@pytest.mark.parametrize(
    ("brand", "name"),
    [
        ("visa", "Visa"),
        ("amex", "American Express"),
        ("jcb", "JCB"),
        ("link", "Link"),
        ("unknown", None),
        ("a_new_brand", None),
        (None, None),
    ],
)
def test_a_card_is_called_by_a_brand_that_has_a_name(brand: str | None, name: str | None) -> None:
    assert card_brand(brand) == name

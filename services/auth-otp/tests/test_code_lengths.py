"""How long codes are, and what that leaves a guesser: nobody is locked out, and the odds stay small."""

from random import Random

import pytest
from auth_otp.domain.code_lengths import (
    LENGTHS,
    Budget,
    Scope,
    address_budget,
    code_digits,
    spray_budget,
)

from .test_settings import settings_of

SETTINGS = settings_of()
QUIET = Scope(Budget(4, 100), {})
DAYS = 365


@pytest.mark.parametrize(
    ("wrong", "digits"),
    [({}, 6), ({6: 3}, 6), ({6: 4}, 8), ({6: 4, 8: 99}, 8), ({6: 4, 8: 100}, 16), ({16: 10**9}, 6)],
)
def test_a_code_is_as_long_as_the_wrong_codes_of_its_address_ask_for(
    wrong: dict[int, int], digits: int
) -> None:
    assert code_digits([Scope(Budget(4, 100), wrong)]) == digits


def test_the_scope_that_is_worst_off_decides() -> None:
    assert code_digits([QUIET, Scope(Budget(10, 1000), {6: 10}), QUIET]) == 8
    assert code_digits([Scope(Budget(4, 100), {8: 100}), Scope(Budget(10, 1000), {6: 10})]) == 16


def test_a_browser_that_proved_itself_bears_more_short_codes() -> None:
    assert address_budget(SETTINGS, known_browser=False) == (4, 100)
    assert address_budget(SETTINGS, known_browser=True) == (10, 100)


@pytest.mark.parametrize(("customers", "short"), [(0, 10), (1_666, 10), (1_667, 11), (10_000, 60)])
def test_a_business_bears_more_wrong_codes_the_more_customers_it_has(customers: int, short: int) -> None:
    assert spray_budget(SETTINGS, customers) == (short, 100 * short)


def odds(budget: Budget, channels: int = 1) -> float:
    """The odds that one of a day's wrong codes is right, over a year: each is a guess at random."""
    short, long = (limit for digits in LENGTHS if (limit := budget.limit(digits)) is not None)
    return channels * DAYS * (short * 1e-6 + long * 1e-8)


def test_one_person_is_guessed_in_less_than_one_year_of_250() -> None:
    """Mail and phone, each with a budget of its own."""
    yearly = odds(address_budget(SETTINGS, known_browser=False), channels=2)
    assert yearly == pytest.approx(0.00365)
    assert yearly <= 0.004


def test_of_ten_thousand_customers_one_is_guessed_in_twenty_years() -> None:
    yearly = odds(spray_budget(SETTINGS, 10_000))
    assert yearly == pytest.approx(0.0438)
    assert yearly <= 0.05


def test_sixteen_digits_bear_what_a_thousand_sources_can_enter() -> None:
    guesses = 1_000 * SETTINGS.source_verifies_per_minute * 60 * 24 * DAYS
    assert guesses * 1e-16 < 1e-5


def test_a_guesser_with_all_the_patience_of_the_world_gets_as_far_as_reckoned() -> None:
    """The rules played, with codes four digits shorter, so that days enough are soon simulated."""
    chance, taken_over, runs = Random(1), 0, 5_000
    budget = address_budget(SETTINGS, known_browser=False)
    wrong: dict[int, int] = {}
    for _ in range(runs):
        wrong = {}
        while (digits := code_digits([Scope(budget, wrong)])) < LENGTHS[-1]:
            wrong[digits] = wrong.get(digits, 0) + 1
            taken_over += chance.random() < 10.0 ** (4 - digits)
    assert wrong == {6: budget.short, 8: budget.long}
    assert taken_over / runs == pytest.approx(budget.short * 1e-2 + budget.long * 1e-4, rel=0.15)


def test_who_sprays_ten_thousand_customers_gets_as_far_as_reckoned() -> None:
    """Days of the best spray there is, one guess at each in turn, with codes five digits shorter."""
    chance, taken_over, days = Random(2), 0, 15
    business, borne = spray_budget(SETTINGS, 10_000), address_budget(SETTINGS, known_browser=False)
    for _ in range(days):
        wrong: dict[int, int] = {}
        addresses = [dict[int, int]() for _ in range(10_000)]
        for of_one in addresses:
            digits = code_digits([Scope(borne, of_one), Scope(business, wrong)])
            if digits == LENGTHS[-1]:
                break
            wrong[digits], of_one[digits] = wrong.get(digits, 0) + 1, 1
            taken_over += chance.random() < 10.0 ** (5 - digits)
        assert wrong == {6: business.short, 8: business.long}
    assert taken_over / days == pytest.approx(business.short * 1e-1 + business.long * 1e-3, rel=0.2)

"""A mistake in a demo file is told with its line and what to do."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from stand_in_servicehub.demo import Demo, load_start_page
from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.demo.load import FOLDER, load
from stand_in_servicehub.demo.source import DemoError

ROW_BEGINS = ("  - ", "busi")
"""How the first line of a row begins, or that of the business."""


def lines_until(text: str, words: str) -> list[str]:
    return text[: text.index(words) + 1].splitlines()


MISTAKES = [
    ("day: 40 days ago", "day: last month", "'last month' is no day: write today"),
    ("at: 18:00-20:00", "at: 18-20", "'18' is no time: write it like 9:30"),
    ("at: 18:00-20:00", "at: 18:00", "'18:00' is no window"),
    ("at: 18:00-20:00", "at: 20:00-18:00", "window.end"),
    ("finished: 19:52", "finnished: 19:52", "did you mean finished?"),
    ("service: Office cleaning", "service: Offices", "no service 'Offices'; there are: Regular cleaning"),
    ("staff: [Devon Park]", "staff: [Devon]", "no staff member 'Devon'; there are: Maria Reyes"),
    ("status: missed", "status: late", "Invalid enum value 'late'"),
    ("appointment_id: v-2002", "appointment_id: v-2001", "v-2001 is there already in version 1"),
    ("repeats: series-1, every 2 weeks", "repeats: often", "write it like series-1, every 2 weeks"),
    ("{description: Balcony, price: 12.00}", "{description: Balcony}", "missing required field `price`"),
    ("price: 98.00}", "price: 98 dollars}", "'98 dollars' is not an amount"),
    ("deposit: 150.00", "deposit: 1500.00", "deposit.amount 150000 is more than total 51994"),
    ("visits: [v-2007]", "visits: [v-2001]", "v-2001 is a visit of somebody else than Priya Raman"),
    ("site: Unit 4B", "site: [Unit 4B", "expected ',' or ']'"),
    ("site: Unit 2A", "site: Unit 9Z", "no site 'Unit 9Z'; there are: Unit 4B, Unit 2A"),
    ("logo: sparkle-home.png", "logo: nowhere.png", "nowhere.png"),
    ("currency: USD", "currency: USX", "USX is not an ISO 4217 currency"),
    ("time_zone: America/New_York", "time_zone: New York", "No time zone found with key New York"),
    ('primary_colour: "#1E7B57"', "primary_colour: green", "primary_colour: Expected `str` matching"),
]


@pytest.mark.parametrize(("words", "instead", "reason"), MISTAKES, ids=[wrong for _, wrong, _ in MISTAKES])
def test_a_mistake_is_told_with_its_line(tmp_path: Path, words: str, instead: str, reason: str) -> None:
    text = (FOLDER / "sparkle-home.yaml").read_text()
    assert words in text
    shutil.copy(FOLDER / "sparkle-home.png", tmp_path)
    file = tmp_path / "sparkle-home.yaml"
    file.write_text(text.replace(words, instead, 1))
    with pytest.raises(DemoError) as caught:
        load(file)
    words_of = r"sparkle-home\.yaml, line (\d+): (.+)\. Correct it, then start again\."
    told = re.fullmatch(words_of, str(caught.value))
    assert told
    assert reason in told[2]
    first_of_row = max(n for n, line in enumerate(lines_until(text, words), 1) if line[:4] in ROW_BEGINS)
    assert first_of_row <= int(told[1]) <= len(lines_until(text, words)) + 1


def test_the_start_page_names_only_those_who_are_there(tmp_path: Path, demos: dict[str, Demo]) -> None:
    file = tmp_path / "start-page.yaml"
    text = (FOLDER / file.name).read_text()
    file.write_text(text.replace("contact: Nadia Farouk", "contact: Nadja Farouk"))
    with pytest.raises(DemoError, match="no contact 'Nadja Farouk'; there are: Rosa Kim, Oliver Grant"):
        load_start_page(demos, file)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("today", date(2026, 2, 28)),
        ("tomorrow", date(2026, 3, 1)),
        ("yesterday", date(2026, 2, 27)),
        ("in 1 day", date(2026, 3, 1)),
        ("in 30 days", date(2026, 3, 30)),
        ("1 day ago", date(2026, 2, 27)),
        ("28 days ago", date(2026, 1, 31)),
    ],
)
def test_days_are_words(words: str, day: date) -> None:
    assert Calendar(date(2026, 2, 28), "Asia/Tokyo").day(words) == day

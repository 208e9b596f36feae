"""Which Chromium the browser tests take, and what is said when there is none."""

from pathlib import Path

import pytest
from portal_testing.chromium import Browser, NoBrowser, find_browser
from portal_testing.chromium.found import remember
from portal_testing.chromium.install import ensure_browser


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No browser on the PATH, none remembered, none chosen."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


def program(path: Path) -> str:
    path.write_text("#!/bin/sh\necho this is no browser >&2\nexit 3\n")
    path.chmod(0o755)
    return str(path)


def test_without_any_it_says_what_to_run() -> None:
    with pytest.raises(NoBrowser, match="make browser"):
        find_browser()


def test_one_on_the_path_is_taken(empty_machine: Path) -> None:
    chromium = program(empty_machine / "bin" / "chromium-browser")
    assert find_browser().executable == chromium


def test_the_remembered_one_goes_before_the_path_with_all_it_needs(empty_machine: Path) -> None:
    program(empty_machine / "bin" / "chromium")
    tried_before = Browser(program(empty_machine / "mine"), {"FONTCONFIG_FILE": "/fonts.conf"})
    remember(tried_before)
    assert find_browser() == tried_before
    assert find_browser().environment["FONTCONFIG_FILE"] == "/fonts.conf"


def test_a_remembered_one_that_is_gone_is_forgotten(empty_machine: Path) -> None:
    chromium = program(empty_machine / "bin" / "chromium")
    remember(Browser(str(empty_machine / "gone")))
    assert find_browser().executable == chromium


def test_the_chosen_one_goes_before_all(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty_machine / "bin" / "chromium")
    remember(Browser(program(empty_machine / "mine")))
    monkeypatch.setenv("CHROMIUM", program(empty_machine / "chosen"))
    assert find_browser().executable == str(empty_machine / "chosen")


def test_a_wrong_choice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(NoBrowser, match="CHROMIUM=/nowhere/chromium"):
        find_browser()


def test_a_chosen_one_that_opens_no_page_is_named_and_not_replaced(
    empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setenv("CHROMIUM", program(empty_machine / "broken"))
    with pytest.raises(NoBrowser, match="apt install chromium"):
        ensure_browser(said.append)
    assert len(said) == 1
    assert f"{empty_machine / 'broken'} does not work here: " in said[0]
    assert "this is no browser" in said[0]

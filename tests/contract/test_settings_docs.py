"""The docs name every setting: those of all processes for operators, those of a service in its README."""

import re
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from chassis.settings import MigrateSettings, ProcessSettings, ServiceSettings
from chassis.settings.described import DescribedSetting, described_settings
from local_stack.environment import inherited
from portal_testing.stack import command

ROOT = Path(__file__).parents[2]
SERVICES = ("auth-otp", "portal-read", "billing", "notifier", "branding")


def settings_of(kind: type[ProcessSettings]) -> set[str]:
    return {field.name.upper() for field in msgspec.structs.fields(kind)}


def unnamed(settings: set[str], page: str) -> set[str]:
    """Those that no piece of code in the text of a page of Markdown names; blocks of code explain nothing."""
    text = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    code = " ".join(re.findall(r"`([^`]+)`", text))
    return settings - set(re.findall(r"[A-Z][A-Z0-9_]+", code))


@pytest.mark.parametrize("kind", [ServiceSettings, MigrateSettings])
def test_what_every_process_is_told_is_in_the_page_for_operators(kind: type[ProcessSettings]) -> None:
    assert unnamed(settings_of(kind), (ROOT / "docs/operating.md").read_text()) == set()


@pytest.mark.parametrize("service", SERVICES)
def test_what_one_service_is_told_is_in_its_readme(service: str) -> None:
    kind: type[ServiceSettings] = import_module(f"{service.replace('-', '_')}.settings").Settings
    own = settings_of(kind) - settings_of(ServiceSettings)
    assert unnamed(own, (ROOT / "services" / service / "README.md").read_text()) == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_says_what_it_means_and_times_their_unit(service: str) -> None:
    """`portal settings` shows it."""
    described = [*described_settings(import_module(f"{service.replace('-', '_')}.settings").Settings)]
    assert [each.name for each in described if not each.meaning.endswith(".")] == []
    assert {each.unit for each in described if each.name.endswith("_SECONDS")} <= {"seconds"}
    by_name = {each.name: each for each in described}
    assert by_name["DATABASE_URL"] == DescribedSetting(
        "DATABASE_URL", None, "", True, "PostgreSQL, with the role of the process: web, worker or owner."
    )
    assert (by_name["DATABASE_POOL_SIZE"].default, by_name["DATABASE_POOL_SIZE"].secret) == ("5", False)
    assert by_name["KAFKA_PASSWORD"].default == ""


async def test_portal_settings_lists_them_all_and_shows_no_value() -> None:
    environment = inherited() | {"STRIPE_SECRET_KEY": "sk_live_this_is_a_value"}
    said = await command.portal(environment, "settings", "--service", "billing", "--json")
    assert said.code == 0, said.err
    kind = import_module("billing.settings").Settings
    assert {row["setting"] for row in said.json} == settings_of(kind)
    assert "this_is_a_value" not in said.out
    (row,) = [row for row in said.json if row["setting"] == "STRIPE_SECRET_KEY"]
    assert (row["default"], row["secret"]) == ("required", "secret")
    unknown = await command.portal(environment, "settings", "--service", "nothing")
    assert (unknown.code, "is not installed here" in unknown.err) == (1, True)


def test_a_setting_is_named_whole_and_as_code() -> None:
    page = "LOG_LEVEL is text; `HTTP_PORT=80`, `CODE_TRIES_LEFT` and `SENDS_PER_HOUR`, `_DAY` are code"
    wanted = {"LOG_LEVEL", "HTTP_PORT", "CODE_TRIES", "SENDS_PER_HOUR", "SENDS_PER_DAY"}
    assert unnamed(wanted, page) == {"LOG_LEVEL", "CODE_TRIES", "SENDS_PER_DAY"}


@pytest.mark.parametrize("service", SERVICES)
def test_the_new_name_of_each_renamed_setting_is_read_and_the_old_one_is_not(service: str) -> None:
    kind: type[ServiceSettings] = import_module(f"{service.replace('-', '_')}.settings").Settings
    assert set(kind.renamed.values()) <= settings_of(kind)
    assert not set(kind.renamed) & settings_of(kind)

"""The docs name every setting: those of all processes for operators, those of a service in its README."""

import re
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from chassis.settings import MigrateSettings, ProcessSettings, ServiceSettings

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


def test_a_setting_is_named_whole_and_as_code() -> None:
    page = "LOG_LEVEL is text; `HTTP_PORT=80`, `CODE_TRIES_LEFT` and `SENDS_PER_HOUR`, `_DAY` are code"
    wanted = {"LOG_LEVEL", "HTTP_PORT", "CODE_TRIES", "SENDS_PER_HOUR", "SENDS_PER_DAY"}
    assert unnamed(wanted, page) == {"LOG_LEVEL", "CODE_TRIES", "SENDS_PER_DAY"}


@pytest.mark.parametrize("service", SERVICES)
def test_the_new_name_of_each_renamed_setting_is_read_and_the_old_one_is_not(service: str) -> None:
    kind: type[ServiceSettings] = import_module(f"{service.replace('-', '_')}.settings").Settings
    assert set(kind.renamed.values()) <= settings_of(kind)
    assert not set(kind.renamed) & settings_of(kind)

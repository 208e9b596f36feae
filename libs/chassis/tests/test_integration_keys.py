"""An integration is known by its own key alone; settings hold the hash of it, and what it opens."""

import itertools
import secrets

import pytest
from chassis.commands.doctor.keys import look
from chassis.commands.shell import shell
from chassis.settings import IntegrationKeys, InvalidKeys
from chassis.settings.integration_keys import (
    PERMISSIONS,
    IntegrationKey,
    digest_of,
    entry_of,
    new_integration_key,
)
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

RUNNER = CliRunner()
CORE = new_integration_key("servicehub-core", PERMISSIONS)
HASH = "ab" * 32


def ring(*entries: IntegrationKey) -> IntegrationKeys:
    return IntegrationKeys.parse(",".join(entry.format() for entry in entries))


def test_the_holder_of_a_key_is_known_by_it_and_settings_hold_no_more_than_its_hash() -> None:
    found = ring(CORE.entry).find(CORE.key)
    assert found is not None
    assert found.integration == "servicehub-core"
    assert CORE.key.partition(".")[2] not in CORE.entry.format()
    assert CORE.entry.digest.hex() not in repr(found)


def test_two_keys_of_an_integration_live_while_one_replaces_the_other() -> None:
    old, new = CORE, new_integration_key("servicehub-core", ["settings"])
    both = ring(old.entry, new.entry)
    assert [both.find(key.key) for key in (old, new)] == [old.entry, new.entry]
    assert old.entry.fingerprint != new.entry.fingerprint
    assert ring(new.entry).find(old.key) is None


def test_a_secret_opens_nothing_under_the_name_of_another_integration() -> None:
    other = new_integration_key("importer", ["settings"])
    secret = CORE.key.partition(".")[2]
    assert ring(CORE.entry, other.entry).find(f"importer.{secret}") is None


@pytest.mark.parametrize("secret", ["", "changeme", "a" * 48, "é" * 43, "a" * 42 + "\n"])
def test_a_secret_that_somebody_thought_up_opens_nothing_even_when_its_hash_is_set(secret: str) -> None:
    entry = entry_of(f"core.{secret}", PERMISSIONS).entry
    assert ring(entry).find(f"core.{secret}") is None


@given(st.text(max_size=80))
def test_any_other_text_is_nobodys_key(text: str) -> None:
    assert ring(CORE.entry).find(text) is None


@given(
    st.sets(
        st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1, max_size=64), min_size=1
    )
)
def test_a_key_opens_the_businesses_that_it_names_and_no_other(businesses: set[str]) -> None:
    text = new_integration_key("importer", ["settings"], businesses).entry.format()
    (key,) = IntegrationKeys.parse(text).keys
    assert all(key.opens("settings", business) for business in businesses)
    assert not key.opens("settings", "".join(sorted(businesses)) + "x")
    assert not any(key.opens("account", business) for business in businesses)


def test_a_business_called_like_the_sign_for_all_is_one_business() -> None:
    (key,) = IntegrationKeys.parse(new_integration_key("core", PERMISSIONS, ["*"]).entry.format()).keys
    assert (key.opens("account", "*"), key.opens("account", "b1")) == (True, False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no key"),
        (secrets.token_hex(24), "portal keys integration"),
        (CORE.key, "portal keys integration"),
        (f"core:{HASH}:settings", "portal keys integration"),
        (f"core:{HASH}:settings:*:x", "portal keys integration"),
        (f"core:{HASH.upper()}:settings:*", "portal keys integration"),
        (f"CORE:{HASH}:settings:*", "portal keys integration"),
        (f"core:{HASH}:everything:*", "settings or account"),
        (f"core:{HASH}::*", "settings or account"),
        (f"core:{HASH}:settings:", "names no business"),
        (f"core:{HASH}:settings:b1+", "names no business"),
        (f"core:{HASH}:settings:*,other:{HASH}:settings:*", "holds a key twice"),
        (
            ",".join(f"core:{digest_of(one).hex()}:settings:*" for one in "abc"),
            "3 keys of core; two may live",
        ),
    ],
    ids=itertools.count(),  # a key in an id would be another in each process
)
def test_what_is_no_ring_is_refused_without_being_shown(text: str, says: str) -> None:
    with pytest.raises(InvalidKeys, match=says) as refused:
        IntegrationKeys.parse(text)
    assert HASH not in str(refused.value)
    assert not text or text not in str(refused.value)


def test_the_command_prints_a_key_and_the_entry_that_knows_it() -> None:
    words = ["keys", "integration", "importer", "--may", "settings", "--business", "b1", "--business", "b+2"]
    said = RUNNER.invoke(shell(), words)
    key, entry = said.output.splitlines()
    found = IntegrationKeys.parse(entry).find(key)
    assert found is not None
    assert (found.integration, found.businesses) == ("importer", {"b1", "b+2"})
    assert [found.opens(permission, "b1") for permission in PERMISSIONS] == [True, False]


@pytest.mark.parametrize(
    ("words", "text"),
    [(["Core, Inc."], "portal keys integration"), (["core", "--may", "all"], "settings or account")],
)
def test_the_command_refuses_what_would_not_be_read_back(words: list[str], text: str) -> None:
    said = RUNNER.invoke(shell(), ["keys", "integration", *words], env={"COLUMNS": "400"})
    assert (said.exit_code, text in said.output) == (2, True)


def test_the_doctor_names_each_key_by_its_fingerprint() -> None:
    (finding,) = look({"INTEGRATION_KEYS": CORE.entry.format()})
    assert (finding.state, finding.says) == ("ok", f"1 key(s): servicehub-core ({CORE.entry.fingerprint})")
    (finding,) = look({"INTEGRATION_KEYS": "a" * 48})
    assert finding.state == "wrong"

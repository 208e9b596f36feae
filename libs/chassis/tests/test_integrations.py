"""At the door of the settings API: a right key always passes; wrong ones are slowed by source, and logged."""

from datetime import UTC, datetime, timedelta

import pytest
from chassis.refusals import Refusal, Unauthorised
from chassis.settings import IntegrationKeys
from chassis.settings.integration_keys import new_integration_key
from chassis.web import Integrations, InvalidRequest
from chassis.web.integrations import WINDOW, WRONG_KEYS, NotPermitted, TooManyWrongKeys
from starlette.requests import Request
from structlog.testing import capture_logs

CORE = new_integration_key("core", ["settings", "account"])
SHOP = new_integration_key("shop", ["settings"], ["b1"])
WRONG = f"core.{'x' * 43}"


class Door:
    """The keys of a process at a time of the test's own."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, tzinfo=UTC)
        keys = IntegrationKeys((CORE.entry, SHOP.entry))
        self._integrations = Integrations(keys, trusted_hops=1, clock=lambda: self.now)

    def knock(self, key: str, *, source: str = "192.0.2.7", business: str = "b1") -> str:
        """Who is let in to read settings, or the code of the refusal."""
        headers = [(b"x-forwarded-for", source.encode()), (b"authorization", f"Bearer {key}".encode())]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""}
        request = Request({**scope, "path_params": {"business_id": business}})
        try:
            return self._integrations.admit(request, "settings").integration
        except Refusal as refusal:
            return refusal.code


def test_each_key_opens_its_own_businesses() -> None:
    door = Door()
    assert [door.knock(CORE.key, business=name) for name in ("b1", "b2")] == ["core", "core"]
    assert [door.knock(SHOP.key, business=name) for name in ("b1", "b2")] == ["shop", NotPermitted.code]


def test_a_right_key_is_not_slowed_by_what_it_may_not_do() -> None:
    door = Door()
    assert {door.knock(SHOP.key, business="b2") for _ in range(300)} == {NotPermitted.code}
    assert door.knock(SHOP.key) == "shop"


def test_of_300_wrong_keys_from_one_source_all_but_ten_are_told_to_wait_and_eleven_are_logged() -> None:
    door = Door()
    with capture_logs() as logs:
        answers = [door.knock(WRONG) for _ in range(300)]
    assert answers == [Unauthorised.code] * WRONG_KEYS + [TooManyWrongKeys.code] * (300 - WRONG_KEYS)
    assert [line["event"] for line in logs] == ["key.wrong"] * WRONG_KEYS + ["key.wrong_many"]
    assert {line["source"] for line in logs} == {"192.0.2.0/24"}
    assert WRONG not in str(logs)


def test_a_slowed_source_keeps_nobody_out() -> None:
    door = Door()
    for _ in range(300):
        door.knock(WRONG)
    assert door.knock(CORE.key) == "core"
    assert door.knock(WRONG, source="198.51.100.7") == Unauthorised.code
    door.now += WINDOW
    assert door.knock(WRONG) == Unauthorised.code


def test_who_is_slowed_is_told_for_how_long() -> None:
    door = Door()
    for _ in range(WRONG_KEYS):
        door.knock(WRONG)
    door.now += timedelta(seconds=20)
    headers = [(b"x-forwarded-for", b"192.0.2.7")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""}
    with pytest.raises(TooManyWrongKeys) as refused:
        door._integrations.admit(Request({**scope, "path_params": {"business_id": "b1"}}), "settings")  # pyright: ignore[reportPrivateUsage]
    assert refused.value.params == {"seconds": 41}


def test_sources_without_end_take_no_memory_without_end() -> None:
    door = Door()
    with capture_logs():
        for number in range(11_000):
            door.knock(WRONG, source=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(door._integrations._wrong) == 10_000  # pyright: ignore[reportPrivateUsage]


def test_a_whole_ipv6_network_is_one_source_and_is_logged_as_such() -> None:
    door = Door()
    with capture_logs() as logs:
        answers = [door.knock(WRONG, source=f"2001:db8:1:{number:x}::4") for number in range(20)]
    assert answers.count(Unauthorised.code) == WRONG_KEYS
    assert {line["source"] for line in logs} == {"2001:db8:1::/48"}


def test_a_business_that_cannot_be_is_told_to_the_holder_of_a_key_alone() -> None:
    door = Door()
    assert door.knock(CORE.key, business="b\x00") == InvalidRequest.code
    assert door.knock(WRONG, business="b\x00") == Unauthorised.code

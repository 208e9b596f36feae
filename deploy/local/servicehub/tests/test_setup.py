"""The start: patient with the others, once only, and never against production."""

from pathlib import Path

import pytest
from local_stack.settings import SettingError
from servicehub_events import Envelope
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import DEMO
from stand_in_servicehub.errors import Unavailable
from stand_in_servicehub.fakes import FakePortals, FakePublisher
from stand_in_servicehub.settings import Settings
from stand_in_servicehub.setup import LONGEST_WAIT_SECONDS, prepare
from stand_in_servicehub.store import Store

LOCAL = {"PORTAL_PROFILE": "local", "BRANDING_API_KEY": "k"}


async def nothing() -> None:
    pass


async def test_both_portals_are_set_up_and_everything_is_published(
    fresh: Core, publisher: FakePublisher, portals: FakePortals
) -> None:
    await prepare(fresh, nothing)
    assert fresh.ready.is_set()
    assert portals.enabled == dict.fromkeys(DEMO, True)
    assert all(logo.startswith(b"\x89PNG") for logo in portals.logos.values())
    assert len(publisher.sent) == sum(len(demo.events(fresh.today(demo.profile))) for demo in DEMO.values())


async def test_a_second_start_publishes_nothing(core: Core, publisher: FakePublisher) -> None:
    await prepare(core, nothing)
    assert publisher.sent == []


async def test_a_second_start_brings_branding_up_to_date_and_leaves_the_switch(
    core: Core, portals: FakePortals
) -> None:
    await core.portals.switch("biz-sparkle", enabled=False)
    portals.businesses.clear()
    await prepare(core, nothing)
    assert portals.businesses.keys() == DEMO.keys()
    assert portals.enabled["biz-sparkle"] is False


async def test_it_waits_for_kafka_and_branding_longer_each_time(
    fresh: Core, publisher: FakePublisher, portals: FakePortals
) -> None:
    waits: list[float] = []
    failures = 5

    async def connect() -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise Unavailable("no broker")

    async def sleep(seconds: float) -> None:
        assert not fresh.ready.is_set()
        waits.append(seconds)

    portals.failures = publisher.failures = 1
    await prepare(fresh, connect, sleep)
    assert waits == [0.5, 1, 2, LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, 0.5, 0.5]


async def test_a_start_that_was_cut_short_is_finished_by_the_next(
    tmp_path: Path, fresh: Core, portals: FakePortals
) -> None:
    class Dies(FakePublisher):
        async def publish(self, envelope: Envelope) -> int:
            if len(self.sent) == 7:
                raise KeyboardInterrupt
            return await super().publish(envelope)

    file, first, second = tmp_path / "s" / "state.sqlite3", Dies(), FakePublisher()
    fresh.store.close()
    fresh.store, fresh.publisher = Store(file), first
    with pytest.raises(KeyboardInterrupt):
        await prepare(fresh, nothing)
    fresh.store.close()
    fresh.store, fresh.publisher = Store(file), second
    await prepare(fresh, nothing)
    keys = [(envelope.key, envelope.sequence) for envelope in first.sent + second.sent]
    assert (
        len(set(keys))
        == len(keys)
        == sum(len(demo.events(fresh.today(demo.profile))) for demo in DEMO.values())
    )


async def test_the_log_forgets_what_events_said_once_they_are_published(tmp_path: Path, fresh: Core) -> None:
    file = tmp_path / "state.sqlite3"
    fresh.store.close()
    fresh.store = Store(file)
    await prepare(fresh, nothing)
    assert fresh.store.pending() == []
    assert len(fresh.store.log(10_000)) == sum(
        len(demo.events(fresh.today(demo.profile))) for demo in DEMO.values()
    )


@pytest.mark.parametrize("profile", ["production", "", "staging"])
def test_it_refuses_to_start_outside_the_local_profile(profile: str) -> None:
    with pytest.raises(SettingError, match="PORTAL_PROFILE=local"):
        Settings.from_environment({**LOCAL, "PORTAL_PROFILE": profile})


def test_settings_have_defaults_and_are_checked(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {**LOCAL, "SIMULATOR_DATA": str(tmp_path), "PUBLIC_ORIGIN": "http://x/"}
    )
    assert (settings.port, settings.public_origin) == (8090, "http://x")
    assert settings.data == tmp_path / "servicehub.sqlite3"
    with pytest.raises(SettingError, match="SIMULATOR_PORT"):
        Settings.from_environment({**LOCAL, "SIMULATOR_PORT": "eighty"})
    with pytest.raises(SettingError, match="BRANDING_API_KEY"):
        Settings.from_environment({"PORTAL_PROFILE": "local"})

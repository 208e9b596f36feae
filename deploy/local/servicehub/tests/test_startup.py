"""The start: patient with the others, once only, and never against production."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from servicehub_events import Event
from servicehub_events.publisher import Published, PublishFailed
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo
from stand_in_servicehub.demo.load import FOLDER, load
from stand_in_servicehub.server import LONGEST_WAIT_SECONDS, prepare
from stand_in_servicehub.settings import Links, SettingError, Settings
from stand_in_servicehub.store import Store

from .fakes import FakePortals, FakePublisher

LOCAL = {"PORTAL_PROFILE": "local", "INTEGRATION_KEY": "k"}


async def nothing() -> None:
    pass


def how_many(core: Core, demos: dict[str, Demo]) -> int:
    return sum(len(demo.events(core.desk(name).today)) for name, demo in demos.items())


async def test_both_portals_are_set_up_and_everything_is_published(
    fresh: Core, publisher: FakePublisher, portals: FakePortals, demos: dict[str, Demo]
) -> None:
    await prepare(fresh, demos.values(), nothing)
    assert fresh.ready.is_set()
    assert portals.enabled == dict.fromkeys(demos, True)
    assert all(logo.startswith(b"\x89PNG") for logo in portals.logos.values())
    assert len(publisher.sent) == how_many(fresh, demos)


async def test_a_second_start_publishes_nothing(
    core: Core, publisher: FakePublisher, demos: dict[str, Demo]
) -> None:
    await prepare(core, demos.values(), nothing)
    assert publisher.sent == []


async def test_a_second_start_brings_branding_up_to_date_and_leaves_the_switch(
    core: Core, portals: FakePortals, demos: dict[str, Demo]
) -> None:
    await core.portals.switch("biz-sparkle", enabled=False)
    portals.businesses.clear()
    await prepare(core, demos.values(), nothing)
    assert portals.businesses.keys() == demos.keys()
    assert portals.enabled["biz-sparkle"] is False


async def test_it_waits_for_kafka_and_branding_longer_each_time(
    fresh: Core, publisher: FakePublisher, portals: FakePortals, demos: dict[str, Demo]
) -> None:
    waits: list[float] = []
    failures = 5

    async def connect() -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise PublishFailed("no_answer", "no broker")

    async def sleep(seconds: float) -> None:
        assert not fresh.ready.is_set()
        waits.append(seconds)

    portals.failures = publisher.failures = 1
    await prepare(fresh, demos.values(), connect, sleep)
    assert waits == [0.5, 1, 2, LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, 0.5, 0.5]


async def test_a_start_that_was_cut_short_is_finished_by_the_next(
    tmp_path: Path, fresh: Core, portals: FakePortals, demos: dict[str, Demo]
) -> None:
    class Dies(FakePublisher):
        async def publish(
            self,
            event: Event,
            *,
            sequence: int,
            time: datetime,
            id: str,  # noqa: A002
            quiet: bool,
            traceparent: str,
        ) -> Published:
            if len(self.sent) == 7:
                raise KeyboardInterrupt
            return await super().publish(
                event, sequence=sequence, time=time, id=id, quiet=quiet, traceparent=traceparent
            )

    file, first, second = tmp_path / "s" / "state.sqlite3", Dies(), FakePublisher()
    fresh.store.close()
    fresh.store, fresh.publisher = Store(file), first
    with pytest.raises(KeyboardInterrupt):
        await prepare(fresh, demos.values(), nothing)
    fresh.store.close()
    fresh.store, fresh.publisher = Store(file), second
    await prepare(fresh, demos.values(), nothing)
    keys = [(envelope.key, envelope.sequence) for envelope in first.sent + second.sent]
    assert len(set(keys)) == len(keys) == how_many(fresh, demos)


async def test_the_log_forgets_what_events_said_once_they_are_published(
    tmp_path: Path, fresh: Core, demos: dict[str, Demo]
) -> None:
    fresh.store.close()
    fresh.store = Store(tmp_path / "state.sqlite3")
    await prepare(fresh, demos.values(), nothing)
    assert len(fresh.store.log(10_000)) == how_many(fresh, demos)
    with closing(sqlite3.connect(tmp_path / "state.sqlite3")) as looking:
        assert looking.execute("SELECT count(*) FROM log WHERE value IS NOT NULL").fetchone() == (0,)


NEW_ROW = """
  - number: 1100
    customer: Priya Raman
    issued: 2 days ago
    due: in 5 days
    lines:
      - {description: Ironing, price: 40.00}
"""


async def test_a_row_that_was_added_to_the_file_is_published_at_the_next_start(
    fresh: Core, publisher: FakePublisher, tmp_path: Path
) -> None:
    file = tmp_path / "sparkle-home.yaml"
    shutil.copy(FOLDER / "sparkle-home.png", tmp_path)
    shutil.copy(FOLDER / "sparkle-home.yaml", file)
    await prepare(fresh, [load(file)], nothing)
    publisher.sent.clear()
    file.write_text(file.read_text() + NEW_ROW)
    await prepare(fresh, [load(file)], nothing)
    assert [(envelope.subject, envelope.sequence) for envelope in publisher.sent] == [("inv-1100", 1)]


@pytest.mark.parametrize("profile", ["production", "", "staging"])
def test_it_refuses_to_start_outside_the_local_profile(profile: str) -> None:
    with pytest.raises(SettingError, match="PORTAL_PROFILE=local"):
        Settings.from_environment({**LOCAL, "PORTAL_PROFILE": profile})


def test_settings_have_defaults_and_are_checked(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {**LOCAL, "SIMULATOR_DATA": str(tmp_path), "PUBLIC_ORIGIN": "http://x/"}
    )
    assert (settings.port, settings.links) == (8090, Links(origin="http://x"))
    assert settings.data == tmp_path / "servicehub.sqlite3"
    with pytest.raises(SettingError, match="SIMULATOR_PORT"):
        Settings.from_environment({**LOCAL, "SIMULATOR_PORT": "eighty"})
    with pytest.raises(SettingError, match="INTEGRATION_KEY"):
        Settings.from_environment({"PORTAL_PROFILE": "local"})

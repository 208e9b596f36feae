"""The demo businesses, from their files; a function of the day, so that the demo always looks alive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from servicehub_events import Envelope, encode, topic_of, uuid7

from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.demo.replay import FirstEvent, Replay
from stand_in_servicehub.demo.rows import BusinessFile
from stand_in_servicehub.demo.source import Source
from stand_in_servicehub.profile import Profile

FOLDER = Path(__file__).parent
BUSINESSES = ("sparkle-home.yaml", "hikari-seisou.yaml")
T = TypeVar("T")


@dataclass(frozen=True)
class Demo:
    """One demo business; `logo` is a PNG."""

    source: Source
    file: BusinessFile
    logo: bytes

    @property
    def profile(self) -> Profile:
        """The business."""
        return self.file.business

    def events(self, today: date) -> list[FirstEvent]:
        """Its first events with the time of each, as of that day. Raises DemoError."""
        replay = Replay(self.file, Calendar(today, self.profile.portal.time_zone))
        return [
            *self._each("customers", self.file.customers, replay.customer),
            *self._each("visits", self.file.visits, replay.visit),
            *self._each("invoices", self.file.invoices, replay.invoice),
        ]

    def _each(self, section: str, rows: Sequence[T], build: Callable[[T], FirstEvent]) -> list[FirstEvent]:
        built: dict[str, FirstEvent] = {}
        for number, row in enumerate(rows):
            with self.source.row(section, number):
                event, time = build(row)
                source = topic_of(type(event)).source
                envelope = Envelope(event=event, id=str(uuid7()), source=source, time=time, sequence=1)
                encode(envelope)  # what no reader would accept is a mistake in the row
                if envelope.subject in built:
                    raise ValueError(f"{envelope.subject} is used twice: give each row an id of its own")
                built[envelope.subject] = event, time
        return list(built.values())


def load(path: Path) -> Demo:
    """Read and check one file. Raises DemoError."""
    source = Source(path)
    file = source.read(BusinessFile)
    with source.row("business"):
        demo = Demo(source, file, (path.parent / file.business.logo).read_bytes())
    demo.events(datetime.now(demo.profile.zone).date())
    return demo


def load_all() -> dict[str, Demo]:
    """Business id → demo business. Raises DemoError."""
    demos = [load(FOLDER / name) for name in BUSINESSES]
    return {demo.profile.business_id: demo for demo in demos}

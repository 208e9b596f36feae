"""The files of the demo: two businesses, and the start page with whom to be and what to try."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from servicehub_events import Envelope, encode, topic_of, uuid7
from servicehub_events.money import exponent

from stand_in_servicehub.business import Profile
from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.demo.replay import FirstEvent, Replay, find
from stand_in_servicehub.demo.rows import BusinessFile, StartPage
from stand_in_servicehub.demo.source import Source
from stand_in_servicehub.store import Store

FOLDER = Path(__file__).parent
BUSINESSES = ("sparkle-home.yaml", "hikari-seisou.yaml")
T = TypeVar("T")


@dataclass(frozen=True)
class Demo:
    """One demo business; `logo` is a PNG. Its events follow from the day: the demo always looks alive."""

    source: Source
    file: BusinessFile
    logo: bytes

    @property
    def profile(self) -> Profile:
        """The business."""
        return self.file.business

    def events(self, today: date) -> list[FirstEvent]:
        """Its first events with the time of each, as of that day. Raises DemoError."""
        with closing(Store()) as store:
            replay = Replay(self.file, Calendar(today, self.profile.portal.time_zone), store)
            return [
                *self._each(store, "customers", self.file.customers, replay.customer),
                *self._each(store, "visits", self.file.visits, replay.visit),
                *self._each(store, "invoices", self.file.invoices, replay.invoice),
            ]

    def _each(
        self, store: Store, section: str, rows: Sequence[T], build: Callable[[T], FirstEvent]
    ) -> Iterator[FirstEvent]:
        for number, row in enumerate(rows):
            with self.source.row(section, number):
                event, time = build(row)
                source = topic_of(type(event)).source
                envelope = Envelope(event=event, id=str(uuid7()), source=source, time=time, sequence=1)
                encode(envelope)  # what no reader would accept is a mistake in the row
                store.record([envelope])
            yield event, time


def load(path: Path) -> Demo:
    """Read and check one file. Raises DemoError."""
    source = Source(path)
    file = source.read(BusinessFile)
    with source.row("business"):
        exponent(file.business.portal.currency)
        today = datetime.now(file.business.zone).date()
        demo = Demo(source, file, (path.parent / file.business.logo).read_bytes())
    demo.events(today)
    return demo


def load_all() -> dict[str, Demo]:
    """Business id → demo business. Raises DemoError."""
    demos = [load(FOLDER / name) for name in BUSINESSES]
    return {demo.profile.business_id: demo for demo in demos}


def load_start_page(demos: Mapping[str, Demo], path: Path = FOLDER / "start-page.yaml") -> StartPage:
    """Read the file and check its names. Raises DemoError."""
    source = Source(path)
    page, by_slug = source.read(StartPage), {demo.profile.portal.slug: demo for demo in demos.values()}
    for number, row in enumerate(page.businesses):
        with source.row("businesses", number):
            find(by_slug, row.business, "business")
    for number, row in enumerate(page.people):
        with source.row("people", number):
            customers = find(by_slug, row.business, "business").file.customers
            customer = find({each.display_name: each for each in customers}, row.customer, "customer")
            find({contact.name: contact for contact in customer.contacts}, row.contact, "contact")
    return page

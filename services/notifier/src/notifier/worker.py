"""What the worker runs: two consumers, the news lane, the delivery loop and the relay."""

from functools import partial

from chassis.database.database import Database
from chassis.events_in.unconverted import consumer
from chassis.events_out.relay import Relay
from chassis.process.service import Loop
from servicehub_events.topics import BUSINESSES, CODES, CUSTOMERS, PREFERENCES

from notifier import reactions
from notifier.delivery import Courier
from notifier.delivery_loop import DeliveryLoop
from notifier.people import People
from notifier.settings import Settings

PEOPLE = (BUSINESSES, CUSTOMERS, PREFERENCES)


def loops(
    settings: Settings, database: Database, courier: Courier, people: People, news: Loop
) -> dict[str, Loop]:
    """The loops by name. Codes have a consumer of their own, so that nothing else delays them."""
    codes = reactions.CodeRequests(settings.seal_private_keys, courier.clock).apply
    learn = partial(reactions.learn, people)
    return {
        "codes": consumer("notifier.codes", [CODES.name], codes, settings, database),
        "people": consumer("notifier.people", [topic.name for topic in PEOPLE], learn, settings, database),
        "news": news,
        "deliveries": DeliveryLoop(courier, database, courier.clock, at_once=settings.deliveries_at_once),
        "relay": Relay("notifier", settings, database),
    }

"""What the worker runs: two consumers, the delivery loop and the relay."""

from chassis.consumer import Consumer
from chassis.db import Database
from chassis.relay import Relay
from chassis.service import Loop
from servicehub_events.topics import BUSINESSES, CODES

from notifier import reactions
from notifier.delivery import Courier
from notifier.delivery_loop import DeliveryLoop
from notifier.settings import Settings


def loops(settings: Settings, database: Database, courier: Courier) -> dict[str, Loop]:
    """The loops by name. Codes have a consumer of their own, so that nothing else delays them."""
    codes = reactions.CodeRequests(settings.seal_private_keys, courier.clock).apply
    people = reactions.learn_businesses
    return {
        "codes": Consumer("notifier.codes", [CODES.name], codes, settings, database),
        "people": Consumer("notifier.people", [BUSINESSES.name], people, settings, database),
        "deliveries": DeliveryLoop(courier, database, courier.clock, at_once=settings.deliveries_at_once),
        "relay": Relay("notifier", settings, database),
    }

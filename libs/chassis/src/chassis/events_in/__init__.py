"""Events of others: reactions as a table, the consumer that applies them, and what it sets aside."""

from chassis.events_in.consumer import Consumer
from chassis.events_in.dead_letters import DeadLetters
from chassis.events_in.positions import consumer_lag
from chassis.events_in.reactions import Apply, Overtaken, Reaction, Reactions, react, subscriptions
from chassis.events_in.records import DeadLetter, Received, decode

__all__ = [
    "Apply",
    "Consumer",
    "DeadLetter",
    "DeadLetters",
    "Overtaken",
    "Reaction",
    "Reactions",
    "Received",
    "consumer_lag",
    "decode",
    "react",
    "subscriptions",
]

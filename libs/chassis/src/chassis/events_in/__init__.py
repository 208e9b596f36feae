"""Events of others: reactions as a table, the consumer that applies them, and what it sets aside."""

from chassis.events_in.consumer import Consumer
from chassis.events_in.reactions import Reaction, Reactions, react, subscriptions

__all__ = ["Consumer", "Reaction", "Reactions", "react", "subscriptions"]

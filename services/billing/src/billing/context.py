"""What handlers work with; put together by `bootstrap`, once a process."""

from dataclasses import dataclass

from chassis.clock import Clock, NewId
from chassis.database.database import Database
from chassis.encryption import FieldCipher
from chassis.events_out.event_store import EventStore

from billing.ports import Notices, PaymentProcessor
from billing.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`cipher` encrypts raw notices; `processor` and `notices` are Stripe's two sides."""

    settings: Settings
    database: Database
    store: EventStore
    processor: PaymentProcessor
    notices: Notices
    cipher: FieldCipher
    clock: Clock
    new_id: NewId

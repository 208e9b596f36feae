"""What handlers work with; `bootstrap` fills it, tests fill it with fakes."""

from dataclasses import dataclass

from chassis.clock import Clock, NewId
from chassis.database.database import Database
from chassis.encryption import BlindIndex, FieldCipher
from chassis.events_out.event_store import EventStore

from auth_otp.ports import Challenges, Choices, Limiter
from auth_otp.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """Ports and settings of the web process."""

    settings: Settings
    database: Database
    limiter: Limiter
    challenges: Challenges
    choices: Choices
    store: EventStore
    clock: Clock
    new_id: NewId

    @property
    def cipher(self) -> FieldCipher:
        """Encrypts addresses."""
        return FieldCipher(self.settings.field_keys)

    @property
    def index(self) -> BlindIndex:
        """Finds addresses."""
        return BlindIndex(self.settings.index_keys)

"""What the worker runs: a consumer, a relay for each lane, and two loops of its own."""

import asyncio

import psycopg
import structlog
from chassis.backoff import Backoff
from chassis.clock import new_id, system_clock
from chassis.consumer import Consumer
from chassis.crypto import BlindIndex, FieldCipher, Undecipherable
from chassis.db import Database, is_transient
from chassis.relay import Relay
from chassis.service import Loop
from chassis.store import EventStore
from servicehub_events.topics import BUSINESSES, CUSTOMERS

from auth_otp import upkeep
from auth_otp.reactions import Reactions
from auth_otp.records import CODE_REQUESTS
from auth_otp.sending import CodeSending
from auth_otp.settings import Settings

log = structlog.get_logger(__name__)
_POLL_SECONDS = 1.0
_UPKEEP_SECONDS = 60.0


def loops(settings: Settings, database: Database) -> dict[str, Loop]:
    """The loops by name."""
    cipher, index = FieldCipher(settings.field_keys), BlindIndex(settings.index_keys)
    reactions = Reactions(cipher, index, EventStore(), system_clock)
    topics = [CUSTOMERS.name, BUSINESSES.name]
    return {
        "consumer": Consumer("auth-otp", topics, reactions.apply, settings, database),
        "relay": Relay("auth-otp", settings, database),
        "codes_relay": Relay("auth-otp", settings, database, "codes"),
        "code_sender": CodeSender(CodeSending(settings, new_id), database),
        "upkeep": Upkeep(settings, database),
    }


class CodeSender:
    """Sends codes as they are asked for: woken by NOTIFY, polled as a fallback. Any number may run."""

    def __init__(self, sending: CodeSending, database: Database) -> None:
        self._sending = sending
        self._database = database
        self.healthy = False

    async def run(self) -> None:
        """Send until cancelled; a lost database is waited for."""
        backoff = Backoff()
        while True:
            try:
                connection = await self._database.session()
                async with connection:
                    await connection.execute(f"LISTEN {CODE_REQUESTS}".encode())
                    await self._send_and_wait(connection, backoff)
            except Exception as error:  # sorted here: what may pass is waited for, the rest ends the worker
                self.healthy = False
                if not is_transient(error):
                    raise
                log.warning("code_sender.interrupted", error=repr(error))
                await backoff.wait()

    async def _send_and_wait(self, connection: psycopg.AsyncConnection, backoff: Backoff) -> None:
        while True:
            async with self._database.transaction() as transaction:
                taken = await self._sending.take(transaction)
            self.healthy = True
            backoff.reset()
            if not taken:
                async for _ in connection.notifies(timeout=_POLL_SECONDS, stop_after=1):
                    pass


class Upkeep:
    """Deletes and rewrites, once a minute."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self.healthy = True

    async def run(self) -> None:
        """Keep up until cancelled."""
        while True:
            try:
                async with self._database.transaction() as connection:
                    await upkeep.delete_expired(connection, self._settings)
                while await self._rewrite():
                    pass
                self.healthy = True
            except Undecipherable as error:  # a key was retired before its last row was rewritten
                log.error("upkeep.key_missing", error=str(error))  # the place tells nothing
            except Exception as error:  # sorted here, as above
                self.healthy = False
                if not is_transient(error):
                    raise
                log.warning("upkeep.interrupted", error=repr(error))
            await asyncio.sleep(_UPKEEP_SECONDS)

    async def _rewrite(self) -> int:
        async with self._database.transaction() as connection:
            rewritten = await upkeep.rewrite_old_keys(connection, self._settings)
        if rewritten:
            log.info("upkeep.rewritten", rows=rewritten)
        return rewritten

"""What the worker runs: a consumer, a relay for each lane, and two that work off tables."""

from functools import partial

import structlog
from chassis.clock import new_id, system_clock
from chassis.database.database import Database
from chassis.encryption import BlindIndex, FieldCipher, Undecipherable
from chassis.events_in.unconverted import consumer
from chassis.events_out.event_store import EventStore
from chassis.events_out.relay import Relay
from chassis.process.loops import WorkLoop
from chassis.process.service import Loop
from servicehub_events.topics import BUSINESSES, CUSTOMERS

from auth_otp import upkeep
from auth_otp.reactions import Reactions
from auth_otp.records import CODE_REQUESTS
from auth_otp.sending import CodeSending
from auth_otp.settings import Settings

log = structlog.get_logger(__name__)
_UPKEEP_SECONDS = 60.0


def loops(settings: Settings, database: Database) -> dict[str, Loop]:
    """The loops by name."""
    send = partial(_send_codes, CodeSending(settings, new_id), database)
    keep_up = partial(_keep_up, settings, database)
    cipher, index = FieldCipher(settings.field_keys), BlindIndex(settings.index_keys)
    reactions = Reactions(cipher, index, EventStore(), system_clock)
    topics = [CUSTOMERS.name, BUSINESSES.name]
    return {
        "consumer": consumer("auth-otp", topics, reactions.apply, settings, database),
        "relay": Relay("auth-otp", settings, database),
        "codes_relay": Relay("auth-otp", settings, database, "codes"),
        "code_sender": WorkLoop("code_sender", send, database, CODE_REQUESTS),
        "upkeep": WorkLoop("upkeep", keep_up, database, every=_UPKEEP_SECONDS),
    }


async def _send_codes(sending: CodeSending, database: Database) -> bool:
    """Send codes as they are asked for; any number of workers may."""
    async with database.transaction() as connection:
        return bool(await sending.take(connection))


async def _keep_up(settings: Settings, database: Database) -> bool:
    """Delete what has expired, and rewrite some of what an old key wrote."""
    async with database.transaction() as connection:
        await upkeep.delete_expired(connection, settings)
    try:
        async with database.transaction() as connection:
            rewritten = await upkeep.rewrite_old_keys(connection, settings)
    except Undecipherable as error:  # a key was retired before its last row was rewritten
        log.error("upkeep.key_missing", error=str(error))  # the place tells nothing
        return False
    if rewritten:
        log.info("upkeep.rewritten", rows=rewritten)
    return bool(rewritten)

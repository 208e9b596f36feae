"""The composition root: the only module that knows which adapter stands behind which port."""

from chassis.clock import new_id, system_clock
from chassis.database.database import Database
from chassis.events_out.event_store import EventStore
from chassis.process.unconverted import Service, Worker
from fastapi import FastAPI

from auth_otp.adapters.challenges import ValkeyChallenges
from auth_otp.adapters.choices import ValkeyChoices
from auth_otp.adapters.limiter import ValkeyLimiter
from auth_otp.adapters.valkey import Valkey
from auth_otp.api import create_api
from auth_otp.context import Context
from auth_otp.settings import Settings
from auth_otp.worker import loops


def api(settings: Settings) -> FastAPI:
    """The web process."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    valkey = Valkey(settings.redis_url, timeout=settings.redis_timeout)
    context = Context(
        settings=settings,
        database=database,
        limiter=ValkeyLimiter(valkey),
        challenges=ValkeyChallenges(valkey, settings),
        choices=ValkeyChoices(valkey, settings),
        store=EventStore(),
        clock=system_clock,
        new_id=new_id,
    )
    return create_api(context, closing=[valkey.close, database.close])


def worker(settings: Settings) -> Worker:
    """The worker process."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    return Worker(loops(settings, database), database)


SERVICE = Service("auth_otp", Settings, api, worker)

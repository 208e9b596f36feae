"""The composition root: the only module that knows which adapter stands behind which port."""

from chassis.clock import new_id, system_clock
from chassis.database.database import Database
from chassis.encryption import FieldCipher
from chassis.events_out.event_store import EventStore
from chassis.process.unconverted import Service, Worker
from fastapi import FastAPI

from billing.adapters.stripe_checkout import StripeCheckout
from billing.adapters.stripe_webhooks import StripeWebhooks
from billing.api import create_api
from billing.context import Context
from billing.settings import Settings
from billing.worker import loops


def api(settings: Settings) -> FastAPI:
    """The web process."""
    stripe = _stripe(settings)
    ctx = _context(settings, stripe)
    return create_api(ctx, closing=[stripe.aclose, ctx.database.close])


def worker(settings: Settings) -> Worker:
    """The worker process."""
    stripe = _stripe(settings)
    ctx = _context(settings, stripe)
    return Worker(loops(ctx), ctx.database, closing=[stripe.aclose])


def _stripe(settings: Settings) -> StripeCheckout:
    return StripeCheckout(
        settings.stripe_secret_key,
        settings.stripe_api_base,
        seconds=settings.stripe_timeout,
        clock=system_clock,
    )


def _context(settings: Settings, stripe: StripeCheckout) -> Context:
    return Context(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        store=EventStore(),
        processor=stripe,
        notices=StripeWebhooks(settings.stripe_webhook_secrets),
        cipher=FieldCipher(settings.field_keys),
        clock=system_clock,
        new_id=new_id,
    )


SERVICE = Service("billing", Settings, api, worker)

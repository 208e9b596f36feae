"""The composition root: settings become a context, and tables over it a service."""

from chassis.clock import system_clock
from chassis.database import Database
from chassis.encryption import FieldCipher
from chassis.events_out import EventStore
from chassis.identity import SessionVerifier
from chassis.process import ServiceDefinition
from chassis.rotation import in_columns
from chassis.web import cookies

from billing.adapters.stripe_checkout import StripeCheckout
from billing.adapters.stripe_webhooks import StripeWebhooks
from billing.context import Context
from billing.http.routes import REFUSALS, ROUTES
from billing.settings import Settings
from billing.store import webhooks
from billing.worker import LOOPS


def build(settings: Settings) -> Context:
    """Everything the handlers need, connected to nothing yet."""
    return Context(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        events=EventStore(),
        processor=StripeCheckout(
            settings.stripe_secret_key,
            settings.stripe_api_base,
            seconds=settings.stripe_timeout_seconds,
            clock=system_clock,
        ),
        webhooks=StripeWebhooks(settings.stripe_webhook_secrets),
        cipher=FieldCipher(settings.field_encryption_keys),
        verifier=SessionVerifier(settings.session_public_keys),
    )


SERVICE = ServiceDefinition(
    package="billing",
    settings=Settings,
    build=build,
    routes=ROUTES,
    refusals=REFUSALS,
    flash=lambda ctx: cookies.flash(ctx.settings.cookie_signing_keys),
    loops=LOOPS,
    keyed_columns=in_columns(webhooks.KEYED),
)

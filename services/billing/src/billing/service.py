"""The composition root: settings become a context, and tables over it a service."""

from datetime import timedelta

from chassis.clock import system_clock
from chassis.database import Database
from chassis.encryption import FieldCipher
from chassis.events_out import EventStore
from chassis.identity import SessionUses, SessionVerifier
from chassis.identity.ended_sessions import EndedSessions
from chassis.process import API, WORKER, ServiceDefinition
from chassis.rotation import in_columns
from chassis.web import Integrations, RequestLimit, cookies

from billing.adapters.stripe_cards import StripeCards
from billing.adapters.stripe_charges import StripeCharges
from billing.adapters.stripe_checkout import StripeCheckout
from billing.adapters.stripe_webhooks import StripeWebhooks
from billing.context import Context
from billing.http.routes import REFUSALS, ROUTES
from billing.settings import Settings
from billing.store import kept_papers, webhooks
from billing.worker import LOOPS, WEB_LOOPS


def build(settings: Settings) -> Context:
    """Everything the handlers need, connected to nothing yet."""
    ended_sessions = EndedSessions(
        settings.auth_otp_url, settings.auth_otp_keys, system_clock, caller="billing"
    )
    checkout = StripeCheckout(
        settings.stripe_secret_key,
        settings.stripe_api_base,
        seconds=settings.stripe_timeout_seconds,
        clock=system_clock,
    )
    return Context(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        events=EventStore(),
        processor=checkout,
        vaults=StripeCards(checkout),
        charges=StripeCharges(checkout),
        webhooks=StripeWebhooks(settings.stripe_webhook_secrets),
        cipher=FieldCipher(settings.field_encryption_keys),
        ended_sessions=ended_sessions,
        verifier=SessionVerifier(
            settings.session_public_keys, SessionUses(settings.cookie_signing_keys), ended=ended_sessions
        ),
        integrations=Integrations(
            settings.integration_keys, trusted_hops=settings.trusted_proxy_hops, clock=system_clock
        ),
        link_posts=RequestLimit(system_clock, settings.pay_link_posts_per_minute, timedelta(minutes=1)),
    )


SERVICE = ServiceDefinition(
    package="billing",
    settings=Settings,
    build=build,
    routes=ROUTES,
    refusals=REFUSALS,
    flash=lambda ctx: cookies.flash(ctx.settings.cookie_signing_keys),
    loops=LOOPS,
    asks={"auth_otp_url": API, "stripe_api_base": API | WORKER},
    keyed_columns=in_columns(webhooks.KEYED, *kept_papers.KEYED),
    web_loops=WEB_LOOPS,
)

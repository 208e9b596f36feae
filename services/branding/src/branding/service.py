"""The composition root: settings become a context, and tables over it a service."""

from chassis.clock import system_clock
from chassis.database import Database
from chassis.events_out import EventStore
from chassis.process import ServiceDefinition
from chassis.web import Integrations

from branding.context import Context
from branding.http.routes import REFUSALS, ROUTES
from branding.settings import Settings
from branding.worker import LOOPS


def build(settings: Settings) -> Context:
    """Everything the handlers need, connected to nothing yet."""
    return Context(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        events=EventStore(),
        integrations=Integrations(
            settings.integration_keys, trusted_hops=settings.trusted_proxy_hops, clock=system_clock
        ),
    )


SERVICE = ServiceDefinition(
    package="branding", settings=Settings, build=build, routes=ROUTES, refusals=REFUSALS, loops=LOOPS
)

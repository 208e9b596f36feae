"""The composition root: settings become a context, and tables over it a service."""

from chassis.clock import Clock, system_clock
from chassis.database import Database
from chassis.events_out import EventStore
from chassis.process import ServiceDefinition
from chassis.web import Integrations

from branding.adapters.dns import DnsTxtRecords
from branding.context import Context
from branding.http.routes import REFUSALS, ROUTES
from branding.ports import TxtRecords
from branding.settings import Settings
from branding.worker import LOOPS


def build(
    settings: Settings, *, clock: Clock = system_clock, txt_records: TxtRecords | None = None
) -> Context:
    """Everything the handlers need, connected to nothing yet. Tests name a clock and records of their own."""
    return Context(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        events=EventStore(clock=clock),
        clock=clock,
        integrations=Integrations(
            settings.integration_keys, trusted_hops=settings.trusted_proxy_hops, clock=clock
        ),
        txt_records=txt_records or DnsTxtRecords(settings.resolvers()),
    )


SERVICE = ServiceDefinition(
    package="branding", settings=Settings, build=build, routes=ROUTES, refusals=REFUSALS, loops=LOOPS
)

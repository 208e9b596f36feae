"""A service of one consumer, installed for the `portal` command: a package named like a test's database."""

from pathlib import Path

_SERVICE = """
from chassis.context import ServiceContext
from chassis.database import Database
from chassis.events_in import Consumer
from chassis.events_out.event_store import EventStore
from chassis.process import ServiceDefinition
from chassis.settings import ServiceSettings
from servicehub_events import Preferences

NAME, REFUSED = __package__, {refused}
RECORD = "INSERT INTO applied VALUES ('reader', :subject, :sequence, '')"


async def record(ctx, tx, batch):
    for envelope in batch:
        await tx.run(RECORD, subject=envelope.subject, sequence=envelope.sequence)
        if envelope.sequence == REFUSED:
            raise {error}


def build(settings):
    return ServiceContext(settings=settings, database=Database(settings.database_url), events=EventStore())


def reader(ctx):
    return Consumer(NAME + ".reader", {{Preferences: record}}, ctx)


SERVICE = ServiceDefinition(package=NAME, settings=ServiceSettings, build=build, loops={{"reader": reader}})
"""


def install(folder: Path, name: str, *, refused: int = 0, error: str = "ZeroDivisionError") -> dict[str, str]:
    """Write a build of it that refuses events of a version so; what the command's environment needs more."""
    package = folder / f"{error}_{refused}" / name
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "service.py").write_text(_SERVICE.format(refused=refused, error=error))
    return {"PYTHONPATH": str(package.parent), "PUBLIC_ORIGIN": "http://localhost:8080"}

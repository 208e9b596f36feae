"""What is installed here: the versions of packages, and of the schemas that they bring."""

from collections.abc import Iterator
from importlib.metadata import Distribution, distributions, entry_points, version
from importlib.util import find_spec

_CHASSIS = "portal-chassis"
_SCHEMAS = "portal.schemas"
"""An entry point names a schema of a package beside its database's, and leads to its version."""


def versions() -> Iterator[str]:
    """A line for `portal`, for the contract, and for each service."""
    yield f"portal {version(_CHASSIS)}"
    yield f"events {version('servicehub-events')}"
    services = {package: found for found in distributions() if (package := _service_of(found))}
    for package, found in sorted(services.items()):
        yield f"{package.replace('_', '-')} {found.version}: {', '.join(_schemas(package, found.name))}"


def _service_of(distribution: Distribution) -> str | None:
    """The package of a service: it stands on the chassis, and migrates a database."""
    if not any(line.startswith(_CHASSIS) for line in distribution.requires or ()):
        return None
    name = distribution.name.replace("-", "_")
    packages = (name, name.removeprefix("portal_"))
    return next((one for one in packages if find_spec(one) and find_spec(f"{one}.migrations")), None)


def _schemas(package: str, distribution: str) -> Iterator[str]:
    from alembic.script import ScriptDirectory  # 10 MB that no other command needs

    from chassis.database.migrations import config_of

    yield f"database {ScriptDirectory.from_config(config_of(package)).get_current_head()}"
    for point in entry_points(group=_SCHEMAS):
        if point.dist and point.dist.name == distribution:
            yield f"{point.name} {point.load()}"

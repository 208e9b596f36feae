"""What every handler of branding gets."""

from dataclasses import dataclass

from chassis.context import ServiceContext

from branding.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """Branding calls nobody, so it adds no port to what every service has."""

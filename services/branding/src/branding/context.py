"""What every handler of branding gets."""

from dataclasses import dataclass

from chassis.context import ServiceContext
from chassis.web import Integrations

from branding.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """Branding calls nobody; `integrations` says who may call it."""

    integrations: Integrations

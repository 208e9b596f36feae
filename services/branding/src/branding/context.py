"""What every handler of branding gets."""

from dataclasses import dataclass

from chassis.context import ServiceContext
from chassis.web import Integrations

from branding.ports import TxtRecords
from branding.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(ServiceContext[Settings]):
    """`integrations` says who may call it; of others it asks nothing but DNS."""

    integrations: Integrations
    txt_records: TxtRecords

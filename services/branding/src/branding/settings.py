"""The environment of this service."""

from collections.abc import Mapping
from typing import ClassVar

from chassis.settings import IntegrationKeys, ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """What branding is told beyond what every service is.

    `INTEGRATION_KEYS` are those of the programs of ServiceHub that may call it.
    """

    renamed: ClassVar[Mapping[str, str]] = {
        "BRANDING_API_KEY": "INTEGRATION_KEYS",
        "SERVICEHUB_API_KEY": "INTEGRATION_KEYS",
    }

    integration_keys: IntegrationKeys
    trusted_proxy_hops: int = 1

"""The environment of this service."""

from collections.abc import Mapping
from typing import ClassVar

from chassis.settings import Secret, ServiceSettings
from chassis.web import servicehub_key_problems


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """What branding is told beyond what every service is."""

    renamed: ClassVar[Mapping[str, str]] = {"BRANDING_API_KEY": "SERVICEHUB_API_KEY"}

    servicehub_api_key: Secret

    def problems(self) -> list[str]:
        """A weak key would let strangers switch portals off; only the local profile bears it."""
        problems = super().problems()
        if self.portal_profile == "production":
            problems += servicehub_key_problems(self.servicehub_api_key)
        return problems

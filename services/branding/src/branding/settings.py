"""The environment of this service."""

from chassis.settings import Secret, ServiceSettings, weak_secret


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """What branding is told beyond what every service is."""

    servicehub_api_key: Secret

    def problems(self) -> list[str]:
        """A weak key would let strangers switch portals off; only the local profile bears it."""
        problems = super().problems()
        if self.portal_profile == "production":
            problems += weak_secret("SERVICEHUB_API_KEY", self.servicehub_api_key, at_least=32)
        return problems

"""The environment of this service."""

from chassis.settings import Secret, ServiceSettings, weak_secret


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """What branding is told beyond what every service is."""

    branding_api_key: Secret

    def problems(self) -> list[str]:
        """A weak key would let strangers switch portals off; only the local profile bears it."""
        found = super().problems()
        if self.portal_profile == "production":
            found += weak_secret("BRANDING_API_KEY", self.branding_api_key, at_least=32)
        return found

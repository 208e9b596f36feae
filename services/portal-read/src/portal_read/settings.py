"""Environment → one frozen object."""

from chassis.keys import KeyRing
from chassis.settings import CommonSettings

from portal_read import projections


class Settings(CommonSettings, frozen=True, kw_only=True):
    """Beyond what every service is told.

    `image_origin` (`https://img.example`) is the only origin staff photos come from; `security_contact` a
    `mailto:` or `https:` address for security.txt; `projection_schema` is what the worker fills.
    """

    projection_schema: str = projections.FIRST
    auth_otp_url: str
    session_public_keys: KeyRing
    flash_keys: KeyRing
    image_origin: str = ""
    security_contact: str = ""
    stale_after_seconds: int = 10
    live_streams_per_session: int = 6

    def problems(self) -> list[str]:
        found = super().problems()
        try:
            projections.checked(self.projection_schema)
        except ValueError as error:
            found.append(f"PROJECTION_SCHEMA: {error}")
        if self.security_contact and not self.security_contact.startswith(("mailto:", "https://")):
            found.append("SECURITY_CONTACT must begin with mailto: or https://")
        if self.image_origin and not self.image_origin.startswith("https://"):
            found.append("IMAGE_ORIGIN must be an origin such as https://img.example.com")
        return found

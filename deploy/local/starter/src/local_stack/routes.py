"""Which path belongs to which service: the table of the local gateway, held equal to the cluster's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """`prefix` and everything below it (`/auth`, `/auth/…`, not `/author`) goes to the api of `service`."""

    prefix: str
    service: str


ROUTES = (
    Route("/portal", "portal-read"),
    Route("/robots.txt", "portal-read"),
    Route("/.well-known", "portal-read"),
    Route("/auth", "auth-otp"),
    Route("/billing", "billing"),
    Route("/branding", "branding"),
    Route("/notifications", "notifier"),
)

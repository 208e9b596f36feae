"""The content security policy of signed-in pages: the house's, two doors wider at most."""

from typing import Final

from chassis.web import CONTENT_SECURITY_POLICY

from portal_read.settings import Settings

HEADER: Final = "Content-Security-Policy"


def policy(settings: Settings, *, pays: bool) -> str | None:
    """The policy, or None where the house's own will do.

    Staff photos may come from the image origin. Chrome holds `form-action` also against the redirect that
    answers a form, so a page on which a pay form may stand, now or after a live update, names the payment
    page's origins.
    """
    images = f" {settings.image_origin}" if settings.image_origin else ""
    checkout = "".join(f" {origin}" for origin in settings.checkout_origins) if pays else ""
    if not images and not checkout:
        return None
    return CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src 'self'{images}").replace(
        "form-action 'self'", f"form-action 'self'{checkout}"
    )

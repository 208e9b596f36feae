"""What is looked at before a session is opened."""

from urllib.parse import urlsplit

from stand_in_stripe.api.requests import CreateSession
from stand_in_stripe.errors import StripeError, invalid, not_here
from stand_in_stripe.shapes import Account

SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 60 * 60
MOST_CHARACTERS_OF_A_REFERENCE = 200
SWITCHES_NOT_HERE = ("automatic_tax", "invoice_creation")
_LOCALES = """
auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt
pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW
"""
LOCALES = frozenset(_LOCALES.split())


def refuse_what_is_not_here(wanted: CreateSession) -> None:
    """Raises StripeError for what Stripe could do and the sandbox can't."""
    if wanted.mode != "payment":
        raise not_here(f"mode={wanted.mode}")
    if wanted.ui_mode != "hosted_page":
        raise not_here(f"ui_mode={wanted.ui_mode}")
    for name in SWITCHES_NOT_HERE:
        if (switch := getattr(wanted, name)) and switch.enabled:
            raise not_here(f"{name}[enabled]")


def check(wanted: CreateSession, now: int) -> None:
    """Raises StripeError for an address, a language or a moment that can't be."""
    for name in ("success_url", "cancel_url"):
        url = getattr(wanted, name)
        if url is not None and not _is_web_address(url):
            raise invalid(name, f"Not a valid URL: {url}", "url_invalid")
    if wanted.locale is not None and wanted.locale not in LOCALES:
        raise invalid("locale", f"Invalid locale: must be one of {', '.join(sorted(LOCALES))}")
    if len(wanted.client_reference_id or "") > MOST_CHARACTERS_OF_A_REFERENCE:
        message = f"Invalid string: must be at most {MOST_CHARACTERS_OF_A_REFERENCE} characters"
        raise invalid("client_reference_id", message)
    if wanted.customer_email is not None and "@" not in wanted.customer_email:
        raise invalid("customer_email", f"Invalid email address: {wanted.customer_email}", "email_invalid")
    if wanted.expires_at is not None:
        _check_expiry(wanted.expires_at - now)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _check_expiry(seconds: int) -> None:
    about = "The `expires_at` timestamp must be"
    if seconds < SHORTEST_SECONDS:
        raise invalid("expires_at", f"{about} at least 30 minutes from Checkout Session creation.")
    if seconds > LONGEST_SECONDS:
        raise invalid("expires_at", f"{about} less than 24 hours from Checkout Session creation.")


def refuse_account_without_charges(account: Account) -> None:
    """Raises StripeError for an account that Stripe lets take no money."""
    if not account.charges_enabled:
        message = "Your account cannot currently make charges. Its requirements are listed in the Dashboard."
        raise StripeError(400, message, remembered=True)

"""Between the pages of portal-read and ours: the language of a form, and the way back to the settings."""

from chassis.web import cookies, flash_message, redirect_to_page
from chassis.words.languages import LOCALES, SOURCE_LOCALE, offered_locale
from servicehub_events import Business
from starlette.requests import Request
from starlette.responses import Response

from billing.context import Context


def page_locale(wished: str, business: Business) -> str:
    """The language of the processor's page: as it was asked for, else the business's, else English."""
    return offered_locale((wished, business.default_locale), LOCALES) or SOURCE_LOCALE


def back_to_settings(ctx: Context, request: Request, business: Business, code: str) -> Response:
    """On to the settings page, which says what was done."""
    response = redirect_to_page(request, business.slug, "settings")
    flash_message(response, cookies.flash(ctx.settings.cookie_signing_keys), code, {})
    return response

"""The pages: pure functions from a context and rows to a whole HTML page."""

from portal_read.pages.appointment_pages import appointment, appointments
from portal_read.pages.assets import StaticFile, asset_named, assets
from portal_read.pages.context import FlashMessage, InvoiceView, PageContext
from portal_read.pages.dashboard_page import dashboard
from portal_read.pages.invoice_pages import invoice, invoices
from portal_read.pages.pay_page import pay
from portal_read.pages.result_page import result
from portal_read.pages.settings_page import settings
from portal_read.pages.sign_in_pages import choose, code, not_me, sign_in
from portal_read.pages.status_pages import (
    access_off,
    failed,
    not_found,
    portal_off,
    service_unavailable,
    signed_out,
    unknown_business,
)
from portal_read.pages.web_manifest import web_manifest

__all__ = [
    "FlashMessage",
    "InvoiceView",
    "PageContext",
    "StaticFile",
    "access_off",
    "appointment",
    "appointments",
    "asset_named",
    "assets",
    "choose",
    "code",
    "dashboard",
    "failed",
    "invoice",
    "invoices",
    "not_found",
    "not_me",
    "pay",
    "portal_off",
    "result",
    "service_unavailable",
    "settings",
    "sign_in",
    "signed_out",
    "unknown_business",
    "web_manifest",
]

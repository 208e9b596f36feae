"""The pages: pure functions from a context and rows to a whole HTML page."""

from portal_read.pages.account_files import statement_csv, statement_paper
from portal_read.pages.account_page import account_statement
from portal_read.pages.appointment_list import appointments
from portal_read.pages.appointment_pages import appointment
from portal_read.pages.assets import StaticFile, asset_named, assets
from portal_read.pages.calendar_links import FeedLinks, feed_links
from portal_read.pages.context import FlashMessage, InvoiceView, PageContext
from portal_read.pages.dashboard_page import dashboard
from portal_read.pages.invoice_list import invoices
from portal_read.pages.invoice_pages import invoice
from portal_read.pages.my_data import HeldData, my_data
from portal_read.pages.pay_page import pay
from portal_read.pages.request_item import StandingRequest
from portal_read.pages.request_pages import asks, requests
from portal_read.pages.result_page import result
from portal_read.pages.settings_page import settings
from portal_read.pages.sign_in_pages import EndedSession, choose, code, not_me, sign_in
from portal_read.pages.snapshot import Snapshot, snapshot_of, with_new_visits
from portal_read.pages.status_pages import (
    access_off,
    failed,
    not_found,
    portal_off,
    service_unavailable,
    signed_out,
    unknown_business,
)
from portal_read.pages.visit_calendar import CalendarVisit, visit_feed, visit_file
from portal_read.pages.web_manifest import web_manifest

__all__ = [
    "CalendarVisit",
    "EndedSession",
    "FeedLinks",
    "FlashMessage",
    "HeldData",
    "InvoiceView",
    "PageContext",
    "Snapshot",
    "StandingRequest",
    "StaticFile",
    "access_off",
    "account_statement",
    "appointment",
    "appointments",
    "asks",
    "asset_named",
    "assets",
    "choose",
    "code",
    "dashboard",
    "failed",
    "feed_links",
    "invoice",
    "invoices",
    "my_data",
    "not_found",
    "not_me",
    "pay",
    "portal_off",
    "requests",
    "result",
    "service_unavailable",
    "settings",
    "sign_in",
    "signed_out",
    "snapshot_of",
    "statement_csv",
    "statement_paper",
    "unknown_business",
    "visit_feed",
    "visit_file",
    "web_manifest",
    "with_new_visits",
]

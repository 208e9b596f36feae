"""The pages: pure functions from a context and rows to a whole HTML page."""

from portal_read.pages.account_files import statement_csv, statement_paper
from portal_read.pages.account_page import account_statement
from portal_read.pages.appointment_list import appointments
from portal_read.pages.appointment_pages import appointment
from portal_read.pages.assets import StaticFile, asset_named, assets, worker_script
from portal_read.pages.calendar_links import FeedLinks, feed_links
from portal_read.pages.context import FlashMessage, InvoiceView, PageContext
from portal_read.pages.dashboard_page import dashboard
from portal_read.pages.history_page import history
from portal_read.pages.invoice_list import invoices
from portal_read.pages.invoice_pages import invoice
from portal_read.pages.message_choices import unsubscribe, unsubscribed
from portal_read.pages.my_data import HeldData, my_data
from portal_read.pages.offline_page import next_to_keep, offline, offline_visit
from portal_read.pages.pay_link_pages import paid_by_link, pay_link
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
    pay_link_closed,
    portal_off,
    service_unavailable,
    signed_out,
    too_often,
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
    "history",
    "invoice",
    "invoices",
    "my_data",
    "next_to_keep",
    "not_found",
    "not_me",
    "offline",
    "offline_visit",
    "paid_by_link",
    "pay",
    "pay_link",
    "pay_link_closed",
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
    "too_often",
    "unknown_business",
    "unsubscribe",
    "unsubscribed",
    "visit_feed",
    "visit_file",
    "web_manifest",
    "with_new_visits",
    "worker_script",
]

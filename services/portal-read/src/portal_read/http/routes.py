"""Everything under /portal, the three files every site has, and the front of a business's own domain."""

from chassis.web import Route

from portal_read.context import Context
from portal_read.http import files, offline, preferences, sign_in, sitemap
from portal_read.http.account_statement import account_statement, statement_csv, statement_pdf
from portal_read.http.appointment_list import appointment_list
from portal_read.http.appointments import one_appointment
from portal_read.http.calendar import end_feed, make_feed, visit_file
from portal_read.http.calendar_feed import calendar_feed
from portal_read.http.dashboard import dashboard
from portal_read.http.history import history
from portal_read.http.invoice_file import credit_note_file, invoice_file
from portal_read.http.invoice_list import invoice_list
from portal_read.http.invoices import one_invoice
from portal_read.http.live import live
from portal_read.http.my_data import my_data
from portal_read.http.own_domain import front
from portal_read.http.page_route import page_route
from portal_read.http.pay import pay, result
from portal_read.http.pay_link import paid_by_link, pay_link
from portal_read.http.requests import ask, ask_about_visit, request_list, withdraw
from portal_read.http.seen import seen
from portal_read.http.settings import settings

_ROOT = "/portal/{slug}"
ROUTES: tuple[Route[Context], ...] = (
    page_route("/", front),
    Route("GET", "/robots.txt", sitemap.robots, plain=True),
    Route("GET", "/sitemap.xml", sitemap.sitemap, plain=True),
    Route("GET", "/.well-known/security.txt", files.security, plain=True),
    Route("GET", "/portal/assets/{file}", files.static_file, plain=True),
    *(page_route(path, front) for path in ("/portal", "/portal/")),
    *(page_route(path, dashboard) for path in (_ROOT, f"{_ROOT}/")),
    page_route(f"{_ROOT}/sign-in", sign_in.sign_in),
    page_route(f"{_ROOT}/code", sign_in.code),
    page_route(f"{_ROOT}/choose", sign_in.choose),
    page_route(f"{_ROOT}/not-me/{{token}}", sign_in.not_me),
    page_route(f"{_ROOT}/appointments", appointment_list),
    page_route(f"{_ROOT}/appointments/{{id}}", one_appointment),
    page_route(f"{_ROOT}/appointments/{{id}}", ask_about_visit, "POST"),
    page_route(f"{_ROOT}/requests", request_list),
    page_route(f"{_ROOT}/requests", ask, "POST"),
    page_route(f"{_ROOT}/requests/{{id}}/withdraw", withdraw, "POST"),
    page_route(f"{_ROOT}/appointments/{{id}}/visit.ics", visit_file),
    Route("GET", f"{_ROOT}/calendar/{{token}}.ics", calendar_feed, plain=True),
    Route("POST", f"{_ROOT}/calendar", make_feed, page="settings", plain=True),
    Route("POST", f"{_ROOT}/calendar/end", end_feed, page="settings", plain=True),
    page_route(f"{_ROOT}/invoices", invoice_list),
    page_route(f"{_ROOT}/invoices/{{id}}", one_invoice),
    page_route(f"{_ROOT}/invoices/{{id}}/invoice.pdf", invoice_file),
    page_route(f"{_ROOT}/invoices/{{id}}/credit-notes/{{note}}.pdf", credit_note_file),
    page_route(f"{_ROOT}/history", history),
    page_route(f"{_ROOT}/statement", account_statement),
    page_route(f"{_ROOT}/statement.pdf", statement_pdf),
    page_route(f"{_ROOT}/statement.csv", statement_csv),
    page_route(f"{_ROOT}/pay", pay),
    page_route(f"{_ROOT}/pay/{{token}}", pay_link),
    page_route(f"{_ROOT}/paid/{{id}}", paid_by_link),
    page_route(f"{_ROOT}/result/{{id}}", result),
    page_route(f"{_ROOT}/settings", settings),
    page_route(f"{_ROOT}/my-data.json", my_data),
    Route("GET", f"{_ROOT}/live", live, plain=True),
    Route("POST", f"{_ROOT}/seen", seen, page="", plain=True),
    Route("GET", f"{_ROOT}/manifest.webmanifest", files.manifest, plain=True),
    Route("GET", f"{_ROOT}/sw.js", offline.worker, plain=True),
    page_route(f"{_ROOT}/offline", offline.offline),
    page_route(f"{_ROOT}/offline/visit", offline.offline_visit),
    Route("POST", f"{_ROOT}/language", preferences.language, plain=True),
    Route("POST", f"{_ROOT}/messages", preferences.messages, page="settings", plain=True),
    page_route(f"{_ROOT}/unsubscribe/{{token}}", preferences.unsubscribe_page),
    page_route(f"{_ROOT}/unsubscribe/{{token}}", preferences.unsubscribe, "POST"),
    page_route(f"{_ROOT}/{{rest:path}}", files.nothing),
)

"""Everything under /portal, and the two files every site has.

The routes are Starlette's own: pages need nothing of what FastAPI adds, and that costs 0.1 ms each.
"""

from chassis.web import Route

from portal_read.context import Context
from portal_read.http import files, sign_in
from portal_read.http.appointments import appointment_list, one_appointment
from portal_read.http.dashboard import dashboard
from portal_read.http.invoices import invoice_list, one_invoice
from portal_read.http.live import live
from portal_read.http.pay import pay, result

_ROOT = "/portal/{slug}"
ROUTES: tuple[Route[Context], ...] = (
    Route("GET", "/robots.txt", files.robots, plain=True),
    Route("GET", "/.well-known/security.txt", files.security, plain=True),
    Route("GET", "/portal/assets/{file}", files.static_file, plain=True),
    Route("GET", _ROOT, dashboard, plain=True),
    Route("GET", f"{_ROOT}/sign-in", sign_in.sign_in, plain=True),
    Route("GET", f"{_ROOT}/code", sign_in.code, plain=True),
    Route("GET", f"{_ROOT}/choose", sign_in.choose, plain=True),
    Route("GET", f"{_ROOT}/appointments", appointment_list, plain=True),
    Route("GET", f"{_ROOT}/appointments/{{id}}", one_appointment, plain=True),
    Route("GET", f"{_ROOT}/invoices", invoice_list, plain=True),
    Route("GET", f"{_ROOT}/invoices/{{id}}", one_invoice, plain=True),
    Route("GET", f"{_ROOT}/pay", pay, plain=True),
    Route("GET", f"{_ROOT}/result/{{id}}", result, plain=True),
    Route("GET", f"{_ROOT}/live", live, plain=True),
    Route("POST", f"{_ROOT}/language", files.language, plain=True),
    Route("GET", f"{_ROOT}/{{rest:path}}", files.nothing, plain=True),
)

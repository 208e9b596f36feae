"""Every page there is, rendered for one season."""

from dataclasses import replace

from page_samples import Season
from portal_read import pages
from portal_read.pages import Notice


def every_page(season: Season) -> dict[str, str]:
    inside = season.ctx
    outside = replace(inside, contact=None, customer=None)
    assert inside.customer
    assert inside.contact
    choices = [(inside.customer, inside.contact)] * 2
    shown = {
        "sign_in": pages.sign_in(outside),
        "sign_in_failed": pages.sign_in(outside, "hannah@", Notice("address_invalid")),
        "code": pages.code(outside, "hannah@mail.example"),
        "code_failed": pages.code(outside, None, Notice("code_wrong", {"tries_left": "3"})),
        "choose": pages.choose(outside, choices),
        "dashboard": pages.dashboard(inside, season.upcoming, season.past, season.invoices),
        "dashboard_empty": pages.dashboard(inside, (), (), ()),
        "dashboard_stale": pages.dashboard(
            replace(inside, stale=True, notice=Notice("language_changed")),
            season.upcoming,
            (),
            season.invoices,
        ),
        "appointments": pages.appointments(inside, season.upcoming, season.past),
        "appointments_empty": pages.appointments(inside, (), ()),
        "invoices": pages.invoices(inside, season.invoices),
        "invoices_empty": pages.invoices(inside, ()),
        "portal_off": pages.portal_off(outside),
        "access_off": pages.access_off(outside),
        "not_found": pages.not_found(inside),
        "too_many_tries": pages.too_many_tries(outside, 540),
        "signed_out": pages.signed_out(outside),
        "service_unavailable": pages.service_unavailable(inside),
        "unknown_business": pages.unknown_business(inside.locale),
    }
    for visit in (*season.upcoming, *season.past):
        linked = [view.invoice for view in season.invoices[:1]]
        shown[f"appointment_{visit.appointment_id}"] = pages.appointment(
            inside, visit, linked, season.upcoming
        )
    for view in season.invoices:
        shown[f"invoice_{view.invoice.number}"] = pages.invoice(inside, view, season.upcoming[:1])
    return shown

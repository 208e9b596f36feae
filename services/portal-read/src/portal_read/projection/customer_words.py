"""A customer's report as a support person reads it, and as JSON; what names a person only when asked for."""

from collections.abc import Iterator, Sequence

import msgspec
from chassis.commands.environment import printable
from chassis.phones import why_no_text
from servicehub_events import Business, Contact, Customer

from portal_read.projection.customer_documents import CustomerDocument
from portal_read.projection.customer_report import CustomerReport

_KINDS = ("visits", "invoices", "payments", "sessions")
_LISTED = 10
_UNKNOWN = "not known: no event of it was applied"


def ways_in(business: Business | None, customer: Customer, contact: Contact) -> str:
    """How a contact can sign in, or why it cannot."""
    if business is None or not business.enabled:
        return "cannot sign in: the portal is off"
    if not customer.portal_access:
        return "cannot sign in: access is off"
    problem = contact.phone and why_no_text(contact.phone)
    ways = [way for way, given in (("mail", contact.email), ("text", contact.phone and not problem)) if given]
    if ways:
        doubt = problem or (contact.phone and _why_abroad(contact.phone, business.country))
        return f"can sign in by {' or '.join(ways)}{f' (the phone {doubt})' if doubt else ''}"
    return f"cannot sign in: {f'the phone {problem}' if problem else 'no address'}"


def _why_abroad(phone: str, country: str) -> str | None:
    """What auth-otp alone knows: whether texts go to other countries than that of the business."""
    abroad = why_no_text(phone, {country})
    return abroad and f"{abroad} unless SMS_COUNTRIES of auth-otp holds a country of it"


def report_lines(report: CustomerReport, *, reveal: bool) -> Iterator[tuple[str, str]]:
    """Label and text of each line."""
    yield "customer", f"{report.business_id}/{report.customer_id} in {report.projection}"
    age = "at a time not known" if report.age is None else f"{report.age.total_seconds():.0f} s ago"
    yield "caught up", f"{age}: what was published since may be missing"
    business = report.business and report.business.state
    yield "portal", _business_words(report)
    yield from _customer_lines(report, business, reveal=reveal)
    for kind in _KINDS:
        yield kind, _documents_words([one for one in report.documents if one.kind == kind])
    for letter in report.letters:
        yield "dead letter", f"{letter.number}: {letter.about}: {letter.code}: {letter.cause}"
    yield "dead letters", _letters_words(report)


def _letters_words(report: CustomerReport) -> str:
    known = f"{len(report.letters)} about this customer"
    if not report.other_letters:
        return known
    listing = f"portal dlq list --waiting --business {report.business_id}"
    return f"{known}; {report.other_letters} about something not known, perhaps of this customer: {listing}"


def _business_words(report: CustomerReport) -> str:
    if report.business is None or report.business.state is None:
        return _UNKNOWN
    return f"{'on' if report.business.state.enabled else 'off'} (business v{report.business.version})"


def _customer_lines(
    report: CustomerReport, business: Business | None, *, reveal: bool
) -> Iterator[tuple[str, str]]:
    if report.customer is None:
        yield "state", _UNKNOWN
        return
    customer = report.customer.state
    if customer is None:
        yield "state", "erased: nothing comes back, whatever is published"
        return
    named = f", {printable(customer.display_name.encode())}" if reveal else ""
    yield "state", f"v{report.customer.version}, {customer.kind}{named}"
    yield "access", "on" if customer.portal_access else "off"
    for contact in customer.contacts:
        roles = "all roles" if contact.roles is None else ", ".join(contact.roles) or "no roles"
        yield "contact", f"{contact.contact_id}: {roles}; {ways_in(business, customer, contact)}"
        if reveal:
            personal = (contact.name, contact.email, contact.phone)
            yield "", printable(", ".join(filter(None, personal)).encode())
    if not customer.contacts:
        yield "contact", "none: nobody can sign in"


def _documents_words(documents: Sequence[CustomerDocument]) -> str:
    listed = ", ".join(f"{one.id} v{one.version} {one.status}" for one in documents[:_LISTED])
    more = len(documents) - _LISTED
    return (
        f"{len(documents)}{f': {listed}' if listed else ''}{f' and {more} more (--json)' if more > 0 else ''}"
    )


def report_json(report: CustomerReport, *, reveal: bool) -> dict[str, object]:
    """All of it as one JSON object."""
    business = report.business and report.business.state
    return {
        "business_id": report.business_id,
        "customer_id": report.customer_id,
        "projection": report.projection,
        "caught_up_seconds_ago": None if report.age is None else round(report.age.total_seconds(), 1),
        "portal_enabled": business and business.enabled,
        "business_version": report.business and report.business.version,
        "known": report.customer is not None,
        "version": report.customer and report.customer.version,
        **_customer_json(report, business, reveal=reveal),
        **{kind: [_document_json(one) for one in report.documents if one.kind == kind] for kind in _KINDS},
        "dead_letters": msgspec.to_builtins(report.letters),
        "dead_letters_about_something_unknown": report.other_letters,
    }


def _customer_json(report: CustomerReport, business: Business | None, *, reveal: bool) -> dict[str, object]:
    if report.customer is None or (customer := report.customer.state) is None:
        return {"erased": report.customer is not None, "contacts": []}
    contacts = [
        {
            "contact_id": contact.contact_id,
            "roles": contact.roles,
            "sign_in": ways_in(business, customer, contact),
            **({"name": contact.name, "email": contact.email, "phone": contact.phone} if reveal else {}),
        }
        for contact in customer.contacts
    ]
    name = {"display_name": customer.display_name} if reveal else {}
    return {"erased": False, "access": customer.portal_access, **name, "contacts": contacts}


def _document_json(document: CustomerDocument) -> dict[str, object]:
    return {"id": document.id, "version": document.version, "status": document.status}

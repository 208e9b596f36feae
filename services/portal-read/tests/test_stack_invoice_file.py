"""An invoice as a file: what the page says, for whoever may see the page."""

import io

import pytest
from portal_world import ROOT, World
from pypdf import PdfReader
from servicehub_events import CustomerRegistered, InvoiceIssued, PortalEnabled, SignedIn, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
FILE = f"{ROOT}/invoices/in-1/invoice.pdf"


@pytest.fixture
async def billed(world: World) -> World:
    """A customer with an invoice, and one of somebody else's."""
    await world.apply(
        as_event(PortalEnabled, samples.business()),
        as_event(CustomerRegistered, samples.customer()),
        as_event(SignedIn, samples.session()),
        as_event(InvoiceIssued, samples.invoice()),
        as_event(InvoiceIssued, samples.invoice(), customer_id="cu-2", invoice_id="in-2"),
    )
    return world


async def test_the_page_of_an_invoice_offers_it_as_a_file_in_the_language_of_the_page(billed: World) -> None:
    page = await billed.get(f"{ROOT}/invoices/in-1")
    assert FILE in page.text
    for locale, title in (("en", "Invoice"), ("ja", "請求書")):
        answer = await billed.get(FILE, f"{billed.cookie()}; __Host-lang={locale}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.headers["cache-control"] == "no-store"
        text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        assert title in text
        assert samples.invoice().number in text


async def test_a_credit_note_of_the_business_is_a_file_beside_the_invoice(billed: World) -> None:
    (note,) = samples.revised_invoice().credit_notes
    await billed.apply(as_event(InvoiceIssued, samples.revised_invoice()), version=9)
    file = f"{ROOT}/invoices/in-1/credit-notes/{note.id}.pdf"
    assert file in (await billed.get(f"{ROOT}/invoices/in-1")).text
    answer = await billed.get(file)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert note.number in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    absent = await billed.get(f"{ROOT}/invoices/in-1/credit-notes/cn-none.pdf")
    foreign = await billed.get(f"{ROOT}/invoices/in-2/credit-notes/{note.id}.pdf")
    assert (absent.status_code, foreign.status_code, foreign.content) == (404, 404, absent.content)


async def test_who_is_signed_out_is_led_to_sign_in(billed: World) -> None:
    answer = await billed.get(FILE, "")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/sign-in")


@pytest.mark.parametrize("foreign", ["in-2", "in-none", "%00", "x" * 80])
async def test_anothers_file_is_the_same_404_as_an_absent_one(billed: World, foreign: str) -> None:
    absent = await billed.get(f"{ROOT}/invoices/in-absent/invoice.pdf")
    answer = await billed.get(f"{ROOT}/invoices/{foreign}/invoice.pdf")
    assert (absent.status_code, answer.status_code) == (404, 404)
    assert answer.content == absent.content


async def test_without_the_role_there_is_no_file(billed: World) -> None:
    (contact, *others) = samples.customer().contacts
    alone = type(contact)(contact_id=contact.contact_id, name=contact.name, roles=("visits",))
    await billed.apply(as_event(CustomerRegistered, samples.customer(), contacts=(alone, *others)))
    assert (await billed.get(FILE)).status_code == 404

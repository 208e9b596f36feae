"""`GET /portal/{slug}/invoices/{id}/invoice.pdf` and `…/credit-notes/{note}.pdf`: files that one keeps."""

from chassis.web import Unavailable, pdf_answer
from papers.file_names import credit_note_file_name, invoice_file_name
from papers.press import PressFailed
from papers.values import CreditNotePaper, InvoicePaper, PaperLocale
from servicehub_events import Invoice, Payment
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.page_request import PageRequest, id_in, open_page, read_id, without_id
from portal_read.http.signed_in import turned_away
from portal_read.store import decode_all, decode_first

_RETRY_SECONDS = 10


async def invoice_file(ctx: Context, request: Request) -> Response:
    """The PDF, in the language of the pages. Raises `Unavailable` when it could not be made now."""
    page = await _open(ctx, request)
    if isinstance(page, Response):
        return page
    paper = _invoice_paper(ctx, page)
    if paper is None:
        return _absent(page)
    return pdf_answer(await _print(ctx, paper), invoice_file_name(paper), "invoice.pdf")


async def credit_note_file(ctx: Context, request: Request) -> Response:
    """The PDF of one of the invoice's credit notes, by its id. Raises `Unavailable` likewise."""
    page = await _open(ctx, request)
    if isinstance(page, Response):
        return page
    paper = _credit_note_paper(ctx, page, read_id(str(request.path_params["note"])))
    if paper is None:
        return _absent(page)
    return pdf_answer(await _print(ctx, paper), credit_note_file_name(paper), "credit-note.pdf")


async def _open(ctx: Context, request: Request) -> PageRequest | Response:
    """What was asked for; an answer for who may not ask."""
    page = await open_page(ctx, request, store.ONE_INVOICE, {"id": id_in(request)})
    if isinstance(page, Response):
        return page
    return turned_away(ctx, page) or page


def _absent(page: PageRequest) -> Response:
    return answers.html(pages.not_found(without_id(page)), 404)


async def _print(ctx: Context, paper: InvoicePaper | CreditNotePaper) -> bytes:
    try:
        return await ctx.press.print(paper)
    except PressFailed as error:
        raise Unavailable(seconds=_RETRY_SECONDS) from error


def _invoice(page: PageRequest) -> Invoice | None:
    return decode_first(Invoice, page.rows["invoice"]) if page.context.may_see("invoices") else None


def _locale(page: PageRequest) -> PaperLocale:
    return "ja" if page.context.locale == "ja" else "en"


def _invoice_paper(ctx: Context, page: PageRequest) -> InvoicePaper | None:
    invoice = _invoice(page)
    if invoice is None:
        return None
    return InvoicePaper(
        business=page.context.business,
        locale=_locale(page),
        as_of=ctx.clock(),
        invoice=invoice,
        customer=page.context.customer,
        payments=tuple(decode_all(Payment, page.rows["payment"])),
    )


def _credit_note_paper(ctx: Context, page: PageRequest, note_id: str) -> CreditNotePaper | None:
    invoice = _invoice(page)
    note = next((one for one in invoice.credit_notes if one.id == note_id), None) if invoice else None
    if invoice is None or note is None:
        return None
    return CreditNotePaper(
        business=page.context.business,
        locale=_locale(page),
        as_of=ctx.clock(),
        invoice=invoice,
        number=note.number,
        customer=page.context.customer,
    )

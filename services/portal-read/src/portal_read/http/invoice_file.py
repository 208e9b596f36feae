"""`GET /portal/{slug}/invoices/{id}/invoice.pdf`: an invoice as the file that one keeps."""

from chassis.web import Unavailable, pdf_answer
from papers.file_names import invoice_file_name
from papers.press import PressFailed
from papers.values import InvoicePaper
from servicehub_events import Invoice, Payment
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.page_request import PageRequest, id_in, open_page, without_id
from portal_read.http.signed_in import turned_away
from portal_read.store import decode_all, decode_first

_RETRY_SECONDS = 10


async def invoice_file(ctx: Context, request: Request) -> Response:
    """The PDF, in the language of the pages. Raises `Unavailable` when it could not be made now."""
    page = await open_page(ctx, request, store.ONE_INVOICE, {"id": id_in(request)})
    if isinstance(page, Response):
        return page
    if (early := turned_away(ctx, page)) is not None:
        return early
    paper = _paper(ctx, page) if page.context.may_see("invoices") else None
    if paper is None:
        return answers.html(pages.not_found(without_id(page)), 404)
    try:
        pdf = await ctx.press.print(paper)
    except PressFailed as error:
        raise Unavailable(seconds=_RETRY_SECONDS) from error
    return pdf_answer(pdf, invoice_file_name(paper), "invoice.pdf")


def _paper(ctx: Context, page: PageRequest) -> InvoicePaper | None:
    invoice = decode_first(Invoice, page.rows["invoice"])
    if invoice is None:
        return None
    return InvoicePaper(
        business=page.context.business,
        locale="ja" if page.context.locale == "ja" else "en",
        as_of=ctx.clock(),
        invoice=invoice,
        customer=page.context.customer,
        payments=tuple(decode_all(Payment, page.rows["payment"])),
    )

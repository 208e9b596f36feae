"""Receipts over HTTP: a form that makes one out, and the file, both for whose payment it is alone."""

from typing import Annotated
from urllib.parse import quote

import msgspec
from chassis.web import NO_STORE, InvalidRequest, path_id, pdf_answer, read_fields, wants_json
from msgspec import Meta
from papers.file_names import receipt_file_name
from papers.values import PaperLocale
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from billing import errors
from billing.context import Context
from billing.handlers.make_out_receipts import MakeOutReceipt, find_reader, make_out_receipt, read_receipt
from billing.http.tenants import business_at, token_of

_BODY_LIMIT = 4096
_Line = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class _Fields(msgspec.Struct, frozen=True, kw_only=True):
    addressee: _Line
    purpose: _Line = ""
    locale: PaperLocale = "en"


async def receipt(ctx: Context, request: Request) -> Response:
    """Make a receipt out to whom the form says, and lead to it."""
    payment_id = path_id(request, "payment_id")
    request.state.page = f"result/{quote(payment_id, safe='')}"
    business = await business_at(ctx, request, path_id(request, "slug"))
    fields = await _read(request)
    viewer = await find_reader(ctx, business, token_of(ctx, request, business))
    asked = MakeOutReceipt(
        business, viewer, payment_id, fields.addressee.strip(), fields.purpose.strip(), fields.locale
    )
    await make_out_receipt(ctx, asked)
    file = f"/billing/{business.slug}/receipts/{quote(payment_id, safe='')}.pdf"
    return Response(status_code=204) if wants_json(request) else RedirectResponse(file, 303, headers=NO_STORE)


async def receipt_file(ctx: Context, request: Request) -> Response:
    """The receipt as PDF."""
    payment_id = path_id(request, "payment_id")
    request.state.page = f"result/{quote(payment_id, safe='')}"
    business = await business_at(ctx, request, path_id(request, "slug"))
    viewer = await find_reader(ctx, business, token_of(ctx, request, business))
    paper, pdf = await read_receipt(ctx, business, viewer, payment_id)
    return pdf_answer(pdf, receipt_file_name(paper), "receipt.pdf")


async def _read(request: Request) -> _Fields:
    """The fields of a form or a JSON object. Raises `ReceiptInvalid`."""
    try:
        fields = await read_fields(request, _Fields, limit=_BODY_LIMIT)
    except InvalidRequest as error:
        raise errors.ReceiptInvalid from error
    if not fields.addressee.strip():
        raise errors.ReceiptInvalid
    return fields

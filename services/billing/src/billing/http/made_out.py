"""Receipts and papers of refunds over HTTP: a form that makes one out, and the file; each for its owner."""

from typing import Annotated
from urllib.parse import quote

import msgspec
from chassis.identity import Viewer
from chassis.web import NO_STORE, InvalidRequest, path_id, pdf_answer, read_fields, wants_json
from msgspec import Meta
from papers.file_names import receipt_file_name, refund_file_name
from papers.values import PaperLocale
from servicehub_events import Business
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from billing import errors
from billing.context import Context
from billing.handlers.make_out_receipts import MakeOutReceipt, find_reader, make_out_receipt, read_receipt
from billing.handlers.make_out_refund_notes import (
    MakeOutRefundNote,
    make_out_refund_note,
    read_refund_note,
)
from billing.http.tenants import business_at, token_of

_BODY_LIMIT = 4096
_Line = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*\Z")]


class _Fields(msgspec.Struct, frozen=True, kw_only=True):
    addressee: _Line
    purpose: _Line = ""
    locale: PaperLocale = "en"


async def receipt(ctx: Context, request: Request) -> Response:
    """Make a receipt out to whom the form says, and lead to it."""
    payment_id, business = await _payment_at(ctx, request)
    fields = await _read(request)
    viewer = await _reader(ctx, request, business)
    asked = MakeOutReceipt(
        business, viewer, payment_id, fields.addressee.strip(), fields.purpose.strip(), fields.locale
    )
    await make_out_receipt(ctx, asked)
    return _to_file(request, f"/billing/{business.slug}/receipts/{quote(payment_id, safe='')}.pdf")


async def receipt_file(ctx: Context, request: Request) -> Response:
    """The receipt as PDF."""
    payment_id, business = await _payment_at(ctx, request)
    viewer = await _reader(ctx, request, business)
    paper, pdf = await read_receipt(ctx, business, viewer, payment_id)
    return pdf_answer(pdf, receipt_file_name(paper), "receipt.pdf")


async def refund_note(ctx: Context, request: Request) -> Response:
    """Make the paper of a refund out to whom the form says, and lead to it."""
    payment_id, business = await _payment_at(ctx, request)
    refund_id = path_id(request, "refund_id")
    fields = await _read(request)
    viewer = await _reader(ctx, request, business)
    asked = MakeOutRefundNote(
        business, viewer, payment_id, refund_id, fields.addressee.strip(), fields.locale
    )
    await make_out_refund_note(ctx, asked)
    ids = f"{quote(payment_id, safe='')}/{quote(refund_id, safe='')}"
    return _to_file(request, f"/billing/{business.slug}/refunds/{ids}.pdf")


async def refund_note_file(ctx: Context, request: Request) -> Response:
    """The paper of a refund as PDF."""
    payment_id, business = await _payment_at(ctx, request)
    refund_id = path_id(request, "refund_id")
    viewer = await _reader(ctx, request, business)
    paper, pdf = await read_refund_note(ctx, business, viewer, payment_id, refund_id)
    return pdf_answer(pdf, refund_file_name(paper), "credit-note.pdf")


async def _payment_at(ctx: Context, request: Request) -> tuple[str, Business]:
    """The payment that the path names, to whose page a refusal leads, and the business."""
    payment_id = path_id(request, "payment_id")
    request.state.page = f"result/{quote(payment_id, safe='')}"
    return payment_id, await business_at(ctx, request, path_id(request, "slug"))


async def _reader(ctx: Context, request: Request, business: Business) -> Viewer:
    return await find_reader(ctx, business, token_of(ctx, request, business))


def _to_file(request: Request, file: str) -> Response:
    return Response(status_code=204) if wants_json(request) else RedirectResponse(file, 303, headers=NO_STORE)


async def _read(request: Request) -> _Fields:
    """The fields of a form or a JSON object. Raises `PaperInvalid`."""
    try:
        fields = await read_fields(request, _Fields, limit=_BODY_LIMIT)
    except InvalidRequest as error:
        raise errors.PaperInvalid from error
    if not fields.addressee.strip():
        raise errors.PaperInvalid
    return fields

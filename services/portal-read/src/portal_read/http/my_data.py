"""`GET /portal/{slug}/my-data.json`: what the pages hold about the contact who asks, as a file."""

import asyncio
from collections.abc import Iterator
from typing import TypeVar

import msgspec
import structlog
from servicehub_events import Appointment, Autopay, CustomerRequest, Invoice, Payment, Session
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal_read import pages, store, visitor
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.page_request import PageRequest, open_page
from portal_read.http.signed_in import turned_away
from portal_read.read_model import TABLE_OF_PART
from portal_read.store import decode

log = structlog.get_logger(__name__)
S = TypeVar("S", Appointment, Autopay, CustomerRequest, Invoice, Payment, Session)


class _Reader:
    """Opens the rows of a page one by one; one that cannot be read is counted, named in the log, left out."""

    def __init__(self, page: PageRequest) -> None:
        self._page = page
        self.unreadable = 0

    def all(self, kind: type[S], part: str) -> Iterator[S]:
        for row in self._page.rows[part]:
            if row.state is None:
                continue
            try:
                yield decode(kind, row)
            except msgspec.DecodeError as error:
                self.unreadable += 1
                key = f"{self._page.viewer.business.business_id}/{row.id}"
                log.error(
                    "row.left_out", table=TABLE_OF_PART[part], key=key, version=row.version, exc_info=error
                )


async def my_data(ctx: Context, request: Request) -> Response:
    """The file, written while it is sent. What the contact's roles do not show them is not in it."""
    page = await open_page(ctx, request, store.MY_DATA)
    if isinstance(page, Response):
        return page
    if (early := turned_away(ctx, page)) is not None:
        return early
    context, viewer = page.context, page.viewer.viewer
    business_id, customer, contact = context.business.business_id, context.customer, context.contact
    assert customer is not None  # noqa: S101  # whoever is signed in has both; narrows the types
    assert contact is not None  # noqa: S101  # the same
    owner = visitor.ContactKey(business_id, viewer.customer_id, viewer.contact_id)
    if seconds := ctx.data_downloads.count(f"{business_id}/{owner.key}".encode()):
        response = answers.redirect(f"{context.root}/settings#data")
        ctx.flash.put(response, {"code": "too_many_files", "params": {"seconds": str(seconds)}})
        return response
    key = (business_id, owner.customer_id, owner.contact_id)
    passkeys, cards = await asyncio.gather(ctx.passkeys.list_passkeys(*key), ctx.cards.list_cards(*key))
    reader = _Reader(page)
    sees_visits, sees_invoices = context.may_see("visits"), context.may_see("invoices")
    held = pages.HeldData(
        visits=reader.all(Appointment, "past") if sees_visits else (),
        invoices=reader.all(Invoice, "charged") if sees_invoices else (),
        payments=reader.all(Payment, "payment") if sees_invoices else (),
        requests=list(reader.all(CustomerRequest, "request")),
        sessions=reader.all(Session, "device"),
        passkeys=passkeys,
        cards=cards,
        autopay=reader.all(Autopay, "autopay") if sees_invoices else (),
        calendar_feed=bool(page.rows["feed"]),
        preferences=page.viewer.preferences,
        unreadable=lambda: reader.unreadable,
    )
    headers = {
        "Cache-Control": answers.NEVER_STORED,
        "Content-Disposition": 'attachment; filename="my-data.json"',
    }
    file = pages.my_data(context, customer, contact, held)
    return StreamingResponse(file, headers=headers, media_type="application/json")

"""What the business does in its dashboard, and what the payer's bank does: without either."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand_in_stripe.control.lookup import refund_of, session_of
from stand_in_stripe.control.requests import CloseWanted, DisputeWanted, RefundWanted
from stand_in_stripe.errors import StripeError
from stand_in_stripe.render import encode, plain
from stand_in_stripe.reversals.charges import charge_of_session
from stand_in_stripe.reversals.disputes import close_dispute, open_dispute
from stand_in_stripe.reversals.refunds import Wish, fail, refund, settle
from stand_in_stripe.sandbox import NOT_ASKED, Sandbox
from stand_in_stripe.shapes import Charge, Shape

Work = Callable[[Request, bytes], tuple[str, Shape]]


def reversal_routes(sandbox: Sandbox) -> list[Route]:
    """Return the endpoints."""

    def refunded(request: Request, body: bytes) -> tuple[str, Shape]:
        wanted = msgspec.json.decode(body, type=RefundWanted)
        owner, charge = _charge(sandbox, request)
        return owner, refund(sandbox, owner, charge, Wish(wanted.amount, wanted.status), NOT_ASKED)

    def disputed(request: Request, body: bytes) -> tuple[str, Shape]:
        wanted = msgspec.json.decode(body, type=DisputeWanted)
        owner, charge = _charge(sandbox, request)
        return owner, open_dispute(sandbox, owner, charge, warning=wanted.warning)

    def closed(request: Request, body: bytes) -> tuple[str, Shape]:
        wanted = msgspec.json.decode(body, type=CloseWanted)
        owner, charge = _charge(sandbox, request)
        return owner, close_dispute(sandbox, owner, charge, won=wanted.won)

    def settled(request: Request, _body: bytes) -> tuple[str, Shape]:
        owner, found = refund_of(sandbox, request)
        return owner, settle(sandbox, owner, found)

    def failed(request: Request, _body: bytes) -> tuple[str, Shape]:
        owner, found = refund_of(sandbox, request)
        return owner, fail(sandbox, owner, found)

    works: dict[str, Work] = {
        "/_sandbox/sessions/{id}/refund": refunded,
        "/_sandbox/sessions/{id}/dispute": disputed,
        "/_sandbox/sessions/{id}/close-dispute": closed,
        "/_sandbox/refunds/{id}/settle": settled,
        "/_sandbox/refunds/{id}/fail": failed,
    }
    return [Route(path, _answering(sandbox, work), methods=["POST"]) for path, work in works.items()]


def _answering(sandbox: Sandbox, work: Work) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        body = await request.body() or b"{}"
        try:
            with sandbox.books.transaction():
                owner, made = work(request, body)
        except msgspec.MsgspecError as error:
            told, status = encode({"error": str(error)}), 400
        except StripeError as error:
            told, status = encode(error.body()), error.status
        else:
            told, status = encode(plain(made) | {"stripe_account": owner}), 200
        return Response(told, status, media_type="application/json")

    return answer


def _charge(sandbox: Sandbox, request: Request) -> tuple[str, Charge]:
    owner, session = session_of(sandbox, request)
    return owner, charge_of_session(sandbox, owner, session)

"""`/_sandbox/…`: JSON in, JSON out; no key is needed on this machine.

POST   /_sandbox/faults {"on": "webhook", "kind": "drop", "times": 1}    see faults.py for all kinds
GET    /_sandbox/faults · DELETE /_sandbox/faults
GET    /_sandbox/books[?account=acct_…]
POST   /_sandbox/sessions/{id}/pay {"method": "card", "card": "4242424242424242"}
POST   /_sandbox/sessions/{id}/settle · /lapse          a konbini voucher is paid, or never
POST   /_sandbox/sessions/{id}/expire                   as if its time had run out
POST   /_sandbox/sessions/{id}/refund {"amount": 1000, "status": "succeeded"}     without an amount: all
POST   /_sandbox/refunds/{id}/settle · /fail            one that waits has arrived; any one came back
POST   /_sandbox/sessions/{id}/dispute {"warning": false}
POST   /_sandbox/sessions/{id}/close-dispute {"won": true}
POST   /_sandbox/accounts {"id": "acct_x", "country": "JP", "default_currency": "jpy", "charges_enabled": …}
"""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand_in_stripe.checkout.konbini import lapse_voucher, pay_voucher
from stand_in_stripe.control.books import told
from stand_in_stripe.control.lookup import session_of
from stand_in_stripe.control.requests import AccountWanted, PayWanted
from stand_in_stripe.control.reversals import reversal_routes
from stand_in_stripe.control.sessions import expire_now, pay
from stand_in_stripe.currencies import check_currency
from stand_in_stripe.errors import StripeError
from stand_in_stripe.faults import BadFault, Faults, Wanted
from stand_in_stripe.render import encode, plain
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes import Json, Session
from stand_in_stripe.webhooks.sender import Sender

Endpoint = Callable[[Request], Awaitable[Response]]
OnSession = Callable[[Sandbox, str, Session], Session]


def control_routes(sandbox: Sandbox, faults: Faults, sender: Sender) -> list[Route]:
    """Return the endpoints."""
    return [
        *_fault_routes(faults),
        Route("/_sandbox/books", _books(sandbox)),
        Route("/_sandbox/accounts", _accounts(sandbox), methods=["POST"]),
        Route("/_sandbox/sessions/{id}/pay", _pay(sandbox), methods=["POST"]),
        Route("/_sandbox/sessions/{id}/settle", _turn(sandbox, pay_voucher), methods=["POST"]),
        Route("/_sandbox/sessions/{id}/lapse", _turn(sandbox, lapse_voucher), methods=["POST"]),
        Route("/_sandbox/sessions/{id}/expire", _turn(sandbox, expire_now), methods=["POST"]),
        *reversal_routes(sandbox),
    ]


def _fault_routes(faults: Faults) -> list[Route]:
    async def plan(request: Request) -> Response:
        try:
            faults.plan(msgspec.json.decode(await request.body(), type=Wanted))
        except (msgspec.MsgspecError, BadFault) as error:
            return _told({"error": str(error)}, 400)
        return _listed(faults, 201)

    async def listed(_request: Request) -> Response:
        return _listed(faults)

    async def clear(_request: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    return [
        Route("/_sandbox/faults", plan, methods=["POST"]),
        Route("/_sandbox/faults", listed, methods=["GET"]),
        Route("/_sandbox/faults", clear, methods=["DELETE"]),
    ]


def _books(sandbox: Sandbox) -> Endpoint:
    async def books(request: Request) -> Response:
        return _told(told(sandbox.books, request.query_params.get("account")))

    return books


def _accounts(sandbox: Sandbox) -> Endpoint:
    async def accounts(request: Request) -> Response:
        try:
            wanted = msgspec.json.decode(await request.body(), type=AccountWanted)
            currency = check_currency(wanted.default_currency, "default_currency")
        except (msgspec.MsgspecError, StripeError) as error:
            return _told({"error": str(error)}, 400)
        made = sandbox.open_account(
            wanted.id, wanted.country, currency, charges_enabled=wanted.charges_enabled
        )
        return _told(plain(made))

    return accounts


def _pay(sandbox: Sandbox) -> Endpoint:
    async def pay_session(request: Request) -> Response:
        try:
            wanted = msgspec.json.decode(await request.body() or b"{}", type=PayWanted)
            owner, session = session_of(sandbox, request)
            attempt = pay(sandbox, owner, session, wanted)
        except msgspec.MsgspecError as error:
            return _told({"error": str(error)}, 400)
        except StripeError as error:
            return _told(error.body(), error.status)
        if attempt.decline is not None:
            return _told({"error": msgspec.to_builtins(attempt.decline)}, 402)
        return _told(_owned(owner, attempt.session))

    return pay_session


def _turn(sandbox: Sandbox, turn: OnSession) -> Endpoint:
    async def turned(request: Request) -> Response:
        try:
            owner, session = session_of(sandbox, request)
            return _told(_owned(owner, turn(sandbox, owner, session)))
        except StripeError as error:
            return _told(error.body(), error.status)

    return turned


def _owned(owner: str, session: Session) -> Json:
    return plain(session) | {"stripe_account": owner}


def _listed(faults: Faults, status: int = 200) -> Response:
    return Response(msgspec.json.encode(faults.listed()), status, media_type="application/json")


def _told(body: Json, status: int = 200) -> Response:
    return Response(encode(body), status, media_type="application/json")

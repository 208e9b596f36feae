"""Refusals in two shapes: a form is sent on with 303 and a flash, JSON gets JSON."""

from chassis.events_out.event_store import Conflict
from chassis.web import Unavailable, answers, problems, wants_json
from chassis.web.cookies import NO_STORE, flash_message, redirect_to_page
from chassis.web.signed_cookie import SignedCookie
from fastapi import FastAPI
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from auth_otp.errors import Refused

_UNAVAILABLE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Please try again in a moment</title>
<h1>Please try again in a moment</h1>
<p>Signing in is not possible right now. Nothing is lost: go back and try again.</p>
<p lang="ja">ただいまログインできません。しばらくしてから、前のページに戻ってもう一度お試しください。</p>
</html>
"""


def install(app: FastAPI, flash: SignedCookie) -> None:
    """Answer refusals and lost stores in both shapes."""

    async def on_refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # noqa: S101  # how Starlette dispatches; narrows the type
        if wants_json(request):
            return problems.answer(error)
        response = redirect_to_page(request, request.path_params["slug"], error.page)
        flash_message(response, flash, error.code, error.params, getattr(request.state, "typed", ""))
        return response

    async def on_unavailable(request: Request, error: Exception) -> Response:
        problem = error if isinstance(error, Unavailable) else Unavailable()
        if wants_json(request):
            return answers.problem(problem, answers.HOUSE[Unavailable])
        return HTMLResponse(_UNAVAILABLE, 503, {**NO_STORE, "Retry-After": str(problem.params["seconds"])})

    app.add_exception_handler(Refused, on_refused)
    for kind in (Unavailable, Conflict, OperationalError, InterfaceError, PoolTimeout, TimeoutError):
        app.add_exception_handler(kind, on_unavailable)

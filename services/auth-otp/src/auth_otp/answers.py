"""One answer, two shapes: a form is sent on with 303 and a flash, JSON gets JSON."""

from collections.abc import Mapping

from chassis import problems
from chassis.flash import SignedCookie
from chassis.problems import Unavailable
from chassis.web import wants_json
from fastapi import FastAPI
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from auth_otp.errors import Refused

_NO_STORE = {"Cache-Control": "no-store"}
_UNAVAILABLE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Please try again in a moment</title>
<h1>Please try again in a moment</h1>
<p>Signing in is not possible right now. Nothing is lost: go back and try again.</p>
<p lang="ja">ただいまログインできません。しばらくしてから、前のページに戻ってもう一度お試しください。</p>
</html>
"""


def go(request: Request, slug: str, page: str) -> Response:
    """Lead on to a page of the portal."""
    path = f"/portal/{slug}/{page}".rstrip("/")
    if wants_json(request):
        return JSONResponse({"next": path}, headers=_NO_STORE)
    return RedirectResponse(path, 303, headers=_NO_STORE)


def tell(
    response: Response, flash: SignedCookie, code: str, params: Mapping[str, int | str], typed: str = ""
) -> None:
    """Leave a message for the next page. Its words are found by `code` there; params are texts."""
    said = {name: str(value) for name, value in params.items()}
    flash.put(response, {"code": code, "params": said, "typed": typed[:320]})


def install(app: FastAPI, flash: SignedCookie) -> None:
    """Answer refusals and lost stores in both shapes."""

    async def on_refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # noqa: S101  # how Starlette dispatches; narrows the type
        if wants_json(request):
            return problems.answer(error)
        response = go(request, request.path_params["slug"], error.page)
        tell(response, flash, error.code, error.params, getattr(request.state, "typed", ""))
        return response

    async def on_unavailable(request: Request, error: Exception) -> Response:
        problem = error if isinstance(error, Unavailable) else Unavailable()
        if wants_json(request):
            return problems.answer(problem)
        return HTMLResponse(_UNAVAILABLE, 503, headers={**_NO_STORE, **(problem.headers or {})})

    app.add_exception_handler(Refused, on_refused)
    for kind in (Unavailable, OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(kind, on_unavailable)

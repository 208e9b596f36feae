"""Errors to people and machines: problem+json (RFC 9457) with a stable `code`; detail stays in the logs."""

import psycopg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chassis.database.database import is_transient
from chassis.events_out.event_store import Conflict


class Problem(Exception):
    """An error with an answer of its own. A service defines one subclass per kind, and raises it anywhere."""

    status = 500
    code = "internal_error"
    title = "Something went wrong on our side. Please try again."

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        self.detail = detail
        self.headers = headers
        super().__init__(detail or self.title)


class NotFound(Problem):
    """The thing is not there, or is not this customer's: the two look alike on purpose."""

    status = 404
    code = "not_found"
    title = "There is nothing here."


class CrossSite(Problem):
    """A form was posted from another site."""

    status = 403
    code = "cross_site"
    title = "This form was sent from another site. Open the page again and retry."


class BodyTooLarge(Problem):
    """More bytes than the route takes."""

    status = 413
    code = "body_too_large"
    title = "The request is too large."


class Unavailable(Problem):
    """Something we need does not answer. Carries Retry-After."""

    status = 503
    code = "unavailable"
    title = "This is not available right now. Please try again in a moment."

    def __init__(self, detail: str = "", *, retry_after: int = 5) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


def answer(problem: Problem) -> Response:
    """The problem as `application/problem+json`."""
    return _json(problem.status, problem.code, problem.title, problem.detail, problem.headers)


def _json(
    status: int, code: str, title: str, detail: str = "", headers: dict[str, str] | None = None
) -> Response:
    body = {"type": "about:blank", "status": status, "code": code, "title": title}
    if detail:
        body["detail"] = detail
    return JSONResponse(
        body,
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type="application/problem+json",
    )


def install(app: FastAPI) -> None:
    """Answer every error of an app as a problem."""

    async def on_problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101  # how Starlette dispatches; narrows the type
        return answer(error)

    async def on_http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  # the same
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        return _json(error.status_code, code, str(error.detail))

    async def on_invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  # the same
        where = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        return _json(422, "invalid_request", "The request is not valid.", where)

    async def on_database(_: Request, error: Exception) -> Response:
        if is_transient(error):  # a database that is away comes back
            return answer(Unavailable())
        raise error

    async def on_conflict(_: Request, _error: Exception) -> Response:
        return answer(Unavailable("Too many changes at once."))

    for kind in (SQLAlchemyError, psycopg.Error, TimeoutError):
        app.add_exception_handler(kind, on_database)
    app.add_exception_handler(Conflict, on_conflict)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)

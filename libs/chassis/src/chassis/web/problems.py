"""Errors to people and machines: problem+json (RFC 9457) with a stable `code`; detail stays in the logs."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Problem(Exception):
    """An error with an answer of its own. A service defines one subclass per kind, and raises it anywhere."""

    status = 500
    code = "internal_error"
    title = "Something went wrong on our side. Please try again."

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        self.detail = detail
        self.headers = headers
        super().__init__(detail or self.title)


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

    async def on_invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  # the same
        where = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        return _json(422, "invalid_request", "The request is not valid.", where)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)

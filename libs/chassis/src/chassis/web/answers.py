"""Refusals become answers: problem+json (RFC 9457) for machines, the way back to a page for a form.

A form that is refused is led to the page its route names, with a flash that the page puts into words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import psycopg
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from chassis.database import is_transient
from chassis.events_out import Conflict
from chassis.observability import security_log
from chassis.refusals import NotFound, NotSignedIn, Refusal, Unauthorised, Unavailable, UnknownCaller
from chassis.web.cookies import NO_STORE, flash_message, redirect_to_page
from chassis.web.integrations import NotPermitted, TooManyWrongKeys
from chassis.web.requests import BodyTooLarge, CutOff, InvalidRequest, TooSlow, wants_json
from chassis.web.signed_cookie import SignedCookie


@dataclass(frozen=True, slots=True)
class Answer:
    """How a refusal is answered: the status, a title for developers, and for a form the page it leads to.

    Without a page of its own, a form goes back to that of its route. A refusal with `seconds` carries
    Retry-After. One that an attack may be behind is `security`, and leaves a line of the security log.
    """

    status: int
    title: str
    page: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    security: bool = False


Refusals = Mapping[type[Refusal], Answer]
"""Every refusal of a service with its answer."""


class CrossSite(Refusal):
    """A form was posted from another site."""

    code = "cross_site"


class _Failed(Refusal):
    """Something went wrong that nobody thought of; what it was is in the logs alone."""

    code = "internal_error"


def pdf_answer(pdf: bytes, name: str, plain_name: str) -> Response:
    """A PDF that is shown to one reader, and saved by its name, or by the plain one in an old browser."""
    disposition = f"inline; filename=\"{plain_name}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {**NO_STORE, "Content-Disposition": disposition}
    return Response(pdf, headers=headers, media_type="application/pdf")


HOUSE: Final[Refusals] = {
    NotFound: Answer(404, "There is nothing here."),
    NotSignedIn: Answer(401, "Sign in first.", page="sign-in"),
    Unauthorised: Answer(
        401,
        "Send a key that the portal knows, as `Authorization: Bearer <key>`.",
        headers={"WWW-Authenticate": "Bearer"},
        security=True,
    ),
    UnknownCaller: Answer(
        401,
        "Send a service token of now, as `Authorization: Bearer <token>`.",
        headers={"WWW-Authenticate": "Bearer"},
        security=True,
    ),
    TooManyWrongKeys: Answer(
        429,
        "Too many wrong keys came from this address. Correct the key: a right one passes at once.",
        security=True,
    ),
    NotPermitted: Answer(403, "This key does not open this, or not for this business.", security=True),
    CrossSite: Answer(403, "This form was sent from another site. Open the page again and retry."),
    CutOff: Answer(400, "The request ended before its body did."),
    TooSlow: Answer(408, "The request did not come in time."),
    BodyTooLarge: Answer(413, "The request is too large."),
    InvalidRequest: Answer(422, "The request is not valid."),
    Unavailable: Answer(503, "This is not available right now. Please try again in a moment."),
    _Failed: Answer(500, "Something went wrong on our side. Please try again."),
}
"""What every service refuses in the same way."""

_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<h1>{title}</h1>
<p>{english}</p>
<p lang="ja">{japanese}</p>
</html>
"""
_AWAY: Final = _PAGE.format(
    title="Please try again in a moment",
    english="This is not possible right now. Nothing is lost: go back and try again.",
    japanese="ただいまご利用いただけません。しばらくしてから、前のページに戻ってもう一度お試しください。",
)
_NOTHING_HERE: Final = _PAGE.format(
    title="We can’t find that page",
    english="The address may be mistyped or old. Use the link in the newest message from the business.",
    japanese="アドレスが間違っているか、古い可能性があります。最新のメッセージに記載のリンクからお開きください。",
)
_WENT_WRONG: Final = _PAGE.format(
    title="We can’t show this page",
    english="Something went wrong on our side. Nothing is lost: please try again in a minute.",
    japanese="システムの不具合により、このページを表示できません。しばらくしてから、もう一度お試しください。",
)


def problem(refusal: Refusal, answer: Answer) -> Response:
    """The refusal as `application/problem+json`."""
    return _problem(answer.status, refusal.code, answer.title, refusal.detail, _headers(refusal, answer))


def cross_site() -> Response:
    """The answer to a form from another site."""
    security_log.report(CrossSite.code)
    return problem(CrossSite(), HOUSE[CrossSite])


def failed(accepted: str) -> Response:
    """The answer when a handler raised what nobody thought of: a page for whoever takes one."""
    if _reads_pages(accepted):
        return HTMLResponse(_WENT_WRONG, HOUSE[_Failed].status, NO_STORE)
    return problem(_Failed(), HOUSE[_Failed])


def is_answered(error: Exception) -> bool:
    """Whether the app has an answer of its own to an error, as to a refusal or a database that is away."""
    database = isinstance(error, SQLAlchemyError | psycopg.Error | TimeoutError) and is_transient(error)
    return database or isinstance(error, Refusal | HTTPException | Conflict)


def _is_opened(request: Request) -> bool:
    """Whether a person opens the address in a browser, and so gets a page."""
    return request.method in ("GET", "HEAD") and _reads_pages(request.headers.get("accept", ""))


def _reads_pages(accepted: str) -> bool:
    """Whether an Accept header is that of a browser that opens a page; programs name JSON, or anything."""
    return "text/html" in accepted


def install(app: FastAPI, refusals: Refusals, flash: SignedCookie | None) -> None:
    """Answer every refusal and error of an app. Without a `flash` no form leads anywhere."""
    known = {**HOUSE, **refusals}

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)  # noqa: S101  # how Starlette dispatches; narrows the type
        return _answer(request, error, known[type(error)], flash)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  # the same
        if error.status_code in (404, 405) and _is_opened(request):
            return HTMLResponse(_NOTHING_HERE, error.status_code, NO_STORE)
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        return _problem(error.status_code, code, str(error.detail), "", {})

    async def on_database(request: Request, error: Exception) -> Response:
        if is_transient(error):  # a database that is away comes back
            return _answer(request, Unavailable(), HOUSE[Unavailable], flash)
        raise error

    async def on_conflict(request: Request, _: Exception) -> Response:
        return _answer(request, Unavailable("Too many changes at once."), HOUSE[Unavailable], flash)

    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(HTTPException, on_http)
    for kind in (SQLAlchemyError, psycopg.Error, TimeoutError):
        app.add_exception_handler(kind, on_database)
    app.add_exception_handler(Conflict, on_conflict)


def _answer(request: Request, refusal: Refusal, answer: Answer, flash: SignedCookie | None) -> Response:
    if answer.security:
        security_log.report(refusal.code)
    if isinstance(refusal, NotFound) and _is_opened(request):
        return HTMLResponse(_NOTHING_HERE, answer.status, NO_STORE)
    if isinstance(refusal, Unavailable) and _is_opened(request):
        return HTMLResponse(_AWAY, answer.status, {**NO_STORE, **_headers(refusal, answer)})
    page = answer.page if answer.page is not None else getattr(request.state, "page", None)
    if page is None or flash is None or wants_json(request) or "slug" not in request.path_params:
        return problem(refusal, answer)
    if isinstance(refusal, Unavailable):
        return HTMLResponse(_AWAY, answer.status, {**NO_STORE, **_headers(refusal, answer)})
    if isinstance(refusal, NotFound):
        return problem(refusal, answer)  # no business, no page of it
    slug = getattr(request.state, "slug", request.path_params["slug"])
    response = redirect_to_page(request, slug, page)
    flash_message(response, flash, refusal.code, refusal.params, getattr(request.state, "typed", ""))
    return response


def _headers(refusal: Refusal, answer: Answer) -> dict[str, str]:
    seconds = refusal.params.get("seconds")
    return {**answer.headers, **({"Retry-After": str(seconds)} if seconds is not None else {})}


def _problem(status: int, code: str, title: str, detail: str, headers: Mapping[str, str]) -> Response:
    body = {"type": "about:blank", "status": status, "code": code, "title": title}
    if detail:
        body["detail"] = detail
    return JSONResponse(body, status, {**NO_STORE, **headers}, media_type="application/problem+json")

"""HTTP: routes, what a request says, how a refusal is answered, and the cookies services hand each other."""

from chassis.refusals import NotFound, NotSignedIn, Unauthorised, Unavailable
from chassis.web import cookies, service_token
from chassis.web.answers import Answer, Refusals, is_answered, pdf_answer, problem
from chassis.web.app import CONTENT_SECURITY_POLICY, INDEXED, create_app
from chassis.web.cookies import NO_STORE, flash_message, redirect_to_page
from chassis.web.integrations import Admitted, Integrations
from chassis.web.request_limit import RequestLimit
from chassis.web.requests import (
    BodyTooLarge,
    InvalidRequest,
    asked_host,
    client_networks,
    path_id,
    read_body,
    read_fields,
    wants_json,
)
from chassis.web.routes import Handler, Route, add_route
from chassis.web.signed_cookie import SignedCookie

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "INDEXED",
    "NO_STORE",
    "Admitted",
    "Answer",
    "BodyTooLarge",
    "Handler",
    "Integrations",
    "InvalidRequest",
    "NotFound",
    "NotSignedIn",
    "Refusals",
    "RequestLimit",
    "Route",
    "SignedCookie",
    "Unauthorised",
    "Unavailable",
    "add_route",
    "asked_host",
    "client_networks",
    "cookies",
    "create_app",
    "flash_message",
    "is_answered",
    "path_id",
    "pdf_answer",
    "problem",
    "read_body",
    "read_fields",
    "redirect_to_page",
    "service_token",
    "wants_json",
]

"""The settings API as an OpenAPI document: what each route takes and answers, and every refusal of it.

Titles of problems and all schemas follow from what the service does.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from chassis.refusals import Refusal, Unauthorised, Unavailable
from chassis.web import Answer, BodyTooLarge, InvalidRequest, Refusals
from chassis.web.answers import HOUSE

from branding import errors
from branding.http.openapi_schemas import EXAMPLE, Json, example_answer, schemas

_ABOUT: Final = """\
Sets up the customer portal of a business: its address, whether it is on, its name, logo, colours, languages,
time zone, support contact and payment account. Every answer is the whole state, in the fields of the event
that tells it to the other services; put back as it is, it changes nothing."""
_READ = (Unauthorised, errors.UnknownBusiness, InvalidRequest, Unavailable)
_REVISE = (
    Unauthorised,
    errors.SlugTaken,
    BodyTooLarge,
    errors.UnsupportedMediaType,
    errors.InvalidBranding,
    InvalidRequest,
    Unavailable,
)
_LOGO = (*_READ, BodyTooLarge, errors.UnusableLogo)
_PICTURE: Final[Json] = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}


def document(refusals: Refusals) -> Json:
    """The document; `refusals` says how each is answered."""
    answers = {**HOUSE, **refusals}
    business = "/branding/businesses/{business_id}"
    settings: Json = {
        "application/json": {"schema": _reference("BrandingIn"), "examples": {"portal": {"value": EXAMPLE}}}
    }
    pictures: Json = dict.fromkeys(("image/png", "image/jpeg", "image/webp"), _PICTURE)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Settings of a business's customer portal", "version": "1", "description": _ABOUT},
        "security": [{"key": []}],
        "paths": {
            business: {
                "parameters": [_BUSINESS_ID],
                "get": _operation("readPortal", "Answer with the state of a portal", _READ, answers),
                "put": _operation(
                    "revisePortal", "Set everything but logo and switch", _REVISE, answers, settings
                ),
            },
            f"{business}/logo": {
                "parameters": [_BUSINESS_ID],
                "put": _operation(
                    "setLogo",
                    "Set the logo: the body is the picture",
                    _LOGO,
                    answers,
                    pictures,
                    {"warnings": []},
                ),
            },
            f"{business}/enable": {
                "parameters": [_BUSINESS_ID],
                "post": _operation("enablePortal", "Switch a portal on", _READ, answers),
            },
            f"{business}/disable": {
                "parameters": [_BUSINESS_ID],
                "post": _operation(
                    "disablePortal", "Switch a portal off, and end every session of it", _READ, answers
                ),
            },
        },
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`SERVICEHUB_API_KEY` of the portal.",
                }
            },
            "schemas": schemas(),
        },
    }


_BUSINESS_ID: Final[Json] = {
    "name": "business_id",
    "in": "path",
    "required": True,
    "description": "The business, as its events name it: 1 to 64 characters, no `/`, no control characters.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    "example": "biz-corner",
}


def _operation(
    name: str,
    summary: str,
    refused: Sequence[type[Refusal]],
    answers: Refusals,
    content: Json | None = None,
    beside: Json | None = None,
) -> Json:
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in refused:
        by_status.setdefault(answers[refusal].status, []).append(refusal)
    problems = {str(status): _problems(kinds, answers) for status, kinds in sorted(by_status.items())}
    body: Json = {"requestBody": {"required": True, "content": content}} if content else {}
    kind = "BusinessWithWarnings" if beside else "Business"
    example = {**example_answer(), **(beside or {})}
    state = {"schema": _reference(kind), "examples": {"portal": {"value": example}}}
    done = {"description": "The resulting state.", "content": {"application/json": state}}
    return {"operationId": name, "summary": summary, **body, "responses": {"200": done, **problems}}


def _problems(kinds: Sequence[type[Refusal]], answers: Mapping[type[Refusal], Answer]) -> Json:
    examples = {
        kind.code: {
            "value": {
                "type": "about:blank",
                "status": answers[kind].status,
                "code": kind.code,
                "title": answers[kind].title,
            }
        }
        for kind in kinds
    }
    problem = {"schema": _reference("Problem"), "examples": examples}
    said = " ".join(answers[kind].title for kind in kinds)
    return {"description": said, "content": {"application/problem+json": problem}}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}

"""The settings API as an OpenAPI document: what each route takes and answers, and every refusal of it.

Titles of problems and all schemas follow from what the service does.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from chassis.refusals import Refusal, Unauthorised, Unavailable
from chassis.web import Answer, BodyTooLarge, InvalidRequest, Refusals
from chassis.web.answers import HOUSE
from chassis.web.integrations import NotPermitted, TooManyWrongKeys

from branding import errors
from branding.http.openapi_schemas import EXAMPLE, Json, example_answer, schemas

_ABOUT: Final = """\
Sets up the customer portal of a business: its address, whether it is on, its name, logo, colours, languages,
time zone, support contact and payment account. Every answer is the whole state, in the fields of the event
that tells it to the other services; put back as it is, it changes nothing. A change with If-Match is made
only if nobody changed the portal since it was read; one that is made already is answered 200 again."""
_KEY = (Unauthorised, NotPermitted, TooManyWrongKeys)
_READ = (*_KEY, errors.UnknownBusiness, InvalidRequest, Unavailable)
_CHANGE = (*_READ, errors.PreconditionFailed)
_REVISE = (
    *_KEY,
    errors.SlugTaken,
    errors.DomainTaken,
    errors.PreconditionFailed,
    BodyTooLarge,
    errors.UnsupportedMediaType,
    errors.InvalidBranding,
    InvalidRequest,
    Unavailable,
)
_LOGO = (*_CHANGE, BodyTooLarge, errors.UnusableLogo)
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
                "post": _operation("enablePortal", "Switch a portal on", _CHANGE, answers),
            },
            f"{business}/disable": {
                "parameters": [_BUSINESS_ID],
                "post": _operation(
                    "disablePortal", "Switch a portal off, and end every session of it", _CHANGE, answers
                ),
            },
        },
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key of an integration: `id.secret`.",
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


_TAG_EXAMPLE: Final = '"3d1f0e9a5b7c4d2e8f6a1b0c9d8e7f60"'
_ETAG: Final[Json] = {
    "description": "The strong tag of this state. Only GET answers it (RFC 9110, 9.3.4).",
    "schema": {"type": "string"},
    "example": _TAG_EXAMPLE,
}
_IF_MATCH: Final[Json] = {
    "name": "If-Match",
    "in": "header",
    "description": "Change only what has this ETag, as GET answered it; `*`: only a portal that there is.",
    "schema": {"type": "string"},
    "example": _TAG_EXAMPLE,
}
_IF_NONE_MATCH: Final[Json] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "Of a GET: answer 304 if the state still has this ETag. Of a change, `*`: only create.",
    "schema": {"type": "string"},
    "example": _TAG_EXAMPLE,
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
    done: Json = {"description": "The resulting state.", "content": {"application/json": state}}
    unchanged: Json = {}
    if name == "readPortal":
        done["headers"] = {"ETag": _ETAG}
        unchanged = {"304": {"description": "The caller has it already.", "headers": {"ETag": _ETAG}}}
    parameters = [_IF_NONE_MATCH] if unchanged else [_IF_MATCH, _IF_NONE_MATCH]
    responses = {"200": done, **unchanged, **problems}
    return {"operationId": name, "summary": summary, "parameters": parameters, **body, "responses": responses}


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

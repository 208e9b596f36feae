"""What the settings API takes and answers, as JSON Schema, with one portal as the example of both."""

import json
from functools import cache
from typing import Final, cast

import msgspec
from servicehub_events import BrandingRevised
from servicehub_events.json_schema import schema_of
from servicehub_events.registry import REGISTRY

from branding.domain.portal import decide
from branding.http.body import BrandingIn, read_branding

Json = dict[str, object]

EXAMPLE: Final[Json] = {
    "slug": "corner-cleaning",
    "name": "Corner Cleaning",
    "colours": {"primary": "#1E7B57"},
    "locales": ["en", "ja"],
    "default_locale": "en",
    "time_zone": "America/New_York",
    "currency": "USD",
    "country": "US",
    "support": {"email": "help@example.com", "phone": "+12125550100"},
    "stripe_account": "acct_sparkle",
    "tips": {"percentages": [10, 15, 20]},
    "saved_cards": True,
    "reminders": {"hours_before": [48, 2]},
    "requests": {"kinds": ["move", "cancel", "message"], "notice_hours": 48},
    "domain": "portal.example.com",
}
"""A body of a PUT."""
PROOF_EXAMPLE: Final = "5b8c0f3e7d2a49169e4c1f6b0a7d8e35"
_PROBLEM: Final[Json] = {
    "type": "object",
    "description": "Why it was refused (RFC 9457).",
    "required": ["type", "status", "code", "title"],
    "properties": {
        "type": {"type": "string", "description": "Always `about:blank`: `code` is the type."},
        "status": {"type": "integer", "description": "The status of the answer."},
        "code": {"type": "string", "description": "Why, for machines; it stays the same."},
        "title": {"type": "string", "description": "Why, and what to do, for people."},
        "detail": {
            "type": "string",
            "description": "What is wrong with this request; names each wrong field.",
        },
    },
}

_WARNING: Final[Json] = {
    "type": "object",
    "description": "Something about a logo that is shown, but not shown well.",
    "required": ["code", "message"],
    "properties": {
        "code": {
            "type": "string",
            "enum": ["logo_faint", "logo_small", "logo_tall", "logo_wide"],
            "description": "What, for machines.",
        },
        "message": {"type": "string", "description": "What, and what to send instead, for people."},
    },
}


@cache
def example_answer() -> Json:
    """What the example is answered with."""
    (event,) = decide(read_branding(msgspec.json.encode(EXAMPLE), "biz-corner", PROOF_EXAMPLE), None)
    return cast("Json", msgspec.to_builtins(event))


def schemas() -> Json:
    """Every schema by name, references into the components of the document."""
    settings = BrandingIn.model_json_schema(ref_template="#/components/schemas/{model}")
    state = schema_of(REGISTRY.of_class(BrandingRevised))
    for keyword in ("$schema", "$id"):
        del state[keyword]
    state |= {"title": "Business", "description": "The whole state of a portal."}
    both: Json = {**_parts(settings), **_parts(state), "BrandingIn": settings, "Business": state}
    both |= {"LogoWarning": _WARNING, "BusinessWithWarnings": _with_warnings(state)}
    text = json.dumps({**both, "Problem": _PROBLEM}).replace("#/$defs/", "#/components/schemas/")
    return cast("Json", json.loads(text))


def _with_warnings(state: Json) -> Json:
    warnings: Json = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/LogoWarning"},
        "description": "What will not look well; empty for a good logo.",
    }
    properties = {**cast("Json", state["properties"]), "warnings": warnings}
    required = [*cast("list[str]", state["required"]), "warnings"]
    return {**state, "title": "BusinessWithWarnings", "properties": properties, "required": required}


def _parts(schema: Json) -> Json:
    return cast("Json", schema.pop("$defs", {}))

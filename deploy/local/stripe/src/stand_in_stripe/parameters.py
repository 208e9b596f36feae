"""From a form to typed parameters, refusing as Stripe does what is missing, unknown or of the wrong type.

Stripe's encoding: `line_items[0][price_data][currency]=usd`, `expand[]=payment_intent`.
"""

import re
from typing import Any, cast
from urllib.parse import parse_qsl

from stand_in_stripe.errors import invalid, missing, not_a_number, not_here
from stand_in_stripe.objects import Json

Tree = dict[str, "str | Tree"]
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
LONGEST_TEXT = 5_000
INTEGER = re.compile(r"-?[0-9]{1,18}")
WEB_ADDRESS = re.compile(r"https?://[^/?#\s]")


def decode(encoded: str) -> Tree:
    """The parameters as a tree; a list has the keys `0`, `1`, … A name used again replaces what was there."""
    root: Tree = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        first, *rest = name.split("[")
        *above, last = [first, *(step.removesuffix("]") for step in rest)]
        branch = root
        for step in above:
            below = branch.setdefault(step or str(len(branch)), {})
            if isinstance(below, str):
                below = branch[step] = {}
            branch = below
        branch[last or str(len(branch))] = value
    return root


def read(schema: Json, tree: Tree, path: str = "") -> Json:
    """The parameters that a schema of the table describes. Raises StripeError."""
    known: Json = schema["properties"]
    for name in tree:
        if not known.get(name, False):
            path = _below(path, name)
            if name in known:
                raise not_here(path)
            raise invalid(path, f"Received unknown parameter: {path}", "parameter_unknown")
    for name in schema["required"]:
        if name not in tree:
            raise missing(_below(path, name))
    return {name: _value(known[name], tree[name], _below(path, name)) for name in known if name in tree}


def _below(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(schema: Json, value: "str | Tree", path: str) -> object:
    if schema["type"] not in ("object", "array"):
        return _scalar(schema, value, path)
    if isinstance(value, str):
        raise invalid(path, f"Invalid object: {path} must be a hash.", "parameter_invalid_object")
    if schema["type"] == "array":
        entry = schema["items"] | ({"here": schema["here"]} if "here" in schema else {})
        return _list(entry, value, path)
    return read(schema, value, path) if "properties" in schema else _metadata(value, path)


def _list(schema: Json, entries: Tree, path: str) -> list[object]:
    if not all(key.isdigit() for key in entries):
        raise invalid(path, f"Invalid array: {path}.")
    return [_value(schema, entries[key], _below(path, key)) for key in sorted(entries, key=int)]


def _metadata(tree: Tree, path: str) -> dict[str, str]:
    if len(tree) > METADATA_KEYS:
        raise invalid(path, f"Metadata can have up to {METADATA_KEYS} keys, but you passed in {len(tree)}.")
    for key, value in tree.items():
        if isinstance(value, dict):
            raise invalid(_below(path, key), "Metadata values must be strings, but you passed in a hash.")
        if len(key) > METADATA_KEY_LENGTH or len(value) > METADATA_VALUE_LENGTH:
            limits = f"keys can have up to {METADATA_KEY_LENGTH} characters, values up to"
            raise invalid(_below(path, key), f"Metadata {limits} {METADATA_VALUE_LENGTH}.")
    return cast("dict[str, str]", {key: value for key, value in tree.items() if value})


def _scalar(schema: Json, value: "str | Tree", path: str) -> Any:
    if not isinstance(value, str):
        raise invalid(path, f"Invalid string: {path} must not be a hash.")
    if value == "":
        message = f"You passed an empty string for '{path}'."
        message += " We assume empty values are an attempt to unset it."
        raise invalid(path, message, "parameter_invalid_empty")
    parsed = _READERS[schema["type"]](schema, value, path)
    if parsed not in schema.get("here", [parsed]):
        raise not_here(path if parsed is True else f"{path}={value}")
    return parsed


def _text(schema: Json, value: str, path: str) -> str:
    if value not in schema.get("enum", [value]):
        raise invalid(path, f"Invalid {path}: must be one of {', '.join(schema['enum'])}")
    if len(value) > (limit := schema.get("maxLength", LONGEST_TEXT)):
        message = f"Invalid string: {path} must be at most {limit} characters."
        raise invalid(path, message, "parameter_invalid_string")
    if schema.get("format") == "url" and not WEB_ADDRESS.match(value):
        raise invalid(path, f"Not a valid URL: {value}", "url_invalid")
    if schema.get("format") == "email" and "@" not in value:
        raise invalid(path, f"Invalid email address: {value}", "email_invalid")
    return value


def _boolean(_schema: Json, value: str, path: str) -> bool:
    if value not in ("true", "false"):
        raise invalid(path, f"Invalid boolean: {value}", "parameter_invalid_boolean")
    return value == "true"


def _integer(schema: Json, value: str, path: str) -> int:
    if not INTEGER.fullmatch(value):
        raise not_a_number(path, f"Invalid integer: {value}")
    minimum, maximum = schema.get("minimum", int(value)), schema.get("maximum")
    if not minimum <= int(value) <= (int(value) if maximum is None else maximum):
        bounds = (
            f"greater than or equal to {minimum}" if maximum is None else f"between {minimum} and {maximum}"
        )
        raise not_a_number(path, f"This value must be {bounds}.")
    return int(value)


_READERS = {"string": _text, "boolean": _boolean, "integer": _integer}

"""From a form to a typed request, refusing as Stripe does what is missing, unknown or of the wrong type."""

import types
from typing import TypeGuard, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from stand_in_stripe.errors import invalid, missing, not_here, unknown
from stand_in_stripe.forms import Tree
from stand_in_stripe.shapes import Metadata

P = TypeVar("P", bound="Parameters")
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
LONGEST_TEXT = 5_000


class Parameters(msgspec.Struct, kw_only=True):
    """A set of parameters. `elsewhere` are those that Stripe has and the sandbox does not."""

    @classmethod
    def elsewhere(cls) -> frozenset[str]:
        """Names to refuse with a sentence of our own."""
        return frozenset()


def read(kind: type[P], tree: Tree, path: str = "") -> P:
    """Return the request. Raises StripeError."""
    fields = msgspec.structs.fields(kind)
    hints = get_type_hints(kind)
    for name in tree:
        if name not in hints:
            elsewhere = name in kind.elsewhere()
            raise (not_here if elsewhere else unknown)(_below(path, name))
    values: dict[str, object] = {}
    for field in fields:
        if field.name in tree:
            values[field.name] = _value(hints[field.name], tree[field.name], _below(path, field.name))
        elif field.required:
            raise missing(_below(path, field.name))
    return kind(**values)


def _below(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(hint: object, value: "str | Tree", path: str) -> object:
    hint = _without_none(hint)
    if get_origin(hint) is list:
        return _list(get_args(hint)[0], value, path)
    if hint == Metadata:
        return _metadata(_tree(value, path), path)
    if _is_parameters(hint):
        return read(hint, _tree(value, path), path)
    return _leaf(hint, value, path)


def _is_parameters(hint: object) -> "TypeGuard[type[Parameters]]":
    return isinstance(hint, type) and issubclass(hint, Parameters)


def _without_none(hint: object) -> object:
    if get_origin(hint) in (Union, types.UnionType):
        return next(each for each in get_args(hint) if each is not type(None))
    return hint


def _tree(value: "str | Tree", path: str) -> Tree:
    if isinstance(value, str):
        raise invalid(path, f"Invalid object: {path} must be a hash.", "parameter_invalid_object")
    return value


def _list(hint: object, value: "str | Tree", path: str) -> list[object]:
    entries = _tree(value, path)
    if not all(key.isdigit() for key in entries):
        raise invalid(path, f"Invalid array: {path}.")
    ordered = sorted(entries, key=int)
    return [_value(hint, entries[key], _below(path, key)) for key in ordered]


def _metadata(tree: Tree, path: str) -> Metadata:
    if len(tree) > METADATA_KEYS:
        raise invalid(path, f"Metadata can have up to {METADATA_KEYS} keys, but you passed in {len(tree)}.")
    for key, value in tree.items():
        if isinstance(value, dict):
            raise invalid(_below(path, key), "Metadata values must be strings, but you passed in a hash.")
        if len(key) > METADATA_KEY_LENGTH or len(value) > METADATA_VALUE_LENGTH:
            raise invalid(
                _below(path, key),
                f"Metadata keys can have up to {METADATA_KEY_LENGTH} characters,"
                f" values up to {METADATA_VALUE_LENGTH}.",
            )
    return {key: str(value) for key, value in tree.items() if value}


def _leaf(hint: object, value: "str | Tree", path: str) -> object:
    if not isinstance(value, str):
        raise invalid(path, f"Invalid string: {path} must not be a hash.")
    if value == "":
        message = (
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset it."
        )
        raise invalid(path, message, "parameter_invalid_empty")
    if hint is str:
        return _text(value, path)
    try:
        return msgspec.convert(value, cast("type[object]", hint), strict=False)
    except msgspec.ValidationError:
        raise _wrong(hint, value, path) from None


def _text(value: str, path: str) -> str:
    if len(value) > LONGEST_TEXT:
        message = f"Invalid string: {path} must be at most {LONGEST_TEXT} characters."
        raise invalid(path, message, "parameter_invalid_string")
    return value


def _wrong(hint: object, value: str, path: str) -> Exception:
    if hint is int:
        return invalid(path, f"Invalid integer: {value}", "parameter_invalid_integer")
    if hint is bool:
        return invalid(path, f"Invalid boolean: {value}", "parameter_invalid_boolean")
    choices = ", ".join(str(each) for each in get_args(hint))
    return invalid(path, f"Invalid {path}: must be one of {choices}")

"""A control of the running sandbox by hand: `python -m stand_in_stripe sessions/cs_…/refund amount=1000`."""

import re
from collections.abc import Mapping, Sequence

import httpx
import msgspec

from stand_in_stripe.controls import CONTROLS, Control
from stand_in_stripe.settings import DEFAULT_PORT


class NoSuchControl(Exception):
    """The path is none of a control, or what is sent does not fit it. The text says what does."""


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Do it, and return the answer. Raises NoSuchControl."""
    path, body = read(arguments)
    port = environment.get("STRIPE_PORT") or DEFAULT_PORT
    answer = httpx.post(f"http://localhost:{port}/_sandbox/{path}", content=body, trust_env=False)
    return answer.text


def read(arguments: Sequence[str]) -> tuple[str, bytes]:
    """The path, and what is sent to it. Raises NoSuchControl."""
    path, *pairs = arguments
    if (control := next((control for control in CONTROLS if _fits(control, path)), None)) is None:
        raise NoSuchControl(f"{path} is no control. There are:\n{usage()}")
    given = {name: value for name, _, value in (pair.partition("=") for pair in pairs)}
    try:
        wanted = msgspec.convert(given, control.wanted, strict=False)
    except msgspec.ValidationError as error:
        raise NoSuchControl(f"{error}\n{_line(control)}") from None
    return path, msgspec.json.encode(wanted)


def usage() -> str:
    """Every control with what may be sent, a line each."""
    return "\n".join(_line(control) for control in CONTROLS)


def _fits(control: Control, path: str) -> bool:
    return re.fullmatch(control.path.replace("{id}", "[^/]+"), path) is not None


def _line(control: Control) -> str:
    names = [field.name for field in msgspec.structs.fields(control.wanted)]
    return " ".join([control.path, *(f"{name}=…" for name in names)])

"""Asks the running simulator."""

import os
import sys
from typing import Annotated, Never

import httpx
import msgspec
import typer
from local_stack.settings import SettingError

from stand_in_servicehub.settings import simulator_url

TIMEOUT_SECONDS = 30

Business = Annotated[str, typer.Option(help="Id or slug, such as sparkle-home.")]
Appointment = Annotated[str, typer.Option(help="Id of the visit, such as v-2012.")]
Invoice = Annotated[str, typer.Option(help="Id of the invoice, such as inv-1042.")]
Customer = Annotated[str, typer.Option(help="Id of the customer, such as c-1001.")]


class _Answer(msgspec.Struct):
    message: str = ""
    detail: str = ""


def post(business: str, action: str, **values: object) -> None:
    """Do it and print what was published; what is None is left out. On failure: the reason, and code 1."""
    body = msgspec.json.encode({name: value for name, value in values.items() if value is not None})
    try:
        url = simulator_url(os.environ)
        path = f"{url}/api/businesses/{business}/{action}"
        with httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
            answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        told = msgspec.json.decode(answer.content, type=_Answer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        _fail(f"No simulator answers ({error}). Start it with `make run`, or set SIMULATOR_URL.")
    except (SettingError, msgspec.DecodeError) as error:
        _fail(f"{error}")
    if answer.is_error:
        _fail(told.detail or f"The simulator answered {answer.status_code}.")
    typer.echo(told.message)


def _fail(text: str) -> Never:
    typer.echo(text, err=True)
    sys.exit(1)

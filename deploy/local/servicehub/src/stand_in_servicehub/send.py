"""The command `send`: each action with its fields as options, done by the running simulator's JSON API."""

import os

import click
import httpx
import msgspec

from stand_in_servicehub.actions import ACTIONS, Action
from stand_in_servicehub.actions.fields import Input, nested
from stand_in_servicehub.settings import SettingError, simulator_url

TIMEOUT_SECONDS = 30


class Reply(msgspec.Struct):
    """What the API says: the message of an outcome, or the detail of a problem."""

    message: str = ""
    detail: str = ""


def send_group() -> click.Group:
    """Every action as a command."""
    where = "Make something happen in the running simulator, which is at SIMULATOR_URL or SIMULATOR_PORT."
    return click.Group(
        "send", [_command(action) for action in ACTIONS.values()], help=where, no_args_is_help=True
    )


def _command(action: Action) -> click.Command:
    def run(business: str, **given: object) -> None:
        values = {name: value for name, value in given.items() if value is not None}
        click.echo(_post(business, action.name, nested(action.inputs, values)))

    business = click.Option(["--business"], required=True, help="Id or slug, such as sparkle-home.")
    options: list[click.Parameter] = [business, *map(_option, action.inputs)]
    return click.Command(action.name, callback=run, params=options, help=action.help)


def _option(field: Input) -> click.Option:
    if field.ask.kind == "switch":
        return click.Option(["--on/--off", field.name], required=True, default=None)
    number = click.INT if field.ask.kind in ("money", "number") else click.STRING
    return click.Option(
        [f"--{field.option}", field.name],
        type=click.Choice(field.values) if field.values else number,
        required=field.required,
        multiple=field.ask.kind == "several",
        default=field.default,
        show_default=field.default is not None,
        help=field.ask.help,
    )


def _post(business: str, action: str, values: dict[str, object]) -> str:
    """Do it; what was published. Raises ClickException with the reason of a failure."""
    try:
        with httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
            path = f"{simulator_url(os.environ)}/api/businesses/{business}/{action}"
            answer = client.post(path, content=msgspec.json.encode(values))
        reply = msgspec.json.decode(answer.content, type=Reply)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        advice = "Start it with `make run`, or set SIMULATOR_URL."
        raise click.ClickException(f"No simulator answers ({error}). {advice}") from None
    except (SettingError, msgspec.DecodeError) as error:
        raise click.ClickException(str(error)) from None
    if answer.is_error:
        raise click.ClickException(reply.detail or f"The simulator answered {answer.status_code}.")
    return reply.message

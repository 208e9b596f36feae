"""`python -m stand_in_servicehub` serves; `… send <action>` asks the running one to do something."""

import asyncio
import logging
import os
import time

import click
import httpx
import msgspec

from stand_in_servicehub.actions import ACTIONS, Action
from stand_in_servicehub.actions.fields import Ask, nested
from stand_in_servicehub.demo import load_all, load_start_page
from stand_in_servicehub.server import serve
from stand_in_servicehub.settings import Settings, simulator_url

TIMEOUT_SECONDS = 30


@click.group(
    invoke_without_command=True,
    epilog="Settings (environment): PORTAL_PROFILE=local, SIMULATOR_PORT=8090, KAFKA_BOOTSTRAP, BRANDING_URL,"
    " BILLING_URL, INTEGRATION_KEY, PUBLIC_ORIGIN, MAILBOX_URL, STRIPE_URL, SIMULATOR_DATA (a folder).",
)
@click.pass_context
def main(context: click.Context) -> None:
    """Serve the simulator, a stand-in for ServiceHub core."""
    if context.invoked_subcommand is None:
        settings = Settings.from_environment(os.environ)
        logging.Formatter.converter = time.gmtime
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        for chatty in ("aiokafka", "httpx"):
            logging.getLogger(chatty).setLevel(logging.ERROR)
        asyncio.run(serve(settings))


@main.command()
def check() -> None:
    """Read the demo files and say what is wrong with them."""
    load_start_page(load_all())
    click.echo("The demo files are fine.")


@main.group(no_args_is_help=True)
def send() -> None:
    """Make something happen in the running simulator, which is at SIMULATOR_URL or SIMULATOR_PORT."""


def _command(action: Action) -> click.Command:
    def run(business: str, **given: object) -> None:
        values = {name: value for name, value in given.items() if value is not None}
        click.echo(_post(business, action.name, nested(action.inputs, values)))

    business = click.Option(["--business"], required=True, help="Id or slug, such as sparkle-home.")
    options: list[click.Parameter] = [business, *map(_option, action.inputs)]
    return click.Command(action.name, callback=run, params=options, help=action.help)


def _option(field: Ask) -> click.Option:
    if field.kind == "switch":
        return click.Option(["--on/--off", field.name], required=True, default=None)
    default = None if field.required or field.default == () else field.default
    number = click.INT if field.kind in ("money", "number") else click.STRING
    return click.Option(
        [f"--{field.option}", field.name],
        type=click.Choice(field.values) if field.values else number,
        required=field.required,
        multiple=field.kind == "several",
        default=default,
        show_default=default is not None,
        help=field.help,
    )


def _post(business: str, action: str, values: dict[str, object]) -> str:
    """Do it; what was published. Raises ClickException with the reason of a failure."""
    path = f"{simulator_url(os.environ)}/api/businesses/{business}/{action}"
    try:
        with httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
            answer = client.post(path, content=msgspec.json.encode(values))
        reply = msgspec.json.decode(answer.content, type=dict[str, object])
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError) as error:
        advice = "Start it with `make run`, or set SIMULATOR_URL."
        raise click.ClickException(f"No simulator answers ({error}). {advice}") from None
    if answer.is_error:
        raise click.ClickException(str(reply.get("detail")))
    return str(reply.get("message"))


for action in ACTIONS.values():
    send.add_command(_command(action))

if __name__ == "__main__":
    main(prog_name="python -m stand_in_servicehub")

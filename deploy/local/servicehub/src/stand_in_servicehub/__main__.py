"""`python -m stand_in_servicehub` serves; `… send <action>` asks the running one to do something."""

import asyncio
import logging
import os

import click

from stand_in_servicehub.demo import load_all, load_start_page
from stand_in_servicehub.send import send_group
from stand_in_servicehub.server import serve
from stand_in_servicehub.settings import SettingError, Settings


class _Group(click.Group):
    """Says what is wrong with a setting or a demo file without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SettingError as error:
            raise click.ClickException(str(error)) from None


@click.group(
    cls=_Group,
    invoke_without_command=True,
    epilog="Settings (environment): PORTAL_PROFILE=local, SIMULATOR_PORT=8090, KAFKA_BOOTSTRAP, BRANDING_URL,"
    " BRANDING_API_KEY, PUBLIC_ORIGIN, MAILBOX_URL, STRIPE_URL, SIMULATOR_DATA (a folder).",
)
@click.pass_context
def main(context: click.Context) -> None:
    """Serve the simulator, a stand-in for ServiceHub core."""
    if context.invoked_subcommand is None:
        settings = Settings.from_environment(os.environ)
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
        for chatty in ("aiokafka", "httpx"):
            logging.getLogger(chatty).setLevel(logging.ERROR)
        asyncio.run(serve(settings))


@main.command()
def check() -> None:
    """Read the demo files and say what is wrong with them."""
    load_start_page(load_all())
    click.echo("The demo files are fine.")


main.add_command(send_group())

if __name__ == "__main__":
    main(prog_name="python -m stand_in_servicehub")

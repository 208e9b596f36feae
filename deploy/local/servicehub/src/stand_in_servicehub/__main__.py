"""`python -m stand_in_servicehub` serves; `… send <action>` asks the running one to do something."""

import sys

import typer
from local_stack.settings import SettingError

from stand_in_servicehub.send.app import send
from stand_in_servicehub.server import serve

app = typer.Typer(add_completion=False, help=__doc__)
app.add_typer(send, name="send")


@app.callback(
    invoke_without_command=True,
    epilog="Settings (environment): PORTAL_PROFILE=local, SIMULATOR_PORT=8090, KAFKA_BOOTSTRAP, BRANDING_URL,"
    " BRANDING_API_KEY, PUBLIC_ORIGIN, SIMULATOR_DATA (a folder).",
)
def main(context: typer.Context) -> None:
    """Serve the simulator, a stand-in for ServiceHub core."""
    if context.invoked_subcommand is not None:
        return
    try:
        serve()
    except SettingError as problem:
        typer.echo(str(problem), err=True)
        sys.exit(1)


if __name__ == "__main__":
    app(prog_name="python -m stand_in_servicehub")

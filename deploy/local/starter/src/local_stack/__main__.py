"""`python -m local_stack run | clean | status | exec | browser`."""

import os
import shutil
import sys
from typing import Annotated, NoReturn

import typer

from local_stack.environment import SERVICES, Process
from local_stack.inside import NotRunning, run_inside
from local_stack.run import run as run_stack
from local_stack.servers.postgres import home_for, service_user
from local_stack.settings import PORTS, SettingError, Settings, data_folder
from local_stack.state import AlreadyRunning, is_running, read_state

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

PORT_HELP = ", ".join(f"{use.setting}={use.default}" for use in PORTS.values())


@app.command(
    epilog=f"Settings (environment): LOCAL_DATA, KAFKA_PARTITIONS=12; ports {PORT_HELP}; servers of your own:"
    " KAFKA_BOOTSTRAP, DATABASE_URL (an administrator's), REDIS_URL, SMTP_URL."
)
def run(
    *,
    servers_only: Annotated[bool, typer.Option(help="Only PostgreSQL, Valkey and Kafka.")] = False,
    throwaway: Annotated[
        bool, typer.Option(help="Faster and unsafe: for tests, never for data you want.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the servers' logs too.")] = False,
    end_with_parent: Annotated[
        bool, typer.Option(help="Stop when the program that started this one ends.")
    ] = False,
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C."""
    try:
        settings = Settings.from_environment(os.environ)
        code = run_stack(
            settings,
            servers_only=servers_only,
            throwaway=throwaway,
            verbose=verbose,
            end_with_parent=end_with_parent,
        )
    except (SettingError, AlreadyRunning) as problem:
        _fail(str(problem))
    except PermissionError as problem:
        _fail(f"{problem}. Does the data folder belong to another user? Choose another: LOCAL_DATA=…")
    raise typer.Exit(code)


@app.command()
def clean() -> None:
    """Delete all data of the stack (LOCAL_DATA, by default .local/run); the fetched Kafka stays cached."""
    data = data_folder(os.environ)
    if is_running(data):
        _fail(f"A stack is running on {data}: stop it first.")
    if data.exists() and any(data.iterdir()) and not (data / "lock").exists():
        _fail(f"{data} was not made by this command (it has no file named lock): delete it yourself.")
    for folder in {home_for(data, service_user()), data}:
        shutil.rmtree(folder, ignore_errors=True)
    typer.echo(f"Deleted {data}")


@app.command()
def status() -> None:
    """Show what is running; exit code 1 when the stack is not up."""
    state = read_state(data_folder(os.environ))
    if state is None:
        _fail("The local stack is not running. Start it with: make run")
    for name, condition in state.parts.items():
        typer.echo(f"{name:<24} {condition}")
    typer.echo(f"Ready: {state.addresses.public_origin}" if state.ready else "Not ready yet")
    raise typer.Exit(0 if state.ready else 1)


@app.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run_as(
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
    command: Annotated[list[str], typer.Argument(help="Such as: portal dlq list")],
    process: Annotated[Process, typer.Option("--as", help="Whose settings.")] = "worker",
) -> None:
    """Run a command with the settings of a service of the running stack: exec billing portal doctor."""
    if service not in SERVICES:
        _fail(f"There is no service {service}; there are {', '.join(SERVICES)}.")
    try:
        run_inside(data_folder(os.environ), service, process, [*command[command[0] == "--" :]])
    except FileNotFoundError:
        _fail(f"There is no program {command[0]}. Options of exec come before the service.")
    except (NotRunning, OSError) as problem:
        _fail(str(problem))


@app.command()
def browser() -> None:
    """Find or install a Chromium that draws Japanese, for the browser tests (CHROMIUM=/path chooses one)."""
    # Imported here: Playwright takes a moment to load, and no other command needs it.
    from local_stack.browser.found import NoBrowser
    from local_stack.browser.install import ensure_browser

    try:
        ensure_browser(lambda text: typer.echo(f"[browser] {text}"))
    except NoBrowser as problem:
        _fail(str(problem))


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    sys.exit(1)


if __name__ == "__main__":
    app(prog_name="python -m local_stack")

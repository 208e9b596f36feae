"""`python -m local_stack run | status | logs | exec | clean`."""

import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from local_stack.environment import FOR_ONLOOKERS, SERVICES, Process
from local_stack.errors import StackError, explain
from local_stack.follow import follow
from local_stack.run import run as run_stack
from local_stack.secrets_file import SecretsFile
from local_stack.servers.postgres import home_for, service_user
from local_stack.settings import Settings, data_folder
from local_stack.state import is_running, running

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help=__doc__,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@contextmanager
def _in_words() -> Generator[None]:
    """End with a sentence, never with a stack trace, when the machine or its user stands in the way."""
    try:
        yield
    except StackError as problem:
        sys.exit(str(problem))
    except OSError as problem:
        sys.exit(explain(problem))


@app.command(epilog="Settings come from the environment: deploy/local/README.md lists them.")
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
    with _in_words():
        settings = Settings.from_environment(os.environ)
        settings = replace(settings, servers_only=servers_only, throwaway=throwaway, verbose=verbose)
        raise typer.Exit(run_stack(settings, end_with_parent=end_with_parent))


@app.command()
def status() -> None:
    """Show what is running; exit code 1 when the stack is not up."""
    with _in_words():
        state = running(data_folder(os.environ))
    for name, condition in state.parts.items():
        typer.echo(f"{name:<24} {condition}")
    typer.echo(f"Ready: {state.addresses.public_origin}" if state.ready else "Not ready yet")
    raise typer.Exit(0 if state.ready else 1)


@app.command()
def logs(
    part: Annotated[str, typer.Argument(help="A service or part, such as billing or kafka; none: all.")] = "",
) -> None:
    """Show the newest lines of the running stack's logs, and new ones as they come, until Ctrl-C."""
    with _in_words():
        follow(data_folder(os.environ), part)


@app.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run_inside(
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
    command: Annotated[list[str], typer.Argument(help="Such as: portal dlq list")],
    process: Annotated[
        Process | None,
        typer.Option("--as", help="Whose settings; by default those that the command ends in, else worker."),
    ] = None,
) -> None:
    """Become a command with the settings of a running service: what `kubectl exec` is in a cluster."""
    command = command[command[0] == "--" :]
    data = data_folder(os.environ)
    with _in_words():
        if service not in SERVICES:
            raise StackError(f"There is no service {service}; there are {', '.join(SERVICES)}.")
        named: dict[str, Process] = {"api": "api", "worker": "worker", "migrate": "migrate"}
        variables = SERVICES[service][1](
            running(data).addresses,
            SecretsFile(data / "secrets.json"),
            process or named.get(command[-1], "worker"),
        )
        variables |= FOR_ONLOOKERS
        # Commands of this installation, such as `portal`, are found first.
        variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables.get('PATH', os.defpath)}"
        try:
            # The words are those of whoever runs this program, with nobody's rights but their own.
            os.execvpe(command[0], command, variables)  # noqa: S606  # to become that program is the purpose
        except FileNotFoundError:
            raise StackError(
                f"There is no program {command[0]}. Options of exec come before the service."
            ) from None


@app.command()
def clean() -> None:
    """Delete all data of the stack (LOCAL_DATA, by default .local/run); the fetched Kafka stays cached."""
    data = data_folder(os.environ)
    with _in_words():
        if is_running(data):
            raise StackError(f"A stack is running on {data}: stop it first.")
        if data.exists() and any(data.iterdir()) and not (data / "lock").exists():
            raise StackError(
                f"{data} was not made by this command (it has no file named lock): delete it yourself."
            )
    for folder in {home_for(data, service_user()), data}:
        shutil.rmtree(folder, ignore_errors=True)
    typer.echo(f"Deleted {data}")


if __name__ == "__main__":
    app(prog_name="python -m local_stack")

"""`portal`: the operators' command. Each installed package adds its own sub-commands by entry point.

A package names a `typer.Typer` in the entry point group `portal.commands`; the entry point's name is the
sub-command's. So a service's image shows only what it can do.
"""

import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

from chassis.commands.versions import versions

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
"""Settings of a root command, which its sub-commands inherit."""


def shell(only: str = "") -> typer.Typer:
    """The command with every sub-command that is installed here, or with one alone: that starts sooner."""
    app = typer.Typer(
        no_args_is_help=True,
        help="Operate the customer portal.",
        context_settings=HELP_OPTIONS,
        rich_markup_mode=None,
    )

    @app.callback()
    def root(
        *,
        version: Annotated[  # its callback does it all
            bool,
            typer.Option(
                "--version",
                callback=_show_versions,
                is_eager=True,
                help="Show what is installed here: packages and their schemas.",
            ),
        ] = False,
    ) -> None:
        """Operate the customer portal. Settings come from the environment, as they do for the services."""

    _ = root
    points = entry_points(group="portal.commands")
    if only in points.names:
        points = points.select(name=only)
    for point in sorted(points, key=lambda point: point.name):
        command = point.load()
        if not isinstance(command, typer.Typer):
            raise TypeError(f"entry point {point.name} of portal.commands is not a typer.Typer")
        app.add_typer(command, name=point.name)
    return app


def _show_versions(wanted: bool) -> None:
    if wanted:
        typer.echo("\n".join(versions()))
        raise typer.Exit


def main() -> None:
    """The `portal` command."""
    shell(only=sys.argv[1] if len(sys.argv) > 1 else "")()

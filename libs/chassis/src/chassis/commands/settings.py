"""`portal settings`: everything that the service of this image may be told by its environment."""

from importlib.metadata import entry_points
from typing import Annotated, cast

import typer

from chassis.commands.environment import EXIT_CODES, AsJson, fail, say_rows
from chassis.settings import ProcessSettings
from chassis.settings.described import DescribedSetting, described_settings

app = typer.Typer(help="List every setting: meaning, unit, default.", epilog=EXIT_CODES)


@app.callback(invoke_without_command=True)
def settings(
    *,
    service: Annotated[str, typer.Option(help="Of one service, where several are installed.")] = "",
    as_json: AsJson = False,
) -> None:
    """List what the service that is installed here may be told, by the classes that read it.

    `required` has no default: the process refuses to start without it. A secret belongs into a Secret, never
    into a manifest. No value is shown.
    """
    points = {point.name: point for point in entry_points(group="portal.services")}
    if service and service not in points:
        fail(f"{service} is not installed here: there is {', '.join(sorted(points)) or 'none'}.")
    rows = [
        _row(name, each)
        for name in ([service] if service else sorted(points))
        for each in described_settings(cast("type[ProcessSettings]", points[name].load()))
    ]
    say_rows(rows, "No service is installed here.", as_json=as_json)


def _row(service: str, setting: DescribedSetting) -> dict[str, str]:
    return {
        "service": service,
        "setting": setting.name,
        "default": "required" if setting.default is None else setting.default,
        "unit": setting.unit,
        "secret": "secret" if setting.secret else "",
        "meaning": setting.meaning,
    }

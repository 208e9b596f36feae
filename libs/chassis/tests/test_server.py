"""How a process serves HTTP behind a gateway."""

from datetime import timedelta

from chassis.process.service import server_config
from starlette.applications import Starlette

LONGEST_OF_THE_GATEWAYS = timedelta(minutes=2)
"""How long Caddy keeps an idle connection to a process; others keep theirs for less."""


def test_a_gateway_closes_its_idle_connections_before_we_do() -> None:
    kept = server_config(Starlette(), "127.0.0.1", 0).timeout_keep_alive
    assert timedelta(seconds=kept) > LONGEST_OF_THE_GATEWAYS

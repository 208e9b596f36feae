"""Which browser the tests use: the one that was tried and remembered, else what the machine has."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
from local_stack import servers

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The tests open our own pages only, and neither root nor most containers can have Chromium's sandbox.
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none")


class NoBrowser(Exception):
    """No Chromium that can be used. The text says what to do."""


class Browser(msgspec.Struct, frozen=True):
    """What Playwright's `launch` needs. `extra` are variables beside our own environment."""

    executable: str
    extra: dict[str, str] = {}
    args: list[str] = msgspec.field(default_factory=lambda: list(ARGS))

    @property
    def environment(self) -> dict[str, str | float | bool]:
        """The variables of the browser's process. Its clock is the machine's: under a faked one it spins."""
        ours = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        return {**ours, **self.extra}


def cache_folder() -> Path:
    """Return where browsers that we brought lie, and which one is remembered."""
    return servers.cache_folder() / "browser"


def find_browser() -> Browser:
    """Return the browser for the tests, without trying it. Raises NoBrowser."""
    if first := next(browsers_at_hand(), None):
        return first
    raise NoBrowser("There is no Chromium for the browser tests. Run `make browser`, or set CHROMIUM=/path")


def browsers_at_hand() -> Iterator[Browser]:
    """Yield CHROMIUM alone when it is set, else the remembered browser, then those on the PATH."""
    remembered = _remembered()
    if chosen := os.environ.get("CHROMIUM"):
        executable = shutil.which(chosen)
        if executable is None:
            raise NoBrowser(f"CHROMIUM={chosen} is no program: correct it or unset it.")
        yield remembered if remembered and remembered.executable == executable else Browser(executable)
        return
    if remembered:
        yield remembered
    yield from browsers_on_the_path()


def browsers_on_the_path() -> Iterator[Browser]:
    """Yield those that the machine itself has."""
    yield from (Browser(executable) for name in NAMES if (executable := shutil.which(name)))


def remember(browser: Browser) -> None:
    """Let `find_browser` return this one from now on."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    new = cache_folder() / f"browser.{os.getpid()}.new"
    new.write_bytes(msgspec.json.encode(browser))
    new.replace(cache_folder() / "browser.json")


def _remembered() -> Browser | None:
    try:
        browser = msgspec.json.decode((cache_folder() / "browser.json").read_bytes(), type=Browser)
    except (OSError, msgspec.DecodeError):
        return None
    return browser if os.access(browser.executable, os.X_OK) else None

"""Which browser the tests use: the one that was tried and remembered, else what the machine has."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

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
        """The variables of the browser's process."""
        return {**os.environ, **self.extra}


def cache_folder() -> Path:
    """Return our folder in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "servicehub-portal" / "browser"


def find_browser() -> Browser:
    """Return the browser for the tests, without trying it. Raises NoBrowser."""
    first = next(there(), None)
    if first is None:
        raise NoBrowser(
            "There is no Chromium for the browser tests. Run `make browser`, or set CHROMIUM=/path"
        )
    return first


def there() -> Iterator[Browser]:
    """Every browser at hand: CHROMIUM alone when set, else the remembered one, then those on the PATH."""
    if chosen := os.environ.get("CHROMIUM"):
        executable = shutil.which(chosen)
        if executable is None:
            raise NoBrowser(f"CHROMIUM={chosen} is no program: correct it or unset it.")
        remembered = _remembered()
        yield remembered if remembered and remembered.executable == executable else Browser(executable)
        return
    if (remembered := _remembered()) is not None:
        yield remembered
    for name in NAMES:
        if found := shutil.which(name):
            yield Browser(found)


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

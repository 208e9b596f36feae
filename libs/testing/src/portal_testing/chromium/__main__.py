"""Find or install a Chromium that draws Japanese, for the browser tests (CHROMIUM=/path chooses one)."""

import sys

from portal_testing.chromium.found import NoBrowser
from portal_testing.chromium.install import ensure_browser

if __name__ == "__main__":
    try:
        ensure_browser(lambda text: print(f"[browser] {text}", flush=True))  # noqa: T201
    except NoBrowser as problem:
        sys.exit(str(problem))

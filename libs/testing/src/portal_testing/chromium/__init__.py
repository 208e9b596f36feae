"""A Chromium for the browser tests that draws Japanese: the machine's own, or one brought by a registry.

`python -m portal_testing.chromium` finds or installs it, tries it, and remembers it for the tests.
"""

from portal_testing.chromium.found import Browser, NoBrowser, find_browser
from portal_testing.chromium.launch import chromium, violations

__all__ = ["Browser", "NoBrowser", "chromium", "find_browser", "violations"]

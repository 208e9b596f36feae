"""A Chromium for the browser tests that draws Japanese: the machine's own, or one brought by a registry.

browser = find_browser()
playwright.chromium.launch(executable_path=browser.executable, args=browser.args, env=browser.environment)
"""

from local_stack.browser.found import Browser, NoBrowser, find_browser

__all__ = ["Browser", "NoBrowser", "find_browser"]

"""For browser tests: the Chromium of `make browser`, and axe in an open page."""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

import axe_playwright_python
import msgspec
from playwright.sync_api import Browser, Page, expect, sync_playwright

from portal_testing.chromium.found import find_browser

_EXPECT_MILLISECONDS = 15_000
"""A page that is slow because the machine is busy is no failure."""
# With RenderDocument, Chromium says now and then that it closes a page that has just gone back, and does not:
# `close` then waits for ever (playwright issue 42068). Of two such switches the last one counts, so that this
# one names also what Playwright switches off.
_WITHOUT_FEATURES = "--disable-features=" + ",".join(
    (
        "RenderDocument",
        "AvoidCorsURLLoaderRestartOnRedirect",
        "AvoidUnnecessaryBeforeUnloadCheckSync",
        "DestroyProfileOnBrowserClose",
        "HttpsFirstBalancedModeAutoEnable",
        "HttpsUpgrades",
        "MediaRouter",
        "NetworkTimeServiceQuerying",
        "OptimizationHints",
        "PaintHolding",
        "PreconnectToSearch",
        "ThirdPartyStoragePartitioning",
    )
)
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# `preload` would fetch every stylesheet again, for rules that are not run.
_RUN = """([rules, without]) => axe.run({
  resultTypes: ["violations"], preload: false,
  ...(rules.length ? {runOnly: {type: "rule", values: rules}} : {}),
  rules: Object.fromEntries(without.map((rule) => [rule, {enabled: false}])),
}).then(({violations}) => violations.map(({id, help, nodes}) =>
  ({id, help, nodes: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`)})))"""


class Violation(msgspec.Struct):
    """A rule of axe that a page breaks, and where."""

    id: str
    help: str
    nodes: list[str]


@contextmanager
def chromium(*, keeps_pages: bool = False) -> Generator[Browser]:
    """Run the browser that `make browser` chose. Raises NoBrowser.

    One that `keeps_pages` has a back/forward cache, as people's browsers do and Playwright's does not.
    """
    found = find_browser()
    expect.set_options(timeout=_EXPECT_MILLISECONDS)
    without = ["--disable-back-forward-cache"] if keeps_pages else None
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found.executable,
            args=[*found.args, _WITHOUT_FEATURES],
            env=found.environment,
            ignore_default_args=without,
        )
        try:
            yield running
        finally:
            running.close()


def violations(page: Page, *rules: str, without: Collection[str] = ()) -> list[Violation]:
    """Return what axe finds in the page as it stands; all rules, or only those named, but for some."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    return msgspec.convert(page.evaluate(_RUN, [list(rules), list(without)]), list[Violation])

"""Does this browser work here, and does it draw Japanese? The only way to know is to open a page with it."""

from dataclasses import dataclass
from pathlib import Path

from local_stack.servers import folder_of
from playwright.sync_api import Error, sync_playwright

from portal_testing.chromium.found import Browser, cache_folder

LAUNCH_MILLISECONDS = 30_000
FONT_PACKAGE = "noto_cjk_sans_jp_regular"
# A missing character is drawn as a box, and all boxes look the same.
_DRAWS_JAPANESE = """() => {
  const drawn = (text) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 40;
    const pen = canvas.getContext("2d");
    pen.font = "32px sans-serif";
    pen.fillText(text, 2, 34);
    return canvas.toDataURL();
  };
  return drawn("日") !== drawn("様");
}"""
_FONT_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
{folders}
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


@dataclass(frozen=True)
class Trial:
    """What came of it: `problem` is empty when pages open."""

    version: str = ""
    draws_japanese: bool = False
    problem: str = ""


def tried(browser: Browser) -> Trial:
    """Open an empty page. Takes about a second."""
    try:
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(
                executable_path=browser.executable,
                args=browser.args,
                env=browser.environment,
                timeout=LAUNCH_MILLISECONDS,
            )
            page = running.new_page()
            return Trial(running.version, page.evaluate(_DRAWS_JAPANESE) is True)
    except Error as error:
        return Trial(problem=_reason(error))


def japanese_fonts(*more: Path) -> dict[str, str]:
    """Return the variables that add Noto Sans JP from its wheel and the fonts in `more`."""
    folders = "\n".join(f"  <dir>{folder}</dir>" for folder in (folder_of(FONT_PACKAGE), *more))
    file = cache_folder() / "fonts.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_FONT_CONFIGURATION.format(folders=folders, cache=cache_folder() / "fontconfig"))
    return {"FONTCONFIG_FILE": str(file)}


def _reason(error: Error) -> str:
    """The browser's own last words, when it had any."""
    lines = [line.strip() for line in error.message.splitlines() if line.strip()]
    said = [line.partition("[err]")[2].strip() for line in lines if "[err]" in line]
    return (said or lines or ["no reason given"])[0][:300]

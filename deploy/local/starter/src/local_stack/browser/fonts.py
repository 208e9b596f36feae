"""Japanese for a machine without Japanese fonts, and without being root: Noto Sans from a wheel."""

from pathlib import Path

from local_stack.browser.found import cache_folder
from local_stack.packages import folder_of

FONT_PACKAGE = "noto_cjk_sans_jp_regular"
_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
{folders}
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def japanese_fonts(*more: Path) -> dict[str, str]:
    """Return the variables that add Noto Sans JP, and the fonts in `more`, to those of the machine."""
    folders = "\n".join(f"  <dir>{folder}</dir>" for folder in (folder_of(FONT_PACKAGE), *more))
    file = cache_folder() / "fonts.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_CONFIGURATION.format(folders=folders, cache=cache_folder() / "fontconfig"))
    return {"FONTCONFIG_FILE": str(file)}

"""The icon of a business without a logo: the first letter of its name, on its colour, as pages show it.

It is a drawing, so that the browser's own fonts write a letter of any script. Nothing of the business but
that letter is in it; it holds neither style nor script.
"""

import unicodedata
from typing import Final
from xml.sax.saxutils import escape

from chassis.words.palette import palette

LETTER_ICON_SIDE: Final = 192
_FONTS: Final = "system-ui, 'Hiragino Sans', 'Noto Sans JP', Meiryo, sans-serif"
_DRAWING: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 192 192">'
    '<rect x="4" y="4" width="184" height="184" rx="52" fill="{fill}" stroke="{edge}" stroke-width="8"/>'
    '<text x="96" y="96" dy=".36em" text-anchor="middle" font-family="{fonts}" font-size="112"'
    ' font-weight="700" fill="{on}">{letter}</text></svg>\n'
)


def letter_icon(name: str, primary: str) -> str:
    """The SVG for a name and a picked colour `#rrggbb`."""
    light = palette(primary).light
    letter = unicodedata.normalize("NFC", name).lstrip().upper()[:1]
    return _DRAWING.format(fill=light.fill, edge=light.edge, on=light.on, fonts=_FONTS, letter=escape(letter))

"""What a person calls the thing in their hand: "Safari on iPhone", from the User-Agent header."""

import re

# The first that fits names it: most browsers also claim to be those further down.
_BROWSERS = (
    (r"\bLine/", "LINE"),
    (r"\b(FBAN|FBAV)\b", "Facebook"),
    (r"\bInstagram\b", "Instagram"),
    (r"\b(Edg|EdgA|EdgiOS)/", "Edge"),
    (r"\b(OPR|OPT|OPiOS)/", "Opera"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bYJApp|\bYahooMobile", "Yahoo! JAPAN"),
    (r"\b(Firefox|FxiOS)/", "Firefox"),
    (r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bWindows\b", "Windows"),
    (r"\bCrOS\b", "Chromebook"),
    (r"\bMac OS X\b|\bMacintosh\b", "Mac"),
    (r"\bLinux\b", "Linux"),
)


def device_name(user_agent: str) -> str:
    """Browser and system as far as they are known; short, and never what was sent itself."""
    agent = user_agent[:512]
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for pattern, name in names if re.search(pattern, agent)), "")

"""Links made of what others wrote: only schemes that can't run script, and always escaped."""

import html
from urllib.parse import quote, urlsplit

import minijinja


def web_link(url: str | None) -> str | None:
    """The address when it is a plain web or same-origin one, else None: `javascript:` never gets a link."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme in ("https", "http") and parts.netloc:
        return url
    same_origin = url.startswith("/") and not url.startswith(("//", "/\\"))
    return url if same_origin else None


def web_name(url: str) -> str:
    """https://www.sparklehome.example/ → sparklehome.example."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def tel_link(number: str, shown: str) -> str:
    return minijinja.safe(f'<a class="nb" href="tel:{html.escape(number)}">{html.escape(shown)}</a>')


def map_link(address: str) -> str:
    """A plain link to a map search; nothing is asked of anybody until it is pressed."""
    return f"https://www.google.com/maps/search/?api=1&query={quote(address)}"

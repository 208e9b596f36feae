"""The language of the page somebody reads, for a message to somebody we may not know."""

from collections.abc import Sequence


def page_language(chosen: str, accept_language: str, offered: Sequence[str]) -> str | None:
    """The first of the cookie's choice and the browser's wishes (RFC 9110, 12.5.4) that is offered."""
    by_name = {locale.lower(): locale for locale in offered}
    by_language = {locale.split("-")[0].lower(): locale for locale in reversed(offered)}
    for wish in (chosen, *_wishes(accept_language)):
        name = wish.lower()
        found = by_name.get(name) or by_language.get(name.split("-")[0])
        if found:
            return found
    return None


def _wishes(header: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in header[:512].split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if name and weight > 0:
            weighted.append((-weight, name))
    return [name for _, name in sorted(weighted, key=lambda one: one[0])]

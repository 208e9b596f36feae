"""Names that a command is given: one that nothing has is refused, with those that it looks like."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

import typer

_CLOSE = 0.6
_SUGGESTIONS = 3


def check_name(what: str, given: str | None, known: Collection[str]) -> None:
    """Raise `typer.BadParameter` for a name that is given and not known."""
    if given is not None and given not in known:
        raise typer.BadParameter(f"there is no {what} {given}{suggestion(given, known)}")


def suggestion(given: str, known: Collection[str], shown: Mapping[str, str] | None = None) -> str:
    """`: did you mean a or b?`, or else all there are. `shown` is how a known name is written."""
    similar = get_close_matches(given.casefold(), [name.casefold() for name in known], 9, _CLOSE)
    written = {name.casefold(): (shown or {}).get(name, name) for name in known}
    names = list(dict.fromkeys(written[name] for name in similar))[:_SUGGESTIONS]
    if names:
        return f": did you mean {' or '.join(names)}?"
    return f": there are {', '.join(sorted(set(written.values()))) or 'none'}"

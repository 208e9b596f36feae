"""Stripe's form encoding: `line_items[0][price_data][currency]=usd`, `expand[]=payment_intent`."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

Tree = dict[str, "str | Tree"]


def decode(encoded: str) -> Tree:
    """Return the parameters as a tree; the entries of a list have the keys `0`, `1`, …"""
    return nest(parse_qsl(encoded, keep_blank_values=True))


def nest(pairs: Iterable[tuple[str, str]]) -> Tree:
    """Return the tree of names with brackets. A name used again replaces what was there."""
    root: Tree = {}
    for name, value in pairs:
        *above, last = _path(name)
        branch = root
        for step in above:
            below = branch.setdefault(step or str(len(branch)), {})
            if isinstance(below, str):
                below = branch[step] = {}
            branch = below
        branch[last or str(len(branch))] = value
    return root


def _path(name: str) -> list[str]:
    first, *rest = name.split("[")
    return [first, *(step.removesuffix("]") for step in rest)]

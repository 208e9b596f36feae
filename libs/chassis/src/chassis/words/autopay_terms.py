"""Which words autopay is agreed to with: a page shows them, billing records their version."""

from typing import Final

TERMS: Final = "autopay-1"
"""Raised with every change of meaning of the words beside the switch (portal-read's `autopay_parts.html`)."""

"""Colours as WCAG 2.2 measures them: relative luminance and contrast."""

from typing import Final

WHITE: Final = "#ffffff"
INK: Final = "#101315"

Rgb = tuple[float, float, float]


def linear(colour: str) -> Rgb:
    """The linear-light channels of `#rrggbb`, each 0 to 1."""
    value = int(colour[1:], 16)
    return _LINEAR[value >> 16], _LINEAR[value >> 8 & 255], _LINEAR[value & 255]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _decode(byte: int) -> float:
    channel = byte / 255
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


_LINEAR = tuple(_decode(byte) for byte in range(256))

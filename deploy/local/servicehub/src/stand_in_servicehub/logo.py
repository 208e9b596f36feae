"""Draws the demo businesses' logos: a white mark on a disc of the brand colour, as PNG."""

import math
import struct
import zlib
from collections.abc import Callable
from functools import cache

SIZE = 256
_GRID = (0.25, 0.75)  # four samples a pixel, so that edges are smooth
Mark = Callable[[float, float], bool]
"""Whether the mark covers a point; the disc has radius 1 around (0, 0)."""


def star(x: float, y: float) -> bool:
    """A four-pointed sparkle."""
    return math.sqrt(abs(x)) + math.sqrt(abs(y)) < math.sqrt(0.78)


def sun(x: float, y: float) -> bool:
    """A sun with eight rays."""
    radius, turn = math.hypot(x, y), math.atan2(y, x) / (math.pi / 4)
    return radius < 0.34 or (0.46 < radius < 0.76 and abs(turn - round(turn)) * radius < 0.1)


@cache
def draw(colour: str, mark: Mark) -> bytes:
    """A PNG of 256 × 256 pixels with a transparent ground. `colour` is `#rrggbb`."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    colours, columns = (red, green, blue), range(SIZE)
    rows = (b"\0" + b"".join(_pixel(column, row, colours, mark) for column in columns) for row in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)  # 8 bits, RGBA (PNG specification, 11.2.1)
    data = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _pixel(column: int, row: int, colour: tuple[int, int, int], mark: Mark) -> bytes:
    points = [_point(column + dx, row + dy) for dx in _GRID for dy in _GRID]
    inside = [point for point in points if math.hypot(*point) <= 1]
    if not inside:
        return bytes(4)
    white = sum(mark(x, y) for x, y in inside) / len(inside)
    shades = (round(channel + (255 - channel) * white) for channel in colour)
    return bytes((*shades, round(255 * len(inside) / len(points))))


def _point(column: float, row: float) -> tuple[float, float]:
    return column / SIZE * 2 - 1, row / SIZE * 2 - 1


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

"""Our stylesheet and scripts: hashed once at start-up, served under names that never change their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_DIRECTORY: Final = Path(__file__).parent.parent / "assets"
_PREFIX: Final = "/portal/assets/"
_SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "portal.css": ("tokens.css", "portal.css"),
    "live.js": ("live.js",),
    "code.js": ("code.js",),
    "passkeys.js": ("passkeys.js",),
    "offline.js": ("offline.js",),
}
_CONTENT_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """`url` holds a hash of `body`, so it may be cached for ever (`public, max-age=31536000, immutable`)."""

    url: str
    body: bytes
    content_type: str


@cache
def assets() -> Mapping[str, StaticFile]:
    """Every asset by its plain name: portal.css, live.js, code.js, passkeys.js, offline.js."""
    return {name: _asset(name, sources) for name, sources in _SOURCES.items()}


def asset_named(file_name: str) -> StaticFile | None:
    """The asset a request names (`portal-0123456789ab.css`), or None when no such build is here."""
    return _by_file_name().get(file_name)


@cache
def worker_script(*, on: bool) -> bytes:
    """The service worker, or the one that removes it. Its address never changes: browsers ask for it anew."""
    return (_DIRECTORY / ("worker.js" if on else "worker-off.js")).read_bytes()


@cache
def _by_file_name() -> Mapping[str, StaticFile]:
    return {asset.url.removeprefix(_PREFIX): asset for asset in assets().values()}


def _asset(name: str, sources: tuple[str, ...]) -> StaticFile:
    body = b"\n".join((_DIRECTORY / source).read_bytes().strip() for source in sources) + b"\n"
    stem, extension = name.split(".")
    digest = hashlib.sha256(body).hexdigest()[:12]
    return StaticFile(f"{_PREFIX}{stem}-{digest}.{extension}", body, _CONTENT_TYPES[extension])

"""Published files: named by what is in them, so that they never change and can be kept for ever."""

import hashlib
import re
from dataclasses import dataclass
from typing import NamedTuple, Self

CONTENT_TYPES = {
    "svg": "image/svg+xml",  # of our own drawing alone: an upload never is one
    "css": "text/css; charset=utf-8",
    "webp": "image/webp",
    "png": "image/png",
    "jpg": "image/jpeg",
}
"""What may be published, by extension."""

_HASH_DIGITS = 16
_FILE_NAME = re.compile(rf"([a-z0-9]+(?:-[a-z0-9]+)*)-([0-9a-f]{{{_HASH_DIGITS}}})\.(css|svg|webp|png|jpg)")


class FileName(NamedTuple):
    """`{name}-{hash}.{extension}`, taken apart."""

    name: str
    hash: str
    extension: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Take a file name apart; None when it cannot be one of ours."""
        match = _FILE_NAME.fullmatch(text)
        return cls(*match.groups()) if match else None


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file as it is served."""

    name: str
    extension: str
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type."""
        return CONTENT_TYPES[self.extension]

    @property
    def served_type(self) -> str:
        """The same as its Content-Type says it: of XML with the encoding, which stored rows do not name."""
        return f"{self.content_type}; charset=utf-8" if self.extension == "svg" else self.content_type

    @property
    def hash(self) -> str:
        """The first 64 bits of the SHA-256, in hexadecimal: a name within one business, not a secret."""
        return hashlib.sha256(self.body).hexdigest()[:_HASH_DIGITS]

    def url(self, slug: str) -> str:
        """The path on the portal's origin, below a portal's slug."""
        return f"/branding/{slug}/{self.name}-{self.hash}.{self.extension}"


def below_slug(url: str, slug: str) -> str:
    """The same file below another slug."""
    return f"/branding/{slug}/{url.rpartition('/')[2]}"

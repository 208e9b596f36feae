"""Which Maven repository to ask: MAVEN_REPOSITORY, else the user's own Maven mirror, else Maven's default."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

MIRRORS_OF_CENTRAL = {"*", "central", "external:*"}


@dataclass(frozen=True)
class Mirror:
    """A repository address, with the user's credentials for it where there are any."""

    address: str
    username: str | None = None
    password: str | None = None


def configured_mirror(address: str | None, settings: Path) -> Mirror | None:
    """Return the mirror that stands for Maven's central repository, or None when none is set up."""
    if address:
        return Mirror(address)
    if not settings.exists():
        return None
    root = Xml.parse(settings).getroot()  # noqa: S314 - the user's own file
    for mirror in root.iterfind("{*}mirrors/{*}mirror"):
        stands_for = {part.strip() for part in mirror.findtext("{*}mirrorOf", "").split(",")}
        url = mirror.findtext("{*}url")
        if url and stands_for & MIRRORS_OF_CENTRAL and "!central" not in stands_for:
            return _with_credentials(root, mirror.findtext("{*}id"), url)
    return None


def _with_credentials(root: Xml.Element, identifier: str | None, url: str) -> Mirror:
    for server in root.iterfind("{*}servers/{*}server"):
        if server.findtext("{*}id") == identifier:
            return Mirror(url, server.findtext("{*}username"), server.findtext("{*}password"))
    return Mirror(url)

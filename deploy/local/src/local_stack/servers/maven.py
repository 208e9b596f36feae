"""Which Maven repository to ask: MAVEN_REPOSITORY, else the user's own Maven mirror, else the client's default."""

import os
from dataclasses import dataclass
from pathlib import Path

from lxml import etree
from maven_artifact.downloader import Downloader
from maven_artifact.requestor import Requestor

TIMEOUT_SECONDS = 60
MIRRORS_OF_CENTRAL = {"*", "central", "external:*"}


@dataclass(frozen=True)
class Mirror:
    """A repository address, with the user's credentials for it where there are any."""

    address: str
    username: str | None = None
    password: str | None = None


def downloader() -> Downloader:
    """Return a client for the repository of this environment."""
    mirror = configured_mirror(os.environ.get("MAVEN_REPOSITORY"), Path.home() / ".m2" / "settings.xml")
    made = Downloader(mirror.address, mirror.username, mirror.password) if mirror else Downloader()
    made.requestor = _WithTimeout(made.requestor)
    made.resolver.requestor = made.requestor
    return made


def configured_mirror(address: str | None, settings: Path) -> Mirror | None:
    """Return the mirror that stands for Maven's central repository, or None when none is set up."""
    if address:
        return Mirror(address)
    if not settings.exists():
        return None
    root = etree.parse(settings).getroot()
    for mirror in root.iterfind(".//{*}mirrors/{*}mirror"):
        stands_for = {part.strip() for part in (mirror.findtext("{*}mirrorOf") or "").split(",")}
        url = mirror.findtext("{*}url")
        if url and stands_for & MIRRORS_OF_CENTRAL and "!central" not in stands_for:
            return _with_credentials(root, mirror.findtext("{*}id"), url)
    return None


def _with_credentials(root: etree._Element, identifier: str | None, url: str) -> Mirror:
    for server in root.iterfind(".//{*}servers/{*}server"):
        if server.findtext("{*}id") == identifier:
            return Mirror(url, server.findtext("{*}username"), server.findtext("{*}password"))
    return Mirror(url)


class _WithTimeout(Requestor):
    """maven-artifact asks without a time limit; a silent network would hang the first start for ever."""

    def __init__(self, like: Requestor) -> None:
        super().__init__(username=like.username, password=like.password, token=like.token)

    def request(self, url, onFail, onSuccess=None, method="get", **options):  # noqa: ANN001, ANN003, ANN201, N803 # pyright: ignore
        return super().request(url, onFail, onSuccess, method, timeout=TIMEOUT_SECONDS, **options)

"""Where Kafka's jars come from: MAVEN_REPOSITORY, else the user's own Maven mirror, else Maven's default.

The client is PyPI's `maven-artifact`, with a time limit.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportUnknownVariableType=false
# maven-artifact has no types; nothing untyped leaves this file.

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

from maven_artifact.artifact import Artifact
from maven_artifact.downloader import Downloader
from maven_artifact.requestor import RequestException, Requestor

from local_stack.errors import StackError

MIRRORS_OF_CENTRAL = {"*", "central", "external:*"}
TIMEOUT_SECONDS = 60


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


def download(group: str, artifact: str, version: str, to: Path, mirror: Mirror | None) -> None:
    """Write one jar to `to`. Raises StackError with the repository's reason."""
    client = Downloader(mirror.address, mirror.username, mirror.password) if mirror else Downloader()
    client.requestor = _WithTimeout(client.requestor)
    client.resolver.requestor = client.requestor
    try:
        client.download(Artifact(group, artifact, version), str(to))
    except RequestException as error:
        raise StackError(str(error.msg)) from error
    except OSError as error:
        raise StackError(str(error)) from error


def _with_credentials(root: Xml.Element, identifier: str | None, url: str) -> Mirror:
    for server in root.iterfind("{*}servers/{*}server"):
        if server.findtext("{*}id") == identifier:
            return Mirror(url, server.findtext("{*}username"), server.findtext("{*}password"))
    return Mirror(url)


class _WithTimeout(Requestor):
    """The client asks without a time limit; a silent network would hang the first start for ever."""

    def __init__(self, like: Requestor) -> None:
        super().__init__(username=like.username, password=like.password, token=like.token)

    def request(self, *arguments, **options):  # noqa: ANN002, ANN003, ANN202
        return super().request(*arguments, timeout=TIMEOUT_SECONDS, **options)

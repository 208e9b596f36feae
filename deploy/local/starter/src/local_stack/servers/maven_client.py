"""The Maven client of PyPI's `maven-artifact`, with a time limit and types."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportUnknownVariableType=false
# maven-artifact has no types; nothing untyped leaves this file.

from pathlib import Path

from maven_artifact.artifact import Artifact
from maven_artifact.downloader import Downloader
from maven_artifact.requestor import RequestException, Requestor

from local_stack.servers.maven import Mirror

TIMEOUT_SECONDS = 60


class DownloadFailed(Exception):
    """The repository did not give the file; the text is its reason."""


def download(group: str, artifact: str, version: str, to: Path, mirror: Mirror | None) -> None:
    """Write one jar to `to`. Raises DownloadFailed."""
    client = Downloader(mirror.address, mirror.username, mirror.password) if mirror else Downloader()
    client.requestor = _WithTimeout(client.requestor)
    client.resolver.requestor = client.requestor
    try:
        client.download(Artifact(group, artifact, version), str(to))
    except RequestException as error:
        raise DownloadFailed(str(error.msg)) from error
    except OSError as error:
        raise DownloadFailed(str(error)) from error


class _WithTimeout(Requestor):
    """The client asks without a time limit; a silent network would hang the first start for ever."""

    def __init__(self, like: Requestor) -> None:
        super().__init__(username=like.username, password=like.password, token=like.token)

    def request(self, *arguments, **options):  # noqa: ANN002, ANN003, ANN202
        return super().request(*arguments, timeout=TIMEOUT_SECONDS, **options)

"""Kafka is exactly what the lock says, from whichever repository this machine may ask."""

from pathlib import Path

import pytest
from local_stack.servers.kafka_jars import LOCK, Jar, checksum, locked, missing
from local_stack.servers.maven import Mirror, configured_mirror

SETTINGS = """<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
<mirrors><mirror><id>ours</id><mirrorOf>{of}</mirrorOf><url>https://maven.example/all</url></mirror></mirrors>
<servers><server><id>ours</id><username>u</username><password>p</password></server></servers></settings>"""


def test_the_lock_names_the_whole_of_kafka_and_no_address() -> None:
    jars = locked()
    assert {"kafka_2.13", "kafka-clients", "log4j-slf4j-impl"} <= {jar.artifact for jar in jars}
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert "://" not in LOCK.read_text()


def test_a_damaged_jar_counts_as_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "good").write_bytes(b"good")
    jar = Jar("g", "a", "1", checksum(tmp_path / "good"))
    jar.path.parent.mkdir(parents=True)
    assert missing((jar,)) == [jar]
    jar.path.write_bytes(b"good")
    assert missing((jar,)) == []
    jar.path.write_bytes(b"evil")
    assert missing((jar,)) == [jar]


@pytest.mark.parametrize(
    ("of", "used"),
    [("*", True), ("central", True), ("other,central", True), ("other", False), ("*,!central", False)],
)
def test_the_users_maven_mirror_is_honoured(tmp_path: Path, of: str, used: bool) -> None:
    (tmp_path / "settings.xml").write_text(SETTINGS.format(of=of))
    expected = Mirror("https://maven.example/all", "u", "p") if used else None
    assert configured_mirror(None, tmp_path / "settings.xml") == expected


def test_the_setting_wins_over_the_mirror(tmp_path: Path) -> None:
    (tmp_path / "settings.xml").write_text(SETTINGS.format(of="*"))
    assert configured_mirror("https://repo.example", tmp_path / "settings.xml") == Mirror(
        "https://repo.example"
    )
    assert configured_mirror(None, tmp_path / "absent.xml") is None

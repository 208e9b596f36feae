"""The publisher without asyncio, and the extra it needs."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiokafka.errors import KafkaConnectionError
from servicehub_events import CustomerRegistered, as_event
from servicehub_events.publisher import Published, PublishFailed, Security, SyncPublisher
from servicehub_events_tools.testing import samples

from .publisher_fakes import FakeLog

EVENT = as_event(CustomerRegistered, samples.customer())
WITHOUT_AIOKAFKA = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "aiokafka":
            raise ModuleNotFoundError(f"No module named {name}", name="aiokafka")

sys.meta_path.insert(0, Hidden())
import servicehub_events
print("the contract alone works")
import servicehub_events.publisher
"""


def publisher(log: FakeLog) -> SyncPublisher:
    return SyncPublisher("kafka:9092", source="/servicehub/core", connect=log.connect)


def threads() -> int:
    return sum(each.name == "servicehub-publisher" for each in threading.enumerate())


def test_threads_share_one_publisher() -> None:
    log = FakeLog()
    with publisher(log) as it, ThreadPoolExecutor(4) as pool:

        def publish(sequence: int) -> Published:
            return it.publish(EVENT, sequence=sequence)

        places = list(pool.map(publish, range(1, 21)))
    assert sorted(each.offset or 0 for each in places) == list(range(20))
    assert (log.opened, log.closed, threads()) == (1, 1, 0)


def test_without_brokers_no_thread_stays_behind() -> None:
    log = FakeLog()
    log.away = KafkaConnectionError("refused")
    with pytest.raises(PublishFailed):
        publisher(log).open()
    assert threads() == 0


def test_it_has_to_be_opened_and_may_be_closed_twice() -> None:
    log = FakeLog()
    it = publisher(log)
    with pytest.raises(RuntimeError, match="not open"):
        it.publish(EVENT, sequence=1)
    it.open()
    it.close()
    it.close()
    assert log.closed == 1


def test_a_user_without_a_password_is_refused_and_no_password_is_shown() -> None:
    with pytest.raises(ValueError, match="username and password"):
        Security(username="core")
    assert "s3cret" not in repr(Security(username="core", password="s3cret"))


def test_without_the_extra_the_contract_works_and_the_publisher_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_AIOKAFKA], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "the contract alone works\n"
    assert "pip install 'servicehub-events[kafka]'" in done.stderr

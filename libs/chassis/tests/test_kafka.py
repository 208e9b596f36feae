"""Closing a client whose brokers are gone."""

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError
from chassis.kafka import clients as kafka


class Client:
    """Raises, or waits for an answer that never comes."""

    def __init__(self, error: BaseException | None) -> None:
        self._error = error
        self.stopping = asyncio.Event()

    async def stop(self) -> None:
        self.stopping.set()
        if self._error:
            raise self._error
        await asyncio.Event().wait()


@pytest.mark.parametrize("error", [asyncio.CancelledError(), KafkaConnectionError(), OSError()], ids=repr)
async def test_what_a_client_says_when_it_is_closed_ends_nobody(error: BaseException) -> None:
    await kafka.stop(Client(error))


async def test_whoever_is_cancelled_meanwhile_is_cancelled() -> None:
    client = Client(None)
    task = asyncio.create_task(kafka.stop(client))
    await client.stopping.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

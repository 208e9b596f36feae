"""Every implementation of TXT records, the one that asks DNS over a name server of our own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import dns.message
import dns.rcode
import pytest
from branding.adapters.dns import DnsTxtRecords
from branding.ports import TxtRecords
from local_stack.servers.dns import Answer, answering, serve

from .fake_txt_records import FakeTxtRecords

NAME, VALUE = "_servicehub-portal.shiny.example", "servicehub-portal=5b8c0f3e"
Put = Callable[..., None]


@asynccontextmanager
async def asking(answer: Answer, *, seconds: float = 5.0) -> AsyncGenerator[DnsTxtRecords]:
    """The adapter over a name server that answers so."""
    datagrams, server = await serve(0, answer)
    port = server.sockets[0].getsockname()[1]
    try:
        yield DnsTxtRecords([("127.0.0.1", port)], seconds=seconds)
    finally:
        datagrams.close()
        server.close()


@pytest.fixture(params=["fake", "dns"])
async def records(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[TxtRecords, Put]]:
    if request.param == "fake":
        fake = FakeTxtRecords()
        yield fake, fake.put
        return
    file = tmp_path / "records.txt"
    file.touch()

    def put(name: str, *values: str) -> None:
        file.write_text(file.read_text() + "".join(f"{name} {value}\n" for value in values))

    async with asking(answering(file)) as adapter:
        yield adapter, put


async def test_a_record_that_holds_the_value_is_found_beside_others(records: tuple[TxtRecords, Put]) -> None:
    txt_records, put = records
    put(NAME, "v=spf1 -all", VALUE, "other")
    assert await txt_records.holds(NAME, VALUE) is True


async def test_another_value_or_no_record_is_a_no(records: tuple[TxtRecords, Put]) -> None:
    txt_records, put = records
    assert await txt_records.holds(NAME, VALUE) is False
    put(NAME, "servicehub-portal=other", f"{VALUE}0", f" {VALUE}", VALUE.upper())
    assert await txt_records.holds(NAME, VALUE) is False
    put("shiny.example", VALUE)
    assert await txt_records.holds(NAME, VALUE) is False


async def test_a_record_that_appears_is_seen_at_once(records: tuple[TxtRecords, Put]) -> None:
    txt_records, put = records
    assert await txt_records.holds(NAME, VALUE) is False
    put(NAME, VALUE)
    assert await txt_records.holds(NAME, VALUE) is True


async def test_more_than_a_datagram_holds_is_asked_for_again_by_tcp(tmp_path: Path) -> None:
    file = tmp_path / "records.txt"
    file.write_text("".join(f"{NAME} {number:0200}\n" for number in range(40)) + f"{NAME} {VALUE}\n")
    async with asking(answering(file)) as txt_records:
        assert await txt_records.holds(NAME, VALUE) is True


async def test_servers_of_the_domain_that_do_not_answer_are_a_no(tmp_path: Path) -> None:
    def servfail(question: bytes) -> bytes:
        response = dns.message.make_response(dns.message.from_wire(question))
        response.set_rcode(dns.rcode.SERVFAIL)
        return response.to_wire()

    async with asking(servfail) as txt_records:
        assert await txt_records.holds(NAME, VALUE) is False


async def test_a_resolver_that_is_silent_or_away_is_no_answer() -> None:
    async with asking(lambda _: None, seconds=0.2) as txt_records:
        assert await txt_records.holds(NAME, VALUE) is None
    away = DnsTxtRecords([("127.0.0.1", 1)], seconds=0.2)
    async with asyncio.timeout(5):
        assert await away.holds(NAME, VALUE) is None

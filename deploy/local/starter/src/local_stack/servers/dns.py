"""DNS's stand-in: answers TXT questions about domains of businesses from a file, over UDP and TCP.

A line of the file is a name and a value; it is read at each question, so that a record is there once written.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from local_stack.process.parts import Command, Daemon, tcp

Answer = Callable[[bytes], bytes | None]


def name_server(data: Path, port: int) -> Daemon:
    """The stand-in, over the file `records_file` names."""
    records = records_file(data)
    records.parent.mkdir(parents=True, exist_ok=True)
    records.touch()
    command = Command((sys.executable, "-m", "local_stack.servers.dns", str(port), str(records)))
    return Daemon("dns", command, tcp(port), echo=False)


def records_file(data: Path) -> Path:
    """Where records are written, one a line."""
    return data / "dns" / "records.txt"


def answering(records: Path) -> Answer:
    """What answers a question in DNS's wire format; nothing to what is no question."""

    def answer(question: bytes) -> bytes | None:
        try:
            query = dns.message.from_wire(question)
        except dns.exception.DNSException:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        name = query.question[0].name if query.question else None
        values = [value for known, value in _records(records) if name and known == name.to_text(True).lower()]
        if values and name and query.question[0].rdtype == dns.rdatatype.TXT:
            texts = [f'"{value}"' for value in values]
            response.answer.append(dns.rrset.from_text_list(name, 1, "IN", "TXT", texts))
        if not values:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()

    return answer


def _records(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text().splitlines():
        name, _, value = line.partition(" ")
        yield name.lower(), value


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # asyncio's own are none by name

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (answer := self._answer(data)) is not None:
            self._transport.sendto(answer, addr)


async def serve(port: int, answer: Answer) -> tuple[asyncio.DatagramTransport, asyncio.Server]:
    """Listen on 127.0.0.1, until both are closed."""

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            length = int.from_bytes(await reader.readexactly(2))
            if (answered := answer(await reader.readexactly(length))) is not None:
                writer.write(len(answered).to_bytes(2) + answered)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(stream, "127.0.0.1", port)
    port = server.sockets[0].getsockname()[1]
    datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(answer), ("127.0.0.1", port)
    )
    return datagrams, server


async def _main(port: str, records: str) -> None:
    _, server = await serve(int(port), answering(Path(records)))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))

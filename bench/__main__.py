"""`python -m bench` measures everything; `python -m bench --help` lists what it measures alone."""

import asyncio
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

import typer
from local_stack.environment import Addresses
from portal_testing.stack import full_stack, servers

from bench import (
    answers,
    codes,
    documents,
    flood,
    freshness,
    idle,
    memory,
    news,
    outbox,
    pages,
    projection,
    rebuild,
    refilling,
    report,
    sign_ins,
    streams,
)
from bench.report import Section

app = typer.Typer(add_completion=False, help="Measure the portal on a stack of its own that is thrown away.")


@app.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Measure everything, and write bench/results.md."""
    if context.invoked_subcommand is None:
        report.write(list(_everything()))


def _everything() -> Iterator[Section]:
    """Each section is shown as soon as it is measured."""
    for sections in _measured():
        report.show(sections)
        yield from sections


def _measured() -> Iterator[Sequence[Section]]:
    with _stack() as (addresses, started):
        yield _startup(started), memory.measure(addresses)
        yield [asyncio.run(idle.measure(addresses))]
        yield [asyncio.run(freshness.measure(addresses))]
        yield asyncio.run(pages.measure(addresses))
    with _stack() as (addresses, _):  # the same customer signs in, and may not ask for another code so soon
        yield [asyncio.run(rebuild.measure(addresses))]
    with _stack() as (addresses, _):
        yield [asyncio.run(flood.measure(addresses))]
    yield asyncio.run(_projection())
    yield [asyncio.run(_documents())]
    yield [asyncio.run(_refilling())]
    yield [asyncio.run(_outbox())]
    with _stack() as (addresses, _):
        yield [asyncio.run(codes.measure(addresses))]
    with _stack() as (addresses, _):
        yield [asyncio.run(news.measure(addresses))]
    with _stack() as (addresses, _):
        yield [asyncio.run(sign_ins.measure(addresses))]
    with _stack() as (addresses, _):
        yield [asyncio.run(answers.measure(addresses))]
    with _stack(streams.SETTINGS) as (addresses, _):
        yield [asyncio.run(streams.measure(addresses))]


@app.command("freshness")
def freshness_only() -> None:
    """From a published event to the open page that shows it."""
    with _stack() as (addresses, _):
        report.show([asyncio.run(freshness.measure(addresses))])


@app.command("pages")
def pages_only() -> None:
    """Signed-in pages, beside the smallest answer there is."""
    with _stack() as (addresses, _):
        report.show(asyncio.run(pages.measure(addresses)))


@app.command("rebuild")
def rebuild_only() -> None:
    """Freshness while a projection is being rebuilt."""
    with _stack() as (addresses, _):
        report.show([asyncio.run(rebuild.measure(addresses))])


@app.command("flood")
def flood_only() -> None:
    """Freshness beside 10,000 records that nobody can read."""
    with _stack() as (addresses, _):
        report.show([asyncio.run(flood.measure(addresses))])


@app.command("projection")
def projection_only() -> None:
    """Events a second into the read model."""
    report.show(asyncio.run(_projection()))


@app.command("documents")
def documents_only() -> None:
    """Events a second into what the notifier's messages tell about."""
    report.show([asyncio.run(_documents())])


@app.command("refilling")
def refilling_only() -> None:
    """Seconds of a rebuild of 1,000,000 events."""
    report.show([asyncio.run(_refilling())])


@app.command("outbox")
def outbox_only() -> None:
    """Rows a second out of an outbox in which 1,000,000 wait."""
    report.show([asyncio.run(_outbox())])


@app.command("codes")
def codes_only() -> None:
    """From the request of a code to the mail server, beside 20,000 mails that wait."""
    with _stack() as (addresses, _):
        report.show([asyncio.run(codes.measure(addresses))])


@app.command("news")
def news_only() -> None:
    """News and codes of one business beside another's import, and beside its mails."""
    with _stack() as (addresses, _):
        report.show([asyncio.run(news.measure(addresses))])


@app.command("sign-ins")
def sign_ins_only() -> None:
    """Whole sign-ins, beside django-allauth's."""
    with _stack() as (addresses, _):
        report.show([asyncio.run(sign_ins.measure(addresses))])


@app.command("answers")
def answers_only() -> None:
    """What sign-in answers to known and unknown addresses, right and wrong codes: in what time."""
    with _stack() as (addresses, _):
        report.show([asyncio.run(answers.measure(addresses))])


@app.command("streams")
def streams_only() -> None:
    """1,000 open pages on one process."""
    with _stack(streams.SETTINGS) as (addresses, _):
        report.show([asyncio.run(streams.measure(addresses))])


@app.command("memory")
def memory_only() -> None:
    """What the processes take."""
    with _stack() as (addresses, _):
        report.show([memory.measure(addresses)])


@app.command("idle")
def idle_only() -> None:
    """What the processes cost while nothing happens."""
    with _stack() as (addresses, _):
        report.show([asyncio.run(idle.measure(addresses))])


@app.command("startup")
def startup_only() -> None:
    """From nothing to everything answering."""
    with _stack() as (_, seconds):
        report.show([_startup(seconds)])


async def _projection() -> tuple[Section, Section]:
    """On servers of its own: nothing else works on them."""
    with servers() as running:
        return await projection.measure(running)


async def _documents() -> Section:
    with servers() as running:
        return await documents.measure(running)


async def _refilling() -> Section:
    with servers() as running:
        return await refilling.measure(running)


async def _outbox() -> Section:
    with servers() as running:
        return await outbox.measure(running)


@contextmanager
def _stack(settings: Mapping[str, str] | None = None) -> Generator[tuple[Addresses, float]]:
    began = time.perf_counter()
    with full_stack(settings) as addresses:
        yield addresses, time.perf_counter() - began


def _startup(seconds: float) -> Section:
    return Section(
        "Start",
        "A fresh stack, databases and topics created, demo businesses published, until everything is ready.",
        ("what", "seconds"),
        [("ready", f"{seconds:.1f}")],
    )


if __name__ == "__main__":
    app()

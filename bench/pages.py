"""A signed-in dashboard beside hello behind the same middleware: how many a second, and how fast.

Each process alone on one core, who asks and PostgreSQL on the other.
"""

import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

import httpx
from local_stack.environment import Addresses
from local_stack.ports import free_ports
from portal_testing.stack.visitor import Visitor

from bench import hello, pinning
from bench.load import Rate, Target, closed_loop, open_loop, wait_until_it_answers
from bench.processes import api_of
from bench.report import Goal, Section, percentile

ROUNDS, SECONDS = 5, 5.0
SLUG, EMAIL = "sparkle-home", "hannah@mail.example"
_WARM_UP: Final = 1.0


async def measure(addresses: Addresses) -> tuple[Section, Section]:
    """Rates of dashboard, unchanged dashboard and hello in turns; then times at half the dashboard's rate."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        visitor = Visitor(addresses.public_origin, addresses.mailbox_url, SLUG, http)
        await visitor.sign_in(EMAIL)
        await visitor.get(f"/portal/{SLUG}")  # the one that says "signed in"
        tag = (await visitor.get(f"/portal/{SLUG}")).headers["etag"]
    pid = api_of("portal-read")
    with _hello(pid) as (peer, port):
        targets = [*_pages(addresses, pid, visitor.cookies, tag), Target.get("hello", peer, port, hello.PATH)]
        pinning.pin_servers()
        rates = await _rates(targets)
        half = median(rate.per_second for rate in rates["dashboard"]) / 2
        times = await _times([targets[0], targets[-1]], half)
    return _rate_section(rates), _time_section(times, half)


def _pages(addresses: Addresses, pid: int, cookies: Mapping[str, str], tag: str) -> list[Target]:
    port, path = addresses.api_ports["portal-read"], f"/portal/{SLUG}"
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    headers = (f"Cookie: {cookie}", "Accept: text/html", "Accept-Language: en", "Sec-Fetch-Site: none")
    return [
        Target.get("dashboard", pid, port, path, *headers),
        Target.get("unchanged dashboard", pid, port, path, *headers, f"If-None-Match: {tag}", status=304),
    ]


@contextmanager
def _hello(pid: int) -> Generator[tuple[int, int]]:
    """Its process and port, with the environment of that process."""
    pairs = (word.partition("=") for word in Path(f"/proc/{pid}/environ").read_text().split("\0"))
    environment = {name: value for name, _, value in pairs if name}
    port = int(free_ports()["GATEWAY_PORT"])
    with subprocess.Popen((sys.executable, "-m", "bench.hello", str(port)), env=environment) as process:
        try:
            wait_until_it_answers("hello", process, f"http://localhost:{port}{hello.PATH}")
            yield process.pid, port
        finally:
            process.terminate()


async def _rates(targets: Sequence[Target]) -> Mapping[str, list[Rate]]:
    """In turns, after one round that does not count."""
    rates: dict[str, list[Rate]] = {target.name: [] for target in targets}
    for number in range(ROUNDS + 1):
        for target in targets:
            with pinning.alone(target.pid):
                rate = await closed_loop(target, SECONDS if number else _WARM_UP)
            if number:
                rates[target.name].append(rate)
    return rates


async def _times(targets: Sequence[Target], per_second: float) -> Mapping[str, list[float]]:
    times: dict[str, list[float]] = {target.name: [] for target in targets}
    for _ in range(ROUNDS):
        for target in targets:
            with pinning.alone(target.pid):
                times[target.name] += await open_loop(target, per_second, SECONDS)
    return times


def _rate_section(rates: Mapping[str, Sequence[Rate]]) -> Section:
    rows = [
        (
            name,
            f"{median(rate.per_second for rate in listed):,.0f}",
            f"{median(rate.per_core for rate in listed):,.0f}",
            f"{median(rate.busy for rate in listed) * 1000:.2f}",
            _ratio(listed, rates["hello"])[0],
        )
        for name, listed in rates.items()
    ]
    goals = [
        Goal(goal, f"at least {least} × hello", text, ratio >= least)
        for goal, name, least in (("P1", "dashboard", 0.2), ("P4", "unchanged dashboard", 0.45))
        for text, ratio in [_ratio(rates[name], rates["hello"])]
    ]
    about = (
        f"{ROUNDS} rounds of {SECONDS:.0f} s in turns, 8 connections that ask again once they are answered."
        " Hello is FastAPI's smallest answer in JSON on the same server, behind the same middleware."
    )
    return Section(
        "Pages", about, ("", "a second", "a second and core", "ms of the process", "to hello"), rows, goals
    )


def _ratio(ours: Sequence[Rate], theirs: Sequence[Rate]) -> tuple[str, float]:
    """The median of the rounds' ratios with their range."""
    ratios = [own.per_core / other.per_core for own, other in zip(ours, theirs, strict=True)]
    return f"{median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})", median(ratios)


def _time_section(times: Mapping[str, Sequence[float]], per_second: float) -> Section:
    rows = [
        (f"p{share * 100:g}", *(f"{percentile(listed, share) * 1000:.1f}" for listed in times.values()))
        for share in (0.5, 0.99, 0.999)
    ]
    ours, theirs = (percentile(listed, 0.99) for listed in times.values())
    goals = [
        Goal("P5", "p99 of the dashboard at most 10 ms", f"{ours * 1000:.1f} ms", ours <= 0.010),
        Goal("P5", "at most 3 × hello's", f"{ours / theirs:.1f} ×", ours <= 3 * theirs),
    ]
    about = f"At {per_second:.0f} a second, half of what the dashboard reaches, whatever the answers take."
    return Section("Times of pages", about, ("ms", *times), rows, goals)

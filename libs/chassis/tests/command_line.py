"""The `portal` command with the settings of a test's database and brokers."""

from local_stack.environment import inherited
from portal_testing.stack import command
from portal_testing.stack.command import Running, Said

from .conftest import KEYS, Bench


async def portal(bench: Bench, *arguments: str, text: str = "", **changes: str) -> Said:
    """Run `portal` with these arguments and `text` on standard input."""
    return await command.portal(_environment(bench, **changes), *arguments, text=text)


async def start(bench: Bench, *arguments: str) -> Running:
    """`portal` as it begins to run."""
    return await command.start(_environment(bench), *arguments)


def _environment(bench: Bench, **changes: str) -> dict[str, str]:
    return inherited() | {
        "PORTAL_PROFILE": "local",
        "DATABASE_URL": bench.settings.database_url.reveal(),
        "KAFKA_BOOTSTRAP": bench.settings.kafka_bootstrap,
        "DEAD_LETTER_KEYS": KEYS,
        **changes,
    }

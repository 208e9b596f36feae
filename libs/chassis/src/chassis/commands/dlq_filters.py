"""Which dead letters a command is about: by number, or by what they have in common."""

from collections.abc import Sequence
from typing import Annotated

import typer

from chassis.commands.environment import fail
from chassis.commands.known_names import check_name
from chassis.database import Transaction
from chassis.events_in import dead_letters
from chassis.events_in.dead_letters import DeadLetterFilter, DeadLetterRow

Numbers = Annotated[list[int] | None, typer.Argument(help="Their numbers in the list.", show_default=False)]
ByConsumer = Annotated[str | None, typer.Option("--consumer", help="Only of this consumer.")]
ByCode = Annotated[str | None, typer.Option("--code", help="Only with this code, such as malformed.")]
ByBusiness = Annotated[str | None, typer.Option("--business", help="Only of this business, by their key.")]
ByTopic = Annotated[str | None, typer.Option("--topic", help="Only from this topic.")]
All = Annotated[bool, typer.Option("--all", help="Every letter that fits the filters.")]


def criteria_of(
    numbers: Sequence[int] | None,
    consumer: str | None,
    code: str | None,
    topic: str | None,
    business: str | None,
    *,
    every: bool,
    superseded: bool | None,
) -> DeadLetterFilter:
    """The letters that a command may change. Raises `typer.BadParameter` where nothing says which."""
    if not (numbers or every or consumer or code or topic or business):
        raise typer.BadParameter(
            "name letters by number, by --consumer, --code, --topic or --business, or take --all"
        )
    return DeadLetterFilter(numbers or None, consumer, code, topic, business, superseded)


async def find_letters(
    tx: Transaction, criteria: DeadLetterFilter, limit: int | None = None
) -> list[DeadLetterRow]:
    """The letters that fit; a name that nothing has is refused, and so is a number that none of them has.

    A business may well have none.
    """
    names = await dead_letters.find_names(tx)
    check_name("consumer", criteria.consumer, names.consumers)
    check_name("code", criteria.code, names.codes)
    check_name("topic", criteria.topic, names.topics)
    rows = await dead_letters.find(tx, criteria, limit)
    if missing := set(criteria.numbers or ()) - {row.number for row in rows}:
        numbers = ", ".join(map(str, sorted(missing)))
        fail(f"No letter fits: {numbers}. `portal dlq list` shows those there are.")
    return rows

"""Every move of every position, written down inside the databases as it is committed.

A record that is passed over twice was applied twice, even where a guard of the row hid it.
"""

from .databases import Databases
from .verdict import Verdict

PACKAGES = ("auth_otp", "billing", "notifier", "portal_read")
_AT_LEAST_ONCE = "notifier.news"
"""Its effects are guarded one by one; it starts again where Kafka says, which may be earlier."""
_WRITE_DOWN = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.moves (
    number bigint GENERATED ALWAYS AS IDENTITY,
    consumer text, topic text, partition integer, before bigint, after bigint
);
CREATE FUNCTION chaos.moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO chaos.moves (consumer, topic, partition, before, after)
    VALUES (NEW.consumer, NEW.topic, NEW.partition, OLD.next_offset, NEW.next_offset);
    RETURN NULL;
END $$;
CREATE TRIGGER moved AFTER UPDATE ON positions FOR EACH ROW
WHEN (OLD.next_offset <> NEW.next_offset) EXECUTE FUNCTION chaos.moved();
"""
_BACKWARD = (
    "SELECT consumer, topic, partition, before, after FROM chaos.moves"
    f" WHERE after < before AND consumer <> '{_AT_LEAST_ONCE}' ORDER BY number"
)


async def write_down(databases: Databases) -> None:
    """From now on."""
    for package in PACKAGES:
        await databases.command(package, _WRITE_DOWN)


async def judge_moves(verdict: Verdict, databases: Databases) -> None:
    """No position ever went back."""
    for package in PACKAGES:
        for consumer, topic, partition, before, after in await databases.query(package, _BACKWARD):
            verdict.doubled.append(f"{consumer} at {topic}/{partition} went back from {before} to {after}")
